import { requestsFor } from './blocks.ts';
import { type Board, rowsOfPiece } from './board.ts';

/** Pieces to be sent together, and what that is worth. */
export interface Plan {
  readonly pieces: readonly number[];
  /** Requests saved against sending each piece by itself. */
  readonly saved: number;
  /** Rows that still want all of the pieces. */
  readonly support: number;
  /** No request can be larger. */
  readonly full: boolean;
}

/** Room for one search at a time, and the steps it may still take: they stand in for time. */
export interface Scratch {
  /** Of the rows looked at, how many want each piece: people and devices apart. */
  readonly people: Int32Array;
  readonly devices: Int32Array;
  /** The pieces counted since the last recount. */
  readonly touched: number[];
  /** For each row the last mark set on it. */
  readonly marked: Int32Array;
  mark: number;
  steps: number;
}

export const scratchFor = (board: Board, steps: number): Scratch => ({
  people: new Int32Array(board.pieces.length),
  devices: new Int32Array(board.pieces.length),
  touched: [],
  marked: new Int32Array(board.rowLength.length),
  mark: 0,
  steps,
});

/**
 * The best plan that a piece begins: pieces are added one by one, each time the one with which the most requests are
 * saved. Among equals the way goes on with the most common piece, but ends with the scarcest that does: what is common
 * finds another partner later.
 */
export function bestPlan(board: Board, scratch: Scratch, seed: number): Plan | undefined {
  let path: readonly number[] = [seed];
  let rows = rowsOfPiece(board, seed);
  let best: Plan | undefined;
  recount(board, scratch, rows);
  for (;;) {
    const { next, last } = extensions(board, scratch, path);
    if (last !== undefined && last.saved > (best?.saved ?? 0)) best = last;
    if (next === undefined || next.saved < (best?.saved ?? 0)) return best;
    path = next.pieces;
    rows = narrow(board, scratch, rows, path.at(-1) ?? seed);
  }
}

/** The rows that want all pieces of a plan, ascending. */
export function rowsOfPlan(board: Board, scratch: Scratch, { pieces }: Plan): Int32Array {
  const [first = 0, ...others] = pieces;
  return others.reduce(
    (rows, piece) => partition(board, scratch, rows, piece).kept,
    rowsOfPiece(board, first),
  );
}

/** More requests saved, or as many with a scarcer set of pieces. */
export const isBetter = (plan: Plan, than: Plan): boolean =>
  plan.saved > than.saved || (plan.saved === than.saved && plan.support < than.support);

/** More requests saved, or as many with more rows left to choose from. */
const leadsOn = (plan: Plan, than: Plan): boolean =>
  plan.saved > than.saved || (plan.saved === than.saved && plan.support > than.support);

/** The steps that lead on from a path: the best to go on with, and the best to end with. */
function extensions(
  board: Board,
  scratch: Scratch,
  path: readonly number[],
): { next: Plan | undefined; last: Plan | undefined } {
  const room = path.reduce(
    (left, piece) => left - (board.pieces[piece]?.length ?? 0),
    board.limits.maxAssets,
  );
  const { limits } = board;
  let next: Plan | undefined;
  let last: Plan | undefined;
  for (const piece of scratch.touched) {
    const people = scratch.people[piece] ?? 0;
    const devices = scratch.devices[piece] ?? 0;
    const left = room - (board.pieces[piece]?.length ?? 0);
    if (people + devices === 0 || left < 0 || path.includes(piece)) continue;
    const pieces = [...path, piece];
    const plan = {
      pieces,
      saved: savedBy(board, pieces, people, devices),
      support: people + devices,
      full: left === 0 && (people >= limits.maxClientUserIds || devices >= limits.maxSerialNumbers),
    };
    if (next === undefined || leadsOn(plan, next)) next = plan;
    if (last === undefined || isBetter(plan, last)) last = plan;
  }
  scratch.steps -= scratch.touched.length * path.length;
  return { next, last };
}

/** Requests saved by one with so many people and devices, for all of some pieces, against requests for each piece. */
function savedBy(board: Board, pieces: readonly number[], people: number, devices: number): number {
  const { limits } = board;
  const takenPeople = Math.min(people, limits.maxClientUserIds);
  const takenDevices = Math.min(devices, limits.maxSerialNumbers);
  let saved = -1;
  for (const piece of pieces) {
    const ownPeople = board.people[piece] ?? 0;
    const ownDevices = (board.pieceLength[piece] ?? 0) - ownPeople;
    saved +=
      requestsFor(ownPeople, ownDevices, limits) -
      requestsFor(ownPeople - takenPeople, ownDevices - takenDevices, limits);
  }
  return saved;
}

/** Leaves those of the rows that want a piece; the counts follow by the shorter way. */
function narrow(board: Board, scratch: Scratch, rows: Int32Array, piece: number): Int32Array {
  const { kept, dropped } = partition(board, scratch, rows, piece);
  if (dropped.length < kept.length) add(board, scratch, dropped, -1);
  else recount(board, scratch, kept);
  return kept;
}

function partition(
  board: Board,
  scratch: Scratch,
  rows: Int32Array,
  piece: number,
): { kept: Int32Array; dropped: Int32Array } {
  const { marked } = scratch;
  scratch.mark += 1;
  const own = rowsOfPiece(board, piece);
  for (let i = 0; i < own.length; i += 1) marked[own[i] ?? 0] = scratch.mark;
  scratch.steps -= own.length + rows.length;
  const kept = new Int32Array(rows.length);
  const dropped = new Int32Array(rows.length);
  let k = 0;
  for (let i = 0; i < rows.length; i += 1) {
    const row = rows[i] ?? 0;
    if (marked[row] === scratch.mark) kept[k++] = row;
    else dropped[i - k] = row;
  }
  return { kept: kept.subarray(0, k), dropped: dropped.subarray(0, rows.length - k) };
}

function recount(board: Board, scratch: Scratch, rows: Int32Array): void {
  for (const piece of scratch.touched) {
    scratch.people[piece] = 0;
    scratch.devices[piece] = 0;
  }
  scratch.touched.length = 0;
  add(board, scratch, rows, 1);
}

function add(board: Board, scratch: Scratch, rows: Int32Array, by: 1 | -1): void {
  const { rowStart, rowLength, rowCells, isPerson } = board;
  const { people, devices, touched } = scratch;
  for (let i = 0; i < rows.length; i += 1) {
    const row = rows[i] ?? 0;
    const counts = isPerson[row] === 1 ? people : devices;
    const start = rowStart[row] ?? 0;
    const end = start + (rowLength[row] ?? 0);
    scratch.steps -= end - start;
    for (let at = start; at < end; at += 1) {
      const piece = rowCells[at] ?? 0;
      if (people[piece] === 0 && devices[piece] === 0) touched.push(piece);
      counts[piece] = (counts[piece] ?? 0) + by;
    }
  }
}
