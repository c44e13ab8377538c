import type { Assignment } from '@allotment/apps-and-books';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Database, Trx } from '../db/connect.ts';
import { ensureHolders } from './holders.ts';
import { leaveStockNotes } from './stock-notes.ts';

/**
 * Keeps what Apple has settled: pairs as two columns of equal length, all assigned or all taken back. A tombstone
 * stays for what was taken back, so that a walk begun earlier does not bring it to life again.
 */
export async function recordSettled(
  trx: Trx,
  assetIds: readonly number[],
  holderIds: readonly number[],
  present: boolean,
): Promise<void> {
  await sql`insert into library.license (asset_id, holder_id, present, changed)
    select asset_id, holder_id, ${present}, nextval('db.change_order')
    from (select distinct * from unnest(${assetIds}::int[], ${holderIds}::int[]) as p (asset_id, holder_id)
      order by asset_id, holder_id) pairs
    on conflict (asset_id, holder_id) do update set present = excluded.present, changed = excluded.changed`.execute(
    trx,
  );
}

/** Columns of one page: a statement takes them as arrays. */
interface Columns {
  readonly adamIds: string[];
  readonly pricings: string[];
  readonly keys: string[];
}

const emptyColumns = (): Columns => ({ adamIds: [], pricings: [], keys: [] });

/**
 * Writes what a walk through Apple's assignments shows into the mirror. Rows that changed after the walk began are
 * left alone: what we know of them is newer. Absence counts only after a clean walk.
 */
export class MirrorWriter {
  readonly #context: Context;
  readonly #locationUid: string;
  /** Undefined: all of the location. */
  readonly #assetIds: readonly number[] | undefined;
  /** db.change_order when the walk began. */
  readonly #began: number;
  #attempt = -1;
  /** Marks the rows seen in this attempt. */
  #mark = 0;
  /** Assignments to people who are not ours, by asset id: counted, nothing else of them is kept (Law 8). */
  #foreignPeople = new Map<number, number>();

  private constructor(
    context: Context,
    locationUid: string,
    assetIds: readonly number[] | undefined,
    began: number,
  ) {
    this.#context = context;
    this.#locationUid = locationUid;
    this.#assetIds = assetIds;
    this.#began = began;
  }

  /** To be called before the first page is asked for. */
  static async begin(
    context: Context,
    locationUid: string,
    assetIds?: readonly number[],
  ): Promise<MirrorWriter> {
    return new MirrorWriter(context, locationUid, assetIds, await nextChange(context.db));
  }

  /** Adds one page; another attempt starts counting anew. */
  async write(attempt: number, rows: readonly Assignment[]): Promise<void> {
    if (attempt !== this.#attempt) {
      this.#mark = await nextChange(this.#context.db);
      this.#foreignPeople = new Map();
      this.#attempt = attempt;
    }
    const { devices, people } = split(rows);
    const foreign = await retryingDeadlocks(async () =>
      this.#context.db.transaction().execute(async (trx) => {
        // A page lost with the machine is read again by the next walk: no need to wait for the disk.
        await sql`set local synchronous_commit = off`.execute(trx);
        await ensureHolders(trx, 'device', [...new Set(devices.keys)]);
        const changed = [
          ...(await this.#upsert(trx, 'device', devices)),
          ...(await this.#upsert(trx, 'person', people)),
        ];
        await leaveStockNotes(trx, changed);
        return this.#countForeign(trx, people);
      }),
    );
    for (const { assetId, count } of foreign) {
      this.#foreignPeople.set(assetId, (this.#foreignPeople.get(assetId) ?? 0) + count);
    }
  }

