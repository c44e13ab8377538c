import { firstWhere } from '../core/column.ts';
import { Interned } from '../core/interned.ts';
import type { Asset, Assignment, Cause, Holder } from './assets.ts';
import { PairIndex } from './rows/pair-index.ts';
import { RowList } from './rows/row-list.ts';
import { type RowFields, RowStore, STATES } from './rows/row-store.ts';
import type { VersionLog } from './versions.ts';

/** Fewer gone rows than this are not worth rebuilding the store for. */
const TOLERATED_GONE = 100_000;

/** What the rows of a location name by number. */
export interface RowNames {
  readonly assets: Interned<Asset>;
  readonly holders: Interned<Holder>;
  readonly causes: Interned<Cause>;
}

/** Who holds what in a location: the rows of GET /assignments in order of their latest change, and the last removals. */
export class AssignmentBook {
  readonly names: RowNames = {
    assets: new Interned(),
    holders: new Interned(),
    causes: new Interned(),
  };
  readonly version: VersionLog;
  readonly #toleratedGone: number;
  readonly #removed = new RowStore();
  /** The latest removal of each pair. */
  readonly #lastRemoval = new PairIndex(this.#removed);
  #store = new RowStore();
  #index = new PairIndex(this.#store);
  #all = new RowList(this.#store);
  #byAsset: RowList[] = [];
  #usedUp = 0;
  #memory:
    | { readonly key: string; readonly change: number; readonly rows: Uint32Array }
    | undefined;

  /** @param toleratedGone how many rows may be gone before the store is rebuilt without them */
  constructor(version: VersionLog, toleratedGone = TOLERATED_GONE) {
    this.version = version;
    this.#toleratedGone = toleratedGone;
  }

  /** Rows, those of retired users too. */
  get size(): number {
    return this.#all.size;
  }

  /** Rows of retired users: licenses that are used up. */
  get usedUp(): number {
    return this.#usedUp;
  }

  find(asset: Asset, holder: Holder): Assignment | undefined {
    const row = this.rowOf(asset, holder);
    return row === undefined ? undefined : this.read(row);
  }

  has(asset: Asset, holder: Holder): boolean {
    return this.rowOf(asset, holder) !== undefined;
  }

