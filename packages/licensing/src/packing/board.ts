import { type Block, peopleAmong, slices } from './blocks.ts';
import { type Grid, joined, transpose } from './grid.ts';
import type { RequestLimits } from './types.ts';

/** Rows and the pieces they still want: assets of equal holders move together as one piece. Cells are taken away only. */
export interface Board {
  /** The columns of the grid in each piece; no more than a request takes. */
  readonly pieces: readonly (readonly number[])[];
  readonly isPerson: Uint8Array;
  readonly limits: RequestLimits;
  /** Pieces of each row: `rowCells[rowStart[r]]`, `rowLength[r]` of them. */
  readonly rowStart: Int32Array;
  readonly rowCells: Int32Array;
  readonly rowLength: Int32Array;
  /** Rows of each piece, ascending: `pieceCells[pieceStart[p]]`, `pieceLength[p]` of them. */
  readonly pieceStart: Int32Array;
  readonly pieceCells: Int32Array;
  readonly pieceLength: Int32Array;
  /** How many of the rows of each piece are people. */
  readonly people: Int32Array;
}

/** Blocks of equal columns made ready for the search, and those that need none: they fill a request's width alone. */
export function boardOf(
  byColumns: readonly Block[],
  isPerson: Uint8Array,
  limits: RequestLimits,
): { board: Board; wide: Block[] } {
  const wide: Block[] = [];
  const pieces: Block[] = [];
  for (const { columns, rows } of byColumns) {
    const whole = columns.length - (columns.length % limits.maxAssets);
    if (whole > 0) wide.push({ columns: columns.slice(0, whole), rows });
    for (const part of inPieces(columns.slice(whole), limits.maxAssets))
      pieces.push({ columns: part, rows });
  }
  const byPiece = joined(
    pieces.map(({ rows }) => rows),
    isPerson.length,
  );
  const byRow = transpose(byPiece);
  const board = {
    pieces: pieces.map(({ columns }) => columns),
    isPerson,
    limits,
    rowStart: byRow.start,
    rowCells: byRow.cells,
    rowLength: lengths(byRow.start),
    pieceStart: byPiece.start,
    pieceCells: byPiece.cells,
    pieceLength: lengths(byPiece.start),
    people: Int32Array.from(pieces, ({ rows }) => peopleAmong(rows, isPerson)),
  };
  return { board, wide };
}

/** About thirds of a request's width: large classes can then share a request with parts of others. */
function inPieces(columns: readonly number[], maxAssets: number): number[][] {
  if (columns.length === 0) return [];
  const parts = Math.ceil(columns.length / Math.ceil(maxAssets / 3));
  return slices(columns, Math.ceil(columns.length / parts));
}

const lengths = (start: Int32Array): Int32Array =>
  start.subarray(1).map((end, index) => end - (start[index] ?? 0));

/** The rows that still want a piece, ascending. A view: it holds until cells are taken. */
export function rowsOfPiece(board: Board, piece: number): Int32Array {
  const from = board.pieceStart[piece] ?? 0;
  return board.pieceCells.subarray(from, from + (board.pieceLength[piece] ?? 0));
}

/** The pieces that a row still wants. A view: it holds until cells are taken. */
export function piecesOfRow(board: Board, row: number): Int32Array {
  const from = board.rowStart[row] ?? 0;
  return board.rowCells.subarray(from, from + (board.rowLength[row] ?? 0));
}

/** Takes all cells of a block of pieces and rows away. */
export function takeCells(board: Board, pieces: readonly number[], rows: readonly number[]): void {
  const taken = new Set(rows);
  const gone = new Set(pieces);
  for (const piece of pieces) {
    const cells = rowsOfPiece(board, piece);
    let kept = 0;
    for (const row of cells) {
      if (taken.has(row)) {
        board.people[piece] = (board.people[piece] ?? 0) - (board.isPerson[row] ?? 0);
      } else {
        cells[kept] = row;
        kept += 1;
      }
    }
    board.pieceLength[piece] = kept;
  }
  for (const row of rows) {
    const cells = piecesOfRow(board, row);
    let kept = 0;
    for (const piece of cells) {
      if (gone.has(piece)) continue;
      cells[kept] = piece;
      kept += 1;
    }
    board.rowLength[row] = kept;
  }
}

/** What is left, as a grid of the original columns. */
export function restOf(board: Board, columns: number): Grid {
  const rows = board.rowLength.length;
  const start = new Int32Array(rows + 1);
  for (let row = 0; row < rows; row += 1) {
    let length = 0;
    for (const piece of piecesOfRow(board, row)) length += board.pieces[piece]?.length ?? 0;
    start[row + 1] = (start[row] ?? 0) + length;
  }
  const cells = new Int32Array(start[rows] ?? 0);
  for (let row = 0; row < rows; row += 1) {
    let end = start[row] ?? 0;
    for (const piece of piecesOfRow(board, row)) {
      for (const column of board.pieces[piece] ?? []) cells[end++] = column;
    }
    cells.subarray(start[row], end).sort();
  }
  return { rows, columns, start, cells };
}
