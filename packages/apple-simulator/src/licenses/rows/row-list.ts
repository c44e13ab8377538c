import { Column, firstWhere } from '../../core/column.ts';
import { STATES, type RowStore } from './row-store.ts';

const BLOCK_SHIFT = 10;
const BLOCK = 1 << BLOCK_SHIFT;

/** Rows of a store in ascending order, of which some are gone: finds the n-th that is left without a walk. */
export class RowList {
  readonly #store: RowStore;
  readonly #rows = new Column(Uint32Array);
  /** How many are left in each block of {@link BLOCK} rows. */
  readonly #left: number[] = [];
  #size = 0;

  constructor(store: RowStore) {
    this.#store = store;
  }

  /** Rows that are left. */
  get size(): number {
    return this.#size;
  }

  /** Adds a row with a higher number than all before. */
  push(row: number): void {
    const block = this.#rows.length >>> BLOCK_SHIFT;
    this.#rows.push(row);
    this.#left[block] = (this.#left[block] ?? 0) + 1;
    this.#size++;
  }

  /** Notes that a row of the list has gone from the store. */
  drop(row: number): void {
    const block = this.#positionOf(row) >>> BLOCK_SHIFT;
    this.#left[block] = (this.#left[block] ?? 0) - 1;
    this.#size--;
  }

  /** How many of the rows that are left have a lower number. */
  rankOf(row: number): number {
    const position = this.#positionOf(row);
    const block = position >>> BLOCK_SHIFT;
    let rank = 0;
    for (let before = 0; before < block; before++) rank += this.#left[before] ?? 0;
    for (let at = block << BLOCK_SHIFT; at < position; at++) if (this.#isLeft(at)) rank++;
    return rank;
  }

  /** Up to `count` of the rows that are left, from the one with that many before it. */
  slice(from: number, count: number): number[] {
    const rows: number[] = [];
    let skipped = 0;
    let block = 0;
    while (block < this.#left.length && skipped + (this.#left[block] ?? 0) <= from) {
      skipped += this.#left[block++] ?? 0;
    }
    for (let at = block * BLOCK; at < this.#rows.length && rows.length < count; at++) {
      if (this.#isLeft(at) && skipped++ >= from) rows.push(this.#rows.at(at));
    }
    return rows;
  }

  #isLeft(position: number): boolean {
    return this.#store.state(this.#rows.at(position)) !== STATES.gone;
  }

  #positionOf(row: number): number {
    return firstWhere(this.#rows.length, (position) => this.#rows.at(position) >= row);
  }
}
