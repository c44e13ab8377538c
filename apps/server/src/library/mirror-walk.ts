import type { Assignment } from '@allotment/apps-and-books';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Database } from '../db/connect.ts';
import { type AssetIds, assetIdsOf } from './asset-ids.ts';
import { isClash, retryingClashes } from './clashes.ts';
import { ensureHolders, findHolders } from './holders.ts';
import { noteChangedStock } from './stock-notes.ts';

/** What a walk covers: all assets of a location, or some. */
export interface WalkScope {
  readonly locationUid: string;
  readonly assetIds?: readonly number[];
  /** Settled when the titles were read: pages are written only then, and a failure is theirs, too. */
  readonly titlesRead?: Promise<void>;
}

/**
 * Pages are written while the next ones come, in one statement for all that wait; what was seen is remembered beside
 * the mirror, so that a walk costs no updates.
 */
export interface MirrorWalk {
  /** Adds one page; another attempt starts over. Waits only when PostgreSQL is slower than Apple. */
  write(attempt: number, rows: readonly Assignment[]): Promise<void>;
  /** Ends a clean walk: what it did not show is gone. */
  finishClean(): Promise<void>;
  /** Assets of which people who are not ours were seen: an increment cannot count those. */
  ofForeignPeople(): readonly number[];
}

/**
 * Lets `act` write what Apple shows into the mirror. Rows that changed after the walk began are left alone: what we
 * know of them is newer. Absence counts only after a clean walk. Grants is told at the end, whatever the end.
 *
 * @param act asks Apple for the first page only now: the walk has begun
 */
export async function walkMirror<T>(
  context: Context,
  scope: WalkScope,
  act: (walk: MirrorWalk) => Promise<T>,
): Promise<T> {
  return context.db.connection().execute(async (connection) => {
    // A page lost with the machine is read again by the next walk: no need to wait for the disk.
    await sql`set synchronous_commit = off`.execute(connection);
    try {
      return await toTheEnd(await Writer.begin(connection, scope), act);
    } finally {
      await retryingClashes(async () => noteChangedStock(connection, scope.locationUid));
      await sql`reset synchronous_commit`.execute(connection);
    }
  });
}

async function toTheEnd<T>(writer: Writer, act: (walk: MirrorWalk) => Promise<T>): Promise<T> {
  try {
    const result = await act(writer);
    await writer.written();
    return result;
  } catch (error) {
    await writer.giveUp();
    throw error;
  } finally {
    await writer.forget();
  }
}

/** Holder ids kept at hand; more are looked up again. */
const mostKnownHolders = 50_000;
/** So many pairs wait for PostgreSQL, then the next page does: the memory of a walk is bounded. */
const mostWaiting = 5_000;

class Writer implements MirrorWalk {
  readonly #db: Database;
  readonly #scope: WalkScope;
  /** db.change_order when the walk began. */
  readonly #began: number;
  /** Of the location's titles; looked up for the first page. */
  #assetIds: AssetIds | undefined;
  /** Whether there was anything before that can be gone now, from an earlier walk or attempt. */
  #mirrored: boolean;
  /** Whether the table of what was seen is there, with what this attempt saw in it. */
  #remembers = false;
  readonly #devices = new Map<string, number>();
  #attempt = 0;
  /** Pairs not yet being written: numbers alone, so that a page itself is soon forgotten. */
  #waiting: Pairs = { assetIds: [], holderIds: [] };
  /** What is being written, and what will be after it; its failure shows a few pages later, or at the end. */
  #writing: Promise<void> = Promise.resolve();
  /** Assignments to people who are not ours, by asset: counted, nothing else of them is kept (Law 8). */
  #foreignPeople = new Map<number, number>();

  private constructor(db: Database, scope: WalkScope, began: number, mirrored: boolean) {
    this.#db = db;
    this.#scope = scope;
    this.#began = began;
    this.#mirrored = mirrored;
  }

