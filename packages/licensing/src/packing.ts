import { type Block, blocksOfColumns, blocksOfRows, countRequests, cut } from './packing/blocks.ts';
import { type Grid, gridOf } from './packing/grid.ts';
import { takeRectangles } from './packing/rectangles.ts';
import { byLongerLine } from './packing/rest.ts';
import type { AssetChanges, Rectangle, RequestLimits } from './packing/types.ts';

/** Beyond so many pairs they are packed per class: looking for larger rectangles would take more than two seconds. */
export const mostPairsSearched = 1_000_000;

/**
 * Packs changes of one operation into few requests that cover exactly these pairs, each once, and never more than by
 * class, that is holders of the same assets together or assets of the same holders. The same pairs give the same
 * requests, in whatever order they come.
 *
 * @throws RangeError when a limit is less than one
 */
export function packChanges(
  changes: readonly AssetChanges[],
  limits: RequestLimits,
): readonly Rectangle[] {
  refuseUseless(limits);
  const grid = gridOf(changes);
  const byAssets = blocksOfColumns(grid);
  const pack = (blocks: readonly Block[]): Rectangle[] => cut(blocks, grid, limits);
  if (areApart(grid, byAssets)) return pack(byAssets);
  const perClass = fewest([byAssets, blocksOfRows(grid)], grid.isPerson, limits);
  if (grid.cells.length > mostPairsSearched) return pack(perClass);
  const { blocks, rest } = takeRectangles(byAssets, grid.columns, grid.isPerson, limits);
  const searched = [...blocks, ...packRest(rest, grid.isPerson, limits)];
  return pack(fewest([perClass, searched], grid.isPerson, limits));
}

function refuseUseless({ maxAssets, maxSerialNumbers, maxClientUserIds }: RequestLimits): void {
  const limits = { maxAssets, maxSerialNumbers, maxClientUserIds };
  for (const [name, limit] of Object.entries(limits)) {
    if (!(limit >= 1))
      throw new RangeError(
        `The limit ${name} is ${limit}: no request fits; it must be at least 1.`,
      );
  }
}

/** Whether no row has columns of two blocks: then there is nothing to combine. */
function areApart(grid: Grid, byColumns: readonly Block[]): boolean {
  return byColumns.every(({ columns, rows }) =>
    rows.every((row) => (grid.start[row + 1] ?? 0) - (grid.start[row] ?? 0) === columns.length),
  );
}

function packRest(rest: Grid, isPerson: Uint8Array, limits: RequestLimits): readonly Block[] {
  const choices = [blocksOfColumns(rest), blocksOfRows(rest), byLongerLine(rest, limits)];
  return fewest(choices, isPerson, limits);
}

function fewest(
  choices: readonly (readonly Block[])[],
  isPerson: Uint8Array,
  limits: RequestLimits,
): readonly Block[] {
  return choices.reduce((best, choice) =>
    countRequests(choice, isPerson, limits) < countRequests(best, isPerson, limits) ? choice : best,
  );
}