  /** Gives the holder a license of the asset, whether or not there is one: the caller has looked. */
  add(asset: Asset, holder: Holder, settledAt: number, cause: Cause): void {
    const { assets, holders, causes } = this.names;
    asset.take();
    this.#append({
      asset: assets.numberOf(asset),
      holder: holders.numberOf(holder),
      cause: causes.numberOf(cause),
      change: this.version.touch(),
      settledAt,
      state: STATES.held,
    });
  }

  /** Returns a license to the stock. @throws RangeError when the holder has none */
  remove(asset: Asset, holder: Holder): void {
    this.#drop(this.#heldRow(asset, holder));
    asset.assigned--;
  }

  /** Leaves an irrevocable license with a user who retires: the row stays, the stock shrinks. @throws RangeError */
  useUp(asset: Asset, holder: Holder): void {
    this.#store.setState(this.#heldRow(asset, holder), STATES.usedUp);
    this.#usedUp++;
    asset.assigned--;
    asset.total--;
    asset.retired++;
  }

  /** Counts a used-up license as assigned again, because its user is back. @throws RangeError */
  restore(asset: Asset, holder: Holder): void {
    this.#store.setState(this.#heldRow(asset, holder), STATES.held);
    this.#usedUp--;
    asset.retired--;
    asset.total++;
    asset.take();
  }

  /** Hands a license from one holder to another, or returns it when the other has one already. @throws RangeError */
  move(asset: Asset, from: Holder, to: Holder): void {
    if (this.has(asset, to)) {
      this.remove(asset, from);
      return;
    }
    const row = this.#heldRow(asset, from);
    const fields = this.#store.read(row);
    this.#drop(row);
    this.#append({
      ...fields,
      holder: this.names.holders.numberOf(to),
      change: this.version.touch(),
    });
  }

  /** Simulated ms at which the holder last lost a license of the asset; undefined: never. */
  lostAt(asset: Asset, holder: Holder): number | undefined {
    const assetNumber = this.names.assets.find(asset);
    const holderNumber = this.names.holders.find(holder);
    if (assetNumber === undefined || holderNumber === undefined) return undefined;
    const row = this.#lastRemoval.find(assetNumber, holderNumber);
    return row === undefined ? undefined : this.#removed.read(row).settledAt;
  }

  /** Number of the row that says that the holder has the asset. It is good until the next change. */
  rowOf(asset: Asset, holder: Holder): number | undefined {
    const assetNumber = this.names.assets.find(asset);
    const holderNumber = this.names.holders.find(holder);
    if (assetNumber === undefined || holderNumber === undefined) return undefined;
    return this.#index.find(assetNumber, holderNumber);
  }

  /** What a row says. */
  read(row: number): Assignment {
    return this.#view(this.#store.read(row));
  }

  /** Row numbers of the location, or of one asset, in order of their change. They are good until the next change. */
  list(asset?: Asset): RowList {
    if (asset === undefined) return this.#all;
    const number = this.names.assets.find(asset);
    return (number === undefined ? undefined : this.#byAsset[number]) ?? new RowList(this.#store);
  }

  /** Whether the row is a license used up by a user who retired. */
  isUsedUp(row: number): boolean {
    return this.#store.state(row) === STATES.usedUp;
  }

  /** Row numbers that took a walk to find: found once, and remembered under the key until the next change. */
  remember(key: string, find: () => Uint32Array): Uint32Array {
    const { change } = this.version;
    if (this.#memory?.key !== key || this.#memory.change !== change) {
      this.#memory = { key, change, rows: find() };
    }
    return this.#memory.rows;
  }

  /** Number of the first row changed after the given change. */
  firstAfter(change: number): number {
    return firstWhere(this.#store.length, (row) => this.#store.change(row) > change);
  }

  /** Rows removed after the given change, oldest first; `settledAt` is when they were removed. */
  removedSince(change: number): Assignment[] {
    const removed = this.#removed;
    const from = firstWhere(removed.length, (row) => removed.change(row) > change);
    return Array.from({ length: removed.length - from }, (_, index) =>
      this.#view(removed.read(from + index)),
    );
  }

  #heldRow(asset: Asset, holder: Holder): number {
    const row = this.rowOf(asset, holder);
    if (row === undefined) throw new RangeError(`The holder has no license of ${asset.key}.`);
    return row;
  }

  #view({ asset, holder, cause, settledAt, state }: RowFields): Assignment {
    const { assets, holders, causes } = this.names;
    return {
      asset: assets.at(asset),
      holder: holders.at(holder),
      cause: causes.at(cause),
      settledAt,
      usedUp: state === STATES.usedUp,
    };
  }

  #append(fields: RowFields): void {
    const row = this.#store.add(fields);
    this.#index.add(row);
    this.#all.push(row);
    (this.#byAsset[fields.asset] ??= new RowList(this.#store)).push(row);
  }

  #drop(row: number): void {
    const store = this.#store;
    const fields = store.read(row);
    const earlier = this.#lastRemoval.find(fields.asset, fields.holder);
    if (earlier !== undefined) this.#lastRemoval.remove(earlier);
    const change = this.version.touch();
    const settledAt = this.version.now;
    this.#lastRemoval.add(this.#removed.add({ ...fields, change, settledAt, state: STATES.gone }));
    this.#index.remove(row);
    store.setState(row, STATES.gone);
    this.#all.drop(row);
    this.#byAsset[fields.asset]?.drop(row);
    const gone = store.length - this.#all.size;
    if (gone > this.#toleratedGone && gone > this.#all.size) this.#rebuild();
  }

  /** Copies what is left to new columns. */
  #rebuild(): void {
    const old = this.#store;
    this.#store = new RowStore();
    this.#index = new PairIndex(this.#store);
    this.#all = new RowList(this.#store);
    this.#byAsset = [];
    for (let row = 0; row < old.length; row++) {
      if (old.state(row) !== STATES.gone) this.#append(old.read(row));
    }
  }
}
