import { Column } from '../../core/column.ts';

export type RowState = (typeof STATES)[keyof typeof STATES];

/** What has become of a row; a gone one stays in its place until the store is rebuilt. */
export const STATES = { gone: 0, held: 1, usedUp: 2 } as const;

/** Numbers that make a row: of the asset, the holder, the cause and the change, and when Apple settled it. */
export interface RowFields {
  readonly asset: number;
  readonly holder: number;
  readonly cause: number;
  /** Number of the change in the location's list of assignments; later rows have higher ones. */
  readonly change: number;
  /** Simulated ms. */
  readonly settledAt: number;
  readonly state: RowState;
}

/** Assignments as columns of numbers, in order of their latest change: some 25 bytes each. */
export class RowStore {
  readonly #assets = new Column(Uint32Array);
  readonly #holders = new Column(Uint32Array);
  readonly #causes = new Column(Uint32Array);
  readonly #changes = new Column(Uint32Array);
  readonly #settled = new Column(Float64Array);
  readonly #states = new Column(Uint8Array);

  /** Rows ever added, the gone ones too. */
  get length(): number {
    return this.#states.length;
  }

  /** Adds a row and gives its number. */
  add(row: RowFields): number {
    this.#assets.push(row.asset);
    this.#holders.push(row.holder);
    this.#causes.push(row.cause);
    this.#changes.push(row.change);
    this.#settled.push(row.settledAt);
    this.#states.push(row.state);
    return this.#states.length - 1;
  }

  asset(row: number): number {
    return this.#assets.at(row);
  }

  holder(row: number): number {
    return this.#holders.at(row);
  }

  change(row: number): number {
    return this.#changes.at(row);
  }

  state(row: number): RowState {
    return this.#states.at(row) as RowState;
  }

  setState(row: number, state: RowState): void {
    this.#states.set(row, state);
  }

  read(row: number): RowFields {
    return {
      asset: this.#assets.at(row),
      holder: this.#holders.at(row),
      cause: this.#causes.at(row),
      change: this.#changes.at(row),
      settledAt: this.#settled.at(row),
      state: this.state(row),
    };
  }
}
