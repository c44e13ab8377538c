import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { ArrowDownRegular } from '@fluentui/react-icons/svg/arrow-down';
import { ArrowUpRegular } from '@fluentui/react-icons/svg/arrow-up';
import { type Column, readSort } from './table-model.ts';

const useStyles = makeStyles({
  group: {
    position: 'sticky',
    top: 0,
    zIndex: 2,
    backgroundColor: tokens.colorNeutralBackground1,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    borderTopLeftRadius: tokens.borderRadiusLarge,
    borderTopRightRadius: tokens.borderRadiusLarge,
  },
  row: {
    display: 'grid',
    columnGap: tokens.spacingHorizontalL,
    alignItems: 'center',
    minHeight: '40px',
    padding: `0 ${tokens.spacingHorizontalXL}`,
  },
  cell: {
    minWidth: 0,
    fontSize: tokens.fontSizeBase200,
    fontWeight: tokens.fontWeightSemibold,
    color: tokens.colorNeutralForeground2,
  },
  end: { textAlign: 'end' },
  sort: {
    display: 'inline-flex',
    alignItems: 'center',
    gap: tokens.spacingHorizontalXXS,
    font: 'inherit',
    color: 'inherit',
    background: 'none',
    border: 0,
    padding: `${tokens.spacingVerticalXS} 0`,
    cursor: 'pointer',
    borderRadius: tokens.borderRadiusSmall,
    ':hover': { color: tokens.colorNeutralForeground1 },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
});

interface TableHeaderProps<T> {
  readonly columns: readonly Column<T>[];
  readonly tracks: string;
  readonly sort: string | undefined;
  readonly onToggle: (columnId: string) => void;
}

export function TableHeader<T>({ columns, tracks, sort, onToggle }: TableHeaderProps<T>) {
  const styles = useStyles();
  const [sorted] = readSort(sort);
  return (
    <div role="rowgroup" className={styles.group}>
      <div
        role="row"
        aria-rowindex={1}
        className={styles.row}
        style={{ gridTemplateColumns: tracks }}
      >
        {columns.map(({ id, header, align, sortBy }) => {
          const isSorted = sorted?.id === id;
          return (
            <div
              key={id}
              role="columnheader"
              aria-sort={isSorted ? (sorted.desc ? 'descending' : 'ascending') : undefined}
              className={mergeClasses(styles.cell, align === 'end' && styles.end)}
            >
              {sortBy === undefined ? (
                header
              ) : (
                <button type="button" className={styles.sort} onClick={() => onToggle(id)}>
                  {header}
                  {isSorted && (sorted.desc ? <ArrowDownRegular /> : <ArrowUpRegular />)}
                </button>
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}
