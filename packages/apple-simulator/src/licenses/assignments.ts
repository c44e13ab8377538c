import type { Asset, Assignment, Holder } from './assets.ts';
import type { VersionLog } from './versions.ts';

/** Rows of GET /assignments in order of their latest change, and the last removals. */
export class AssignmentBook {
  readonly #rows = new Set<Assignment>();
  readonly #removed: Assignment[] = [];
  readonly version: VersionLog;
  #ordered: { readonly change: number; readonly rows: readonly Assignment[] } | undefined;

  constructor(version: VersionLog) {
    this.version = version;
  }

  get size(): number {
    return this.#rows.size;
  }

  /** Gives the holder a license of the asset, whether or not there is one: the caller has looked. */
  add(asset: Asset, holder: Holder, settledAt: number): Assignment {
    const row = { asset, holder, settledAt, change: this.version.touch(), usedUp: false };
    asset.holders.set(holder, row);
    asset.take();
    this.#rows.add(row);
    return row;
  }

  /** Returns a license to the stock. */
  remove(row: Assignment): void {
    row.asset.assigned--;
    this.#drop(row);
  }

  /** Leaves an irrevocable license with a user who retires: the row stays, the stock shrinks. */
  useUp(row: Assignment): void {
    row.usedUp = true;
    row.asset.assigned--;
    row.asset.total--;
    row.asset.retired++;
  }

  /** Counts a used-up license as assigned again, because its user is back. */
  restore(row: Assignment): void {
    row.usedUp = false;
    row.asset.retired--;
    row.asset.total++;
    row.asset.take();
  }

  /** Hands a license from one holder to another, or returns it when the other has one already. */
  move(row: Assignment, holder: Holder): Assignment {
    const held = row.asset.holders.get(holder);
    if (held !== undefined) {
      this.remove(row);
      return held;
    }
    this.#drop(row);
    const moved: Assignment = { ...row, holder, change: this.version.touch() };
    row.asset.holders.set(holder, moved);
    this.#rows.add(moved);
    return moved;
  }

  /** All rows, oldest change first. The same array comes back until something changes. */
  all(): readonly Assignment[] {
    const { change } = this.version;
    if (this.#ordered?.change !== change) this.#ordered = { change, rows: [...this.#rows] };
    return this.#ordered.rows;
  }

  /** Rows changed after the given change, oldest first. */
  changedSince(change: number): readonly Assignment[] {
    return laterThan(this.all(), change);
  }

  /** Rows removed after the given change, oldest first. */
  removedSince(change: number): readonly Assignment[] {
    return laterThan(this.#removed, change);
  }

  #drop(row: Assignment): void {
    row.asset.holders.delete(row.holder);
    this.#rows.delete(row);
    this.#removed.push({ ...row, change: this.version.touch() });
  }
}

/** The tail of a list sorted by change, found by halving. */
function laterThan(rows: readonly Assignment[], change: number): readonly Assignment[] {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle]?.change ?? 0) > change) high = middle;
    else low = middle + 1;
  }
  return rows.slice(low);
}
