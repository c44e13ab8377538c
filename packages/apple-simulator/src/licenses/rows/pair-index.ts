import type { RowStore } from './row-store.ts';

const FIRST_CAPACITY = 64;

/** Finds the row of an asset and a holder: a table of row numbers, open addressing, linear probing. */
export class PairIndex {
  readonly #rows: RowStore;
  /** Row number + 1; 0 is a free place. The length is a power of two. */
  #table = new Uint32Array(FIRST_CAPACITY);
  #size = 0;

  constructor(rows: RowStore) {
    this.#rows = rows;
  }

  /** The number of the row, or undefined. */
  find(asset: number, holder: number): number | undefined {
    const entry = this.#table[this.#placeOf(asset, holder)] as number;
    return entry === 0 ? undefined : entry - 1;
  }

  /** Adds a row whose asset and holder have none in the table. */
  add(row: number): void {
    if ((this.#size + 1) * 3 > this.#table.length * 2) this.#grow();
    this.#put(row);
    this.#size++;
  }

  /** Takes out a row that is in the table, and moves up those that had to make way for it. */
  remove(row: number): void {
    const table = this.#table;
    const mask = table.length - 1;
    let hole = this.#placeOf(this.#rows.asset(row), this.#rows.holder(row));
    for (let place = (hole + 1) & mask; table[place] !== 0; place = (place + 1) & mask) {
      const other = (table[place] as number) - 1;
      const wanted = hash(this.#rows.asset(other), this.#rows.holder(other)) & mask;
      if (((place - wanted) & mask) < ((place - hole) & mask)) continue;
      table[hole] = table[place] as number;
      hole = place;
    }
    table[hole] = 0;
    this.#size--;
  }

  #grow(): void {
    const old = this.#table;
    this.#table = new Uint32Array(old.length * 2);
    for (const entry of old) if (entry !== 0) this.#put(entry - 1);
  }

  #put(row: number): void {
    this.#table[this.#placeOf(this.#rows.asset(row), this.#rows.holder(row))] = row + 1;
  }

  /** Where the pair's row is, or the free place where it would be. */
  #placeOf(asset: number, holder: number): number {
    const table = this.#table;
    const mask = table.length - 1;
    let place = hash(asset, holder) & mask;
    for (; table[place] !== 0; place = (place + 1) & mask) {
      const row = (table[place] as number) - 1;
      if (this.#rows.holder(row) === holder && this.#rows.asset(row) === asset) break;
    }
    return place;
  }
}

function hash(asset: number, holder: number): number {
  let value = Math.imul(asset ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(holder, 0xc2b2ae35);
  value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  return (value ^ (value >>> 13)) >>> 0;
}
