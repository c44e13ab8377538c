import { type Block, blocksOfColumns, blocksOfRows } from './blocks.ts';
import { type Grid, equalColumns, transpose } from './grid.ts';
import type { RequestLimits } from './types.ts';

/**
 * Blocks for what no rectangle is left in: each cell goes with the other assets of its holder or with the other holders
 * of its asset, whichever makes the larger request. The odd holder then does not tear the assets' long columns apart.
 */
export function byLongerLine(grid: Grid, limits: RequestLimits): Block[] {
  const byColumn = transpose(grid);
  const rowSizes = sizes(byColumn, limits.maxSerialNumbers, limits.maxAssets);
  const columnSizes = sizes(grid, limits.maxAssets, limits.maxSerialNumbers);
  const withRow = (row: number, column: number): boolean =>
    (rowSizes[row] ?? 0) > (columnSizes[column] ?? 0);
  return [
    ...blocksOfRows(part(grid, withRow)),
    ...blocksOfColumns(part(grid, (row, column) => !withRow(row, column))),
  ];
}

/** How large a request each column makes, together with the columns equal to it. */
function sizes(grid: Grid, maxColumns: number, maxRows: number): Float64Array {
  const classOf = equalColumns(grid);
  const lengths = transpose(grid).start;
  const equals = new Map<number, number>();
  for (const known of classOf) equals.set(known, (equals.get(known) ?? 0) + 1);
  return Float64Array.from(classOf, (known, column) => {
    const rows = (lengths[column + 1] ?? 0) - (lengths[column] ?? 0);
    return Math.min(maxColumns, equals.get(known) ?? 0) * Math.min(maxRows, rows);
  });
}

function part(
  { rows, columns, start, cells }: Grid,
  want: (row: number, column: number) => boolean,
): Grid {
  const kept = new Int32Array(cells.length);
  const keptStart = new Int32Array(rows + 1);
  let used = 0;
  for (let row = 0; row < rows; row += 1) {
    for (let i = start[row] ?? 0; i < (start[row + 1] ?? 0); i += 1) {
      const column = cells[i] ?? 0;
      if (!want(row, column)) continue;
      kept[used] = column;
      used += 1;
    }
    keptStart[row + 1] = used;
  }
  return { rows, columns, start: keptStart, cells: kept.subarray(0, used) };
}
