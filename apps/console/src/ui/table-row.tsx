import { Caption1, makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import type { Column } from './table-model.ts';

const useStyles = makeStyles({
  line: {
    display: 'grid',
    columnGap: tokens.spacingHorizontalL,
    alignItems: 'center',
    minHeight: '56px',
    boxSizing: 'border-box',
    padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalXL}`,
  },
  cell: { minWidth: 0 },
  end: { textAlign: 'end' },
  card: {
    display: 'grid',
    gap: tokens.spacingVerticalS,
    padding: `${tokens.spacingVerticalM} ${tokens.spacingHorizontalXL}`,
  },
  pair: {
    display: 'grid',
    gridTemplateColumns: '112px minmax(0, 1fr)',
    gap: tokens.spacingHorizontalM,
    alignItems: 'baseline',
  },
  numbers: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: `${tokens.spacingVerticalXS} ${tokens.spacingHorizontalL}`,
  },
  number: { display: 'flex', alignItems: 'baseline', gap: tokens.spacingHorizontalXS },
  label: { color: tokens.colorNeutralForeground3 },
});

interface CellsProps<T> {
  readonly row: T;
  readonly columns: readonly Column<T>[];
}

/** A row as a line of cells. */
export function TableLine<T>({
  row,
  columns,
  tracks,
}: CellsProps<T> & { readonly tracks: string }) {
  const styles = useStyles();
  return (
    <div role="none" className={styles.line} style={{ gridTemplateColumns: tracks }}>
      {columns.map((column) => (
        <div
          key={column.id}
          role="cell"
          className={mergeClasses(styles.cell, column.align === 'end' && styles.end)}
        >
          {column.cell(row)}
        </div>
      ))}
    </div>
  );
}

/** A row as a card: the name, then names with values, then the numbers side by side. */
export function TableCard<T>({ row, columns }: CellsProps<T>) {
  const styles = useStyles();
  const [title, ...others] = columns;
  const isNumber = ({ align }: Column<T>): boolean => align === 'end';
  const cellOf = (column: Column<T>, className: string) => (
    <div key={column.id} role="cell" className={className}>
      <Caption1 className={styles.label}>{column.header}</Caption1>
      {column.cell(row)}
    </div>
  );
  const numbers = others.filter(isNumber);
  return (
    <div role="none" className={styles.card}>
      {title !== undefined && (
        <div role="cell" className={styles.cell}>
          {title.cell(row)}
        </div>
      )}
      {others.filter((column) => !isNumber(column)).map((column) => cellOf(column, styles.pair))}
      {numbers.length > 0 && (
        <div role="none" className={styles.numbers}>
          {numbers.map((column) => cellOf(column, styles.number))}
        </div>
      )}
    </div>
  );
}
