import type { AssetChanges } from './types.ts';

/** Which of the columns each row has: the cells of row `r` are `cells[start[r]]` up to `cells[start[r + 1]]`, ascending. */
export interface Grid {
  readonly rows: number;
  readonly columns: number;
  readonly start: Int32Array;
  readonly cells: Int32Array;
}

/** The wanted pairs with holders as rows and assets as columns, both in ascending order of their ids. */
export interface PairGrid extends Grid {
  readonly holderIds: Int32Array;
  readonly assetIds: Int32Array;
  /** 1 where the row is a person. */
  readonly isPerson: Uint8Array;
}

/** Reads changes, in whatever order and however often they come. */
export function gridOf(changes: readonly AssetChanges[]): PairGrid {
  const holders = new Map<number, number[]>();
  for (const { assetId, deviceIds, personIds } of changes)
    holders.set(assetId, (holders.get(assetId) ?? []).concat(deviceIds, personIds));
  const assetIds = distinct([...holders.keys()]);
  const holderIds = distinct([...holders.values()].flat());
  const isPerson = new Uint8Array(holderIds.length);
  for (const { personIds } of changes)
    for (const id of personIds) isPerson[indexOf(holderIds, id)] = 1;
  const rows = Array.from(assetIds, (id) =>
    distinct(holders.get(id) ?? []).map((holderId) => indexOf(holderIds, holderId)),
  );
  return { ...transpose(joined(rows, holderIds.length)), holderIds, assetIds, isPerson };
}

/** The grid of which these are the rows. */
export function joined(parts: readonly ArrayLike<number>[], columns: number): Grid {
  const start = new Int32Array(parts.length + 1);
  for (const [row, part] of parts.entries()) start[row + 1] = (start[row] ?? 0) + part.length;
  const cells = new Int32Array(start[parts.length] ?? 0);
  for (const [row, part] of parts.entries()) cells.set(part, start[row]);
  return { rows: parts.length, columns, start, cells };
}

/** Ids ascending, each once. */
function distinct(ids: readonly number[]): Int32Array {
  return Int32Array.from(ids)
    .sort()
    .filter((id, i, sorted) => i === 0 || id !== sorted[i - 1]);
}

/** Where an id stands among ascending ids. */
function indexOf(ids: Int32Array, id: number): number {
  let low = 0;
  let high = ids.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((ids[middle] ?? 0) <= id) low = middle;
    else high = middle;
  }
  return low;
}

/** The same cells with rows and columns changed over. */
export function transpose({ rows, columns, start, cells }: Grid): Grid {
  const turned = new Int32Array(columns + 1);
  for (const column of cells) turned[column + 1] = (turned[column + 1] ?? 0) + 1;
  for (let column = 0; column < columns; column += 1)
    turned[column + 1] = (turned[column + 1] ?? 0) + (turned[column] ?? 0);
  const next = turned.slice();
  const turnedCells = new Int32Array(cells.length);
  for (let row = 0; row < rows; row += 1) {
    for (let i = start[row] ?? 0; i < (start[row + 1] ?? 0); i += 1) {
      const column = cells[i] ?? 0;
      const place = next[column] ?? 0;
      turnedCells[place] = row;
      next[column] = place + 1;
    }
  }
  return { rows: columns, columns: rows, start: turned, cells: turnedCells };
}

/**
 * The number of a class for each column: equal numbers, equal rows. All columns begin in one class; each row splits
 * every class into those it has and those it has not. Takes time and memory of the size of the cells.
 */
export function equalColumns({ rows, columns, start, cells }: Grid): Int32Array {
  const classOf = new Int32Array(columns);
  const splitBy = new Int32Array(cells.length + 1).fill(-1);
  const splitInto = new Int32Array(cells.length + 1);
  let classes = 1;
  for (let row = 0; row < rows; row += 1) {
    for (let i = start[row] ?? 0; i < (start[row + 1] ?? 0); i += 1) {
      const column = cells[i] ?? 0;
      const known = classOf[column] ?? 0;
      if (splitBy[known] !== row) {
        splitBy[known] = row;
        splitInto[known] = classes;
        classes += 1;
      }
      classOf[column] = splitInto[known] ?? 0;
    }
  }
  return classOf;
}