  static async begin(db: Database, scope: WalkScope): Promise<Writer> {
    const { rows } = await sql<{ began: number; mirrored: boolean }>`
      select nextval('db.change_order') as began, exists (
        select from library.asset a join library.license l on l.asset_id = a.id
        where a.location_uid = ${scope.locationUid} and l.present) as mirrored`.execute(db);
    const start = rows[0];
    if (start === undefined) throw new Error('The database gave no number.');
    return new Writer(db, scope, start.began, start.mirrored);
  }

  async write(attempt: number, rows: readonly Assignment[]): Promise<void> {
    if (attempt !== this.#attempt) await this.#startOver(attempt);
    this.#assetIds ??= await this.#titles();
    await this.#learnDevices(rows);
    const people = await findHolders(this.#db, 'person', clientUserIds(rows));
    const { assetIds, holderIds } = this.#waiting;
    for (const row of rows) {
      const assetId = this.#assetIds.get(row.adamId)?.get(row.pricingParam);
      if (assetId === undefined) continue;
      const holderId =
        row.serialNumber === undefined
          ? people.get(row.clientUserId)
          : this.#devices.get(row.serialNumber);
      if (holderId === undefined) {
        this.#foreignPeople.set(assetId, (this.#foreignPeople.get(assetId) ?? 0) + 1);
      } else {
        assetIds.push(assetId);
        holderIds.push(holderId);
      }
    }
    this.#writing = this.#writing.then(async () => this.#writeWaiting());
    // Who awaits it next gets the failure, too.
    this.#writing.catch(() => undefined);
    if (assetIds.length >= mostWaiting) await this.#writing;
  }

  async #titles(): Promise<AssetIds> {
    await this.#scope.titlesRead;
    return assetIdsOf(this.#db, this.#scope.locationUid);
  }

  async #startOver(attempt: number): Promise<void> {
    await this.#writing;
    this.#attempt = attempt;
    this.#mirrored = true;
    this.#foreignPeople = new Map();
    await this.forget();
  }

  /** Made at its first use: the first walk of a location needs none. */
  async #remember(): Promise<void> {
    if (this.#remembers) return;
    await sql`create temporary table if not exists seen (asset_id integer not null, holder_id integer not null);
      truncate pg_temp.seen`.execute(this.#db);
    this.#remembers = true;
  }

  async forget(): Promise<void> {
    if (!this.#remembers) return;
    this.#remembers = false;
    await sql`truncate pg_temp.seen`.execute(this.#db);
  }

  async #learnDevices(rows: readonly Assignment[]): Promise<void> {
    if (this.#devices.size > mostKnownHolders) this.#devices.clear();
    const unknown = new Set<string>();
    for (const { serialNumber } of rows) {
      if (serialNumber !== undefined && !this.#devices.has(serialNumber)) unknown.add(serialNumber);
    }
    if (unknown.size === 0) return;
    const keys = [...unknown];
    const ids = await retryingClashes(async () => ensureHolders(this.#db, 'device', keys));
    for (const [key, id] of ids) this.#devices.set(key, id);
  }

  /** All that waits, in one statement; what comes meanwhile waits for the next one. */
  async #writeWaiting(): Promise<void> {
    const pairs = this.#waiting;
    if (pairs.assetIds.length === 0) return;
    this.#waiting = { assetIds: [], holderIds: [] };
    if (!this.#mirrored && (await this.#addPairs(pairs))) return;
    await this.#remember();
    await retryingClashes(async () => this.#mergePairs(pairs));
  }

  /**
   * The first walk of a location: nothing to compare with and nothing that can be gone, at a third of the cost.
   *
   * @returns false when somebody else added one of the pairs; nothing was written then
   */
  async #addPairs({ assetIds, holderIds }: Pairs): Promise<boolean> {
    try {
      await sql`with added as (
          insert into library.license (asset_id, holder_id, present, changed)
          select asset_id, holder_id, true, (select nextval('db.change_order'))
          from unnest(${arrayText(assetIds)}::int[], ${arrayText(holderIds)}::int[]) as p (asset_id, holder_id)
          returning asset_id)
        update library.asset set unnoted = true where id in (select asset_id from added) and not unnoted`.execute(
        this.#db,
      );
      return true;
    } catch (error) {
      if (!isClash(error)) throw error;
      return false;
    }
  }

  /**
   * One statement: remembers the pairs as seen, adds those the mirror lacks, revives those that came back. The lateral
   * join looks each pair up by its key, also where the planner would rather scan the mirror for every page.
   */
  async #mergePairs({ assetIds, holderIds }: Pairs): Promise<void> {
    await sql`with page as materialized (
        select distinct asset_id, holder_id from unnest(${arrayText(assetIds)}::int[], ${arrayText(holderIds)}::int[]) as p (asset_id, holder_id)
      ), remembered as (
        insert into pg_temp.seen select asset_id, holder_id from page
      ), known as materialized (
        select p.asset_id, p.holder_id, l.present, l.changed from page p
        left join lateral (
          select present, changed from library.license
          where asset_id = p.asset_id and holder_id = p.holder_id limit 1) l on true
      ), added as (
        insert into library.license (asset_id, holder_id, present, changed)
        select asset_id, holder_id, true, (select nextval('db.change_order')) from known where present is null
        order by asset_id, holder_id returning asset_id
      ), back as (
        update library.license l set present = true, changed = (select nextval('db.change_order'))
        from known k where l.asset_id = k.asset_id and l.holder_id = k.holder_id
          and not k.present and k.changed < ${this.#began} and not l.present and l.changed < ${this.#began}
        returning l.asset_id
      )
      update library.asset set unnoted = true
      where id in (select asset_id from added union select asset_id from back) and not unnoted`.execute(
      this.#db,
    );
  }

  /** Resolves when all pages are in the mirror. */
  async written(): Promise<void> {
    await this.#writing;
  }

  /** The walk has failed: resolves when nothing is being written any more. */
  async giveUp(): Promise<void> {
    this.#waiting = { assetIds: [], holderIds: [] };
    await Promise.allSettled([this.#writing]);
  }

  ofForeignPeople(): readonly number[] {
    return [...this.#foreignPeople.keys()];
  }

  async finishClean(): Promise<void> {
    await this.#writing;
    if (this.#mirrored) {
      await this.#remember();
      await sql`analyze pg_temp.seen`.execute(this.#db);
      await retryingClashes(async () => this.#removeUnseen());
    }
    await retryingClashes(async () =>
      sql`update library.asset a set foreign_people = coalesce(counted.count, 0), unnoted = true
      from library.asset all_of
      left join unnest(${[...this.#foreignPeople.keys()]}::int[], ${[...this.#foreignPeople.values()]}::int[]) as counted (id, count)
        on counted.id = all_of.id
      where a.id = all_of.id and a.location_uid = ${this.#scope.locationUid} and ${this.#inScope()}
        and a.foreign_people <> coalesce(counted.count, 0)`.execute(this.#db),
    );
  }

  async #removeUnseen(): Promise<void> {
    await sql`with gone as (
        update library.license l set present = false, changed = (select nextval('db.change_order'))
        from library.asset a
        where a.id = l.asset_id and a.location_uid = ${this.#scope.locationUid} and ${this.#inScope()}
          and l.present and l.changed < ${this.#began}
          and not exists (select from pg_temp.seen s where s.asset_id = l.asset_id and s.holder_id = l.holder_id)
        returning l.asset_id)
      update library.asset set unnoted = true where id in (select asset_id from gone) and not unnoted`.execute(
      this.#db,
    );
  }

  #inScope() {
    const { assetIds } = this.#scope;
    return assetIds === undefined ? sql`true` : sql`a.id = any(${assetIds}::int[])`;
  }
}

/** Pairs of title and holder, as two columns. */
interface Pairs {
  readonly assetIds: number[];
  readonly holderIds: number[];
}

/** PostgreSQL's text of an array of numbers: the driver quotes them one by one otherwise. */
function arrayText(numbers: readonly number[]): string {
  return `{${numbers.join(',')}}`;
}

function clientUserIds(rows: readonly Assignment[]): string[] {
  return [...new Set(rows.flatMap((row) => row.clientUserId ?? []))];
}
