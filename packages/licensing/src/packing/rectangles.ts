import type { Block } from './blocks.ts';
import { boardOf, restOf, takeCells } from './board.ts';
import type { Grid } from './grid.ts';
import { Plans } from './plans.ts';
import { bestPlan, rowsOfPlan, scratchFor } from './search.ts';
import type { RequestLimits } from './types.ts';

/** Steps of the search, of a few nanoseconds each: what is left then goes without larger rectangles. */
const mostSteps = 150_000_000;

/**
 * Takes rectangles, each one request, as long as one saves requests against sending the assets one after another; the
 * one that saves most first.
 *
 * @param byColumns all that is wanted, per class
 * @param columns how many columns the grid has
 */
export function takeRectangles(
  byColumns: readonly Block[],
  columns: number,
  isPerson: Uint8Array,
  limits: RequestLimits,
): { blocks: readonly Block[]; rest: Grid } {
  const { board, wide } = boardOf(byColumns, isPerson, limits);
  const scratch = scratchFor(board, mostSteps);
  const blocks = [...wide];
  const plans = new Plans(board.pieces.length, scratch, (seed) => bestPlan(board, scratch, seed));
  for (let plan = plans.best(); plan !== undefined; plan = plans.best()) {
    const rows = firstRows(rowsOfPlan(board, scratch, plan), isPerson, limits);
    takeCells(board, plan.pieces, rows);
    plans.changed(plan.pieces);
    blocks.push({ columns: plan.pieces.flatMap((piece) => board.pieces[piece] ?? []), rows });
  }
  return { blocks, rest: restOf(board, columns) };
}

/** As many people and as many devices as a request takes. */
function firstRows(rows: Int32Array, isPerson: Uint8Array, limits: RequestLimits): number[] {
  let people = limits.maxClientUserIds;
  let devices = limits.maxSerialNumbers;
  return [...rows].filter((row) =>
    isPerson[row] === 1 ? (people -= 1) >= 0 : (devices -= 1) >= 0,
  );
}
