import { Spinner, makeStyles, tokens } from '@fluentui/react-components';
import { useTable } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useIsNarrow } from './media.ts';
import { TableHeader } from './table-header.tsx';
import { TableCard, TableLine } from './table-row.tsx';
import { type Column, features, readSort, toColumnDefs, writeSort } from './table-model.ts';

const useStyles = makeStyles({
  table: { minWidth: 0 },
  body: { position: 'relative' },
  row: {
    position: 'absolute',
    top: 0,
    left: 0,
    width: '100%',
    boxSizing: 'border-box',
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
    ':hover': { backgroundColor: tokens.colorSubtleBackgroundHover },
    ':last-child': { borderBottomColor: 'transparent' },
    ':focus-within': { zIndex: 1 },
  },
  more: { padding: tokens.spacingVerticalM },
});

interface DataTableProps<T> {
  /** What the table lists, for screen readers. */
  readonly label: string;
  readonly rows: readonly T[];
  readonly columns: readonly Column<T>[];
  readonly idOf: (row: T) => string;
  /** The number in all, where only a part is loaded. */
  readonly count?: number | undefined;
  readonly sort?: string | undefined;
  readonly onSort?: (sort: string | undefined) => void;
  /** Loads what follows, once the end comes into sight. */
  readonly onEnd?: (() => void) | undefined;
}

/** A long list: only what is in sight is in the page. In a narrow window each row is a card. */
export function DataTable<T extends object>(props: DataTableProps<T>) {
  const styles = useStyles();
  const isNarrow = useIsNarrow();
  const { columns, onEnd } = props;
  // The table takes anything new for a change: what did not change has to stay the same object.
  const sorting = useMemo(() => readSort(props.sort), [props.sort]);
  const table = useTable({
    features,
    columns: useMemo(() => toColumnDefs(columns), [columns]),
    data: props.rows,
    getRowId: props.idOf,
    enableMultiSort: false,
    state: useMemo(() => ({ sorting }), [sorting]),
    onSortingChange: (update) =>
      props.onSort?.(writeSort(typeof update === 'function' ? update(sorting) : update)),
  });
  const { rows } = table.getRowModel();
  const body = useRef<HTMLDivElement>(null);
  const { scroller, offset } = useScroller(body);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller,
    estimateSize: () => (isNarrow ? 160 : 57),
    getItemKey: (index) => rows[index]?.id ?? index,
    scrollMargin: offset,
    overscan: 8,
  });
  const items = virtualizer.getVirtualItems();
  const lastSeen = items.at(-1)?.index ?? -1;
  const atEnd = rows.length > 0 && lastSeen >= rows.length - 1;
  useEffect(() => {
    if (atEnd) onEnd?.();
  }, [atEnd, onEnd, rows.length]);
  const tracks = columns.map((column) => column.width).join(' ');

  return (
    <div
      role="table"
      aria-label={props.label}
      aria-rowcount={(props.count ?? rows.length) + 1}
      className={styles.table}
    >
      {!isNarrow && (
        <TableHeader
          columns={columns}
          tracks={tracks}
          sort={props.sort}
          onToggle={(id) => table.getColumn(id)?.toggleSorting()}
        />
      )}
      <div
        ref={body}
        role="rowgroup"
        className={styles.body}
        style={{ height: virtualizer.getTotalSize() }}
      >
        {items.map((item) => {
          const row = rows[item.index];
          return row === undefined ? null : (
            <div
              key={row.id}
              role="row"
              aria-rowindex={item.index + 2}
              data-index={item.index}
              ref={virtualizer.measureElement}
              className={styles.row}
              style={{ transform: `translateY(${item.start - offset}px)` }}
            >
              {isNarrow ? (
                <TableCard row={row.original} columns={columns} />
              ) : (
                <TableLine row={row.original} columns={columns} tracks={tracks} />
              )}
            </div>
          );
        })}
      </div>
      {props.count !== undefined && rows.length < props.count && (
        <Spinner className={styles.more} size="tiny" label="Loading more" />
      )}
    </div>
  );
}

/** The part of the page that scrolls, and how far below its top the rows begin. */
function useScroller(body: React.RefObject<HTMLDivElement | null>): {
  readonly scroller: HTMLElement | null;
  readonly offset: number;
} {
  const [scroller, setScroller] = useState<HTMLElement | null>(null);
  const [offset, setOffset] = useState(0);
  // oxlint-disable-next-line react/exhaustive-deps -- what stands above the rows changes with any render
  useLayoutEffect(() => {
    const main = body.current?.closest<HTMLElement>('main') ?? null;
    setScroller(main);
    if (main === null || body.current === null) return;
    const top = body.current.getBoundingClientRect().top - main.getBoundingClientRect().top;
    setOffset(Math.round(top + main.scrollTop));
  });
  return { scroller, offset };
}