  /** Ends a clean walk: what it did not show is gone. */
  async finishClean(): Promise<void> {
    await retryingDeadlocks(async () =>
      this.#context.db.transaction().execute(async (trx) => {
        const gone = await this.#removeUnseen(trx);
        const counted = await this.#recordForeign(trx);
        await leaveStockNotes(trx, [...gone, ...counted]);
      }),
    );
  }

  /** The ids of the assets of which a pair is new or back. */
  async #upsert(trx: Trx, kind: 'device' | 'person', columns: Columns): Promise<readonly number[]> {
    if (columns.keys.length === 0) return [];
    const { rows } = await sql<{ assetId: number }>`
      with seen as (
        select distinct a.id as asset_id, h.id as holder_id
        from unnest(${columns.adamIds}::text[], ${columns.pricings}::text[], ${columns.keys}::text[]) as r (adam_id, pricing_param, key)
        join library.asset a on a.location_uid = ${this.#locationUid} and a.adam_id = r.adam_id and a.pricing_param = r.pricing_param
        join library.holder h on h.kind = ${kind} and h.key = r.key
      ), written as (
        insert into library.license as l (asset_id, holder_id, present, changed, walk)
        select asset_id, holder_id, true, nextval('db.change_order'), ${this.#mark} from seen order by asset_id, holder_id
        on conflict (asset_id, holder_id) do update set walk = excluded.walk, present = true,
          changed = case when l.present then l.changed else excluded.changed end
        where l.present or l.changed < ${this.#began}
        returning asset_id, changed
      )
      select distinct asset_id from written where changed > ${this.#mark}`.execute(trx);
    return rows.map((row) => row.assetId);
  }

  async #countForeign(
    trx: Trx,
    people: Columns,
  ): Promise<readonly { readonly assetId: number; readonly count: number }[]> {
    if (people.keys.length === 0) return [];
    const { rows } = await sql<{ assetId: number; count: number }>`
      select a.id as asset_id, count(*)::int as count
      from unnest(${people.adamIds}::text[], ${people.pricings}::text[], ${people.keys}::text[]) as r (adam_id, pricing_param, key)
      join library.asset a on a.location_uid = ${this.#locationUid} and a.adam_id = r.adam_id and a.pricing_param = r.pricing_param
      left join library.holder h on h.kind = 'person' and h.key = r.key
      where h.id is null group by a.id`.execute(trx);
    return rows;
  }

  async #removeUnseen(trx: Trx): Promise<readonly number[]> {
    const { rows } = await sql<{ assetId: number }>`
      with gone as (
        update library.license l set present = false, changed = nextval('db.change_order')
        from library.asset a
        where a.id = l.asset_id and a.location_uid = ${this.#locationUid} and ${this.#inScope()}
          and l.present and l.walk <> ${this.#mark} and l.changed < ${this.#began}
        returning l.asset_id)
      select distinct asset_id from gone`.execute(trx);
    return rows.map((row) => row.assetId);
  }

  async #recordForeign(trx: Trx): Promise<readonly number[]> {
    const { rows } = await sql<{ id: number }>`
      update library.asset a set foreign_people = coalesce(counted.count, 0)
      from library.asset all_of
      left join unnest(${[...this.#foreignPeople.keys()]}::int[], ${[...this.#foreignPeople.values()]}::int[]) as counted (id, count)
        on counted.id = all_of.id
      where a.id = all_of.id and a.location_uid = ${this.#locationUid} and ${this.#inScope()}
        and a.foreign_people <> coalesce(counted.count, 0)
      returning a.id`.execute(trx);
    return rows.map((row) => row.id);
  }

  #inScope() {
    return this.#assetIds === undefined ? sql`true` : sql`a.id = any(${this.#assetIds}::int[])`;
  }
}

function split(rows: readonly Assignment[]): { devices: Columns; people: Columns } {
  const devices = emptyColumns();
  const people = emptyColumns();
  for (const row of rows) {
    const columns = row.serialNumber === undefined ? people : devices;
    columns.adamIds.push(row.adamId);
    columns.pricings.push(row.pricingParam);
    columns.keys.push(row.serialNumber ?? row.clientUserId);
  }
  return { devices, people };
}

async function nextChange(db: Database): Promise<number> {
  const { rows } = await sql<{ next: number }>`select nextval('db.change_order') as next`.execute(
    db,
  );
  const next = rows[0]?.next;
  if (next === undefined) throw new Error('The database gave no number.');
  return next;
}

const deadlock = '40P01';
const tries = 5;

/** Somebody settles pairs while a walk writes them: who loses the deadlock does its statement again. */
async function retryingDeadlocks<T>(write: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await write();
    } catch (error) {
      const isDeadlock = error instanceof Error && 'code' in error && error.code === deadlock;
      if (!isDeadlock || tried === tries) throw error;
    }
  }
}
