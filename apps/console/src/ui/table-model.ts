import {
  type ColumnDef,
  type SortingState,
  createSortedRowModel,
  rowSortingFeature,
  tableFeatures,
} from '@tanstack/react-table';
import type { ReactNode } from 'react';

/** A column of a table, as a screen declares it. The first one names the row. */
export interface Column<T> {
  readonly id: string;
  readonly header: string;
  readonly cell: (row: T) => ReactNode;
  /** A track of a CSS grid, such as `minmax(0, 2fr)` or `120px`. */
  readonly width: string;
  readonly align?: 'end';
  /** Lets the column be sorted by this value. */
  readonly sortBy?: (row: T) => string | number;
}

export const features = tableFeatures({
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
});

/** Texts sort as people read them; numbers start with the largest when first chosen. */
export function toColumnDefs<T extends object>(
  columns: readonly Column<T>[],
): ColumnDef<typeof features, T>[] {
  return columns.map(({ id, header, sortBy }) => ({
    id,
    header,
    accessorFn: (row: T) => sortBy?.(row) ?? '',
    enableSorting: sortBy !== undefined,
    sortFn: (a, b, columnId) => compare(a.getValue(columnId), b.getValue(columnId)),
  }));
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a).localeCompare(String(b), 'en-US', { sensitivity: 'base', numeric: true });
}

/** "-waiting" sorts by waiting, largest first; anything else sorts upward. */
export function readSort(sort: string | undefined): SortingState {
  if (sort === undefined) return [];
  const desc = sort.startsWith('-');
  return [{ id: desc ? sort.slice(1) : sort, desc }];
}

export function writeSort(sorting: SortingState): string | undefined {
  const [first] = sorting;
  return first === undefined ? undefined : `${first.desc ? '-' : ''}${first.id}`;
}
