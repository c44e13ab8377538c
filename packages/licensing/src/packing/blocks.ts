import { type Grid, type PairGrid, equalColumns, transpose } from './grid.ts';
import type { Rectangle, RequestLimits } from './types.ts';

/** Every one of these columns for every one of these rows; perhaps more than one request holds. */
export interface Block {
  readonly columns: readonly number[];
  readonly rows: readonly number[];
}

/** How many requests hold so many people and devices, of an asset or of as many assets as a request takes. */
export function requestsFor(people: number, devices: number, limits: RequestLimits): number {
  return Math.max(
    Math.ceil(people / limits.maxClientUserIds),
    Math.ceil(devices / limits.maxSerialNumbers),
  );
}

/** Per class: rows that have the same columns share a block. */
export function blocksOfRows(grid: Grid): Block[] {
  return blocksOfColumns(transpose(grid)).map(({ columns, rows }) => ({
    columns: rows,
    rows: columns,
  }));
}

/** Per class: columns that have the same rows share a block. */
export function blocksOfColumns(grid: Grid): Block[] {
  const classOf = equalColumns(grid);
  const rowsOf = transpose(grid);
  const members = new Map<number, number[]>();
  for (let column = 0; column < grid.columns; column += 1) {
    if (rowsOf.start[column] === rowsOf.start[column + 1]) continue;
    const known = members.get(classOf[column] ?? 0);
    if (known === undefined) members.set(classOf[column] ?? 0, [column]);
    else known.push(column);
  }
  return [...members.values()].map((columns) => {
    const first = columns[0] ?? 0;
    return {
      columns,
      rows: [...rowsOf.cells.subarray(rowsOf.start[first], rowsOf.start[first + 1])],
    };
  });
}

export function countRequests(
  blocks: readonly Block[],
  isPerson: Uint8Array,
  limits: RequestLimits,
): number {
  return blocks.reduce((sum, { columns, rows }) => {
    const people = peopleAmong(rows, isPerson);
    const deep = requestsFor(people, rows.length - people, limits);
    return sum + Math.ceil(columns.length / limits.maxAssets) * deep;
  }, 0);
}

export const peopleAmong = (rows: readonly number[], isPerson: Uint8Array): number =>
  rows.reduce((count, row) => count + (isPerson[row] ?? 0), 0);

/** The requests of blocks: each cut by all limits, a request taking as many people and as many devices as it may. */
export function cut(
  blocks: readonly Block[],
  { assetIds, holderIds, isPerson }: PairGrid,
  limits: RequestLimits,
): Rectangle[] {
  return blocks.flatMap(({ columns, rows }) => {
    const people = rows.filter((row) => isPerson[row] === 1);
    const devices = rows.filter((row) => isPerson[row] !== 1);
    const deep = requestsFor(people.length, devices.length, limits);
    return slices(columns, limits.maxAssets).flatMap((wide) =>
      Array.from({ length: deep }, (_, index) => ({
        assetIds: wide.map((column) => assetIds[column] ?? 0),
        holderIds: [
          ...slice(people, limits.maxClientUserIds, index),
          ...slice(devices, limits.maxSerialNumbers, index),
        ].map((row) => holderIds[row] ?? 0),
      })),
    );
  });
}

/** Items in parts of a size, the last one perhaps smaller. */
export function slices<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    slice(items, size, index),
  );
}

const slice = <T>(items: readonly T[], size: number, index: number): T[] =>
  items.slice(index * size, (index + 1) * size);
