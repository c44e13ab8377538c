import { sql } from 'kysely';
import { type Actor, recordAudit } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Database, Trx } from '../db/connect.ts';
import { hint } from '../db/hints.ts';
import { leaveNotes } from '../db/notes.ts';
import { waits } from './rows.ts';
import { lockStock } from './stock.ts';

/** The licenses of a location, by what can become of them. */
export interface LocationLicenses {
  /** Assigned by us, or being assigned, and Apple takes them back. */
  readonly ours: number;
  /** Of ours: to go back, and Apple has refused that three times or more. */
  readonly refused: number;
  /** Assigned by us for good: books. */
  readonly irrevocable: number;
  /** Assigned at Apple by others. */
  readonly notOurs: number;
  /** Wanted and not granted. */
  readonly waiting: number;
  /** Pairs whose change Apple was asked for and has not settled. */
  readonly open: number;
}

/** Refusals after which a license is reported instead of waited for. */
const refusalsEnough = 3;

export async function licensesOfLocation(
  db: Database,
  locationUid: string,
): Promise<LocationLicenses> {
  const { rows } = await sql<LocationLicenses>`
    select coalesce(sum(d.ours), 0)::int as ours, coalesce(sum(d.refused), 0)::int as refused,
      coalesce(sum(d.irrevocable), 0)::int as irrevocable, coalesce(sum(d.waiting), 0)::int as waiting,
      coalesce(sum(s.foreign_held), 0)::int as not_ours, coalesce(sum(o.open), 0)::int as open
    from library.asset a
    left join grants.stock s on s.asset_id = a.id
    cross join lateral (
      select count(*) filter (where d.granted and a.revocable) as ours,
        count(*) filter (where d.granted and a.revocable and not d.wanted and d.failure is not null
          and d.attempts >= ${refusalsEnough}) as refused,
        count(*) filter (where d.granted and not a.revocable) as irrevocable,
        count(*) filter (where ${waits('d')}) as waiting
      from grants.demand d where d.asset_id = a.id) d
    cross join lateral (
      select count(*) as open from grants.open_change c where c.asset_id = a.id and c.request_id is not null) o
    where a.location_uid = ${locationUid}`.execute(db);
  const [counts] = rows;
  if (counts === undefined) throw new Error('The database gave no counts.');
  return counts;
}

/** From now on nothing is granted in a location, also of what is bought later, until a person opens it again. */
export async function closeLocation(
  context: Context,
  trx: Trx,
  locationUid: string,
  reason: string,
  actor: Actor,
): Promise<void> {
  const assetIds = await assetsOfLocation(trx, locationUid);
  await lockStock(trx, assetIds);
  // Closed from when nobody else decides there any more, not from when that was first waited for.
  await trx
    .insertInto('grants.closedLocation')
    .values({ locationUid, reason, closedBy: actor.name, closedAt: context.clock.now() })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await setClosed(trx, locationUid, reason);
}

/**
 * Grants go on in a location that was closed; holds on its pairs are lifted, so that what the assignments say counts.
 *
 * @returns whether it was closed
 */
export async function reopenLocation(
  context: Context,
  trx: Trx,
  locationUid: string,
  actor: Actor,
): Promise<boolean> {
  await lockStock(trx, await assetsOfLocation(trx, locationUid));
  const closed = await unclose(trx, locationUid);
  if (!closed) return false;
  const assetIds = await assetsOfLocation(trx, locationUid);
  await sql`delete from grants.hold where asset_id = any(${assetIds}::int[])`.execute(trx);
  await leaveNotes(
    trx,
    'grants',
    // Who is wanted again, and who waits already.
    ['asset', 'seats'].flatMap((kind) => assetIds.map((id) => ({ kind, key: String(id) }))),
  );
  await recordAudit(trx, context.clock.now(), actor, {
    action: 'reopenLocation',
    target: { kind: 'location', id: locationUid },
  });
  await hint(trx, 'apps', 'status', 'locations');
  return true;
}

/**
 * The token of a location is gone: what is ours at Apple stays ours, as history, so that the same location is
 * recognized when it comes back. What was not sent yet does not happen, and nothing is removed from any device.
 */
export async function keepAsHistory(
  context: Context,
  trx: Trx,
  locationUid: string,
): Promise<void> {
  const now = context.clock.now();
  const assetIds = await assetsOfLocation(trx, locationUid);
  await lockStock(trx, assetIds);
  await unclose(trx, locationUid);
  await trx.deleteFrom('grants.brake').where('locationUid', '=', locationUid).execute();
  await sql`with dropped as (
      delete from grants.open_change where asset_id = any(${assetIds}::int[]) and request_id is null
      returning asset_id, holder_id, op, created_at)
    delete from grants.taken_back t using dropped
    where dropped.op = 'disassociate' and t.asset_id = dropped.asset_id and t.holder_id = dropped.holder_id
      and t.at = dropped.created_at`.execute(trx);
  await sql`delete from grants.placement where asset_id = any(${assetIds}::int[]) and leaving`.execute(
    trx,
  );
  // A license that Apple was asked to take back is on its way; every other one that is held is kept.
  await sql`update grants.demand d set granted = d.granted and there.stays, wanted = d.granted and there.stays and not there.leaving,
      kept = d.granted and there.stays and not there.leaving, found = false, covered_by = null, uninstall = false, removal = null,
      asked = false, ends_at = null, end_reason = null, retry_at = null, changed_at = ${now}
    from (
      select h.asset_id, h.holder_id, h.held or c.request_id is not null as stays,
        coalesce(c.op = 'disassociate', false) as leaving
      from grants.demand h
      left join grants.open_change c on c.asset_id = h.asset_id and c.holder_id = h.holder_id
      where h.asset_id = any(${assetIds}::int[])) there
    where d.asset_id = there.asset_id and d.holder_id = there.holder_id`.execute(trx);
}

async function unclose(trx: Trx, locationUid: string): Promise<boolean> {
  await setClosed(trx, locationUid, null);
  const { numDeletedRows } = await trx
    .deleteFrom('grants.closedLocation')
    .where('locationUid', '=', locationUid)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/** Of all assets that are there by now: some may have been bought while others held those that were there before. */
async function setClosed(trx: Trx, locationUid: string, reason: string | null): Promise<void> {
  await sql`update grants.stock set closed_to_grants = ${reason}
    where asset_id in (select id from library.asset where location_uid = ${locationUid})`.execute(
    trx,
  );
}

/** The assets of a location, in the order in which they are locked. */
export async function assetsOfLocation(
  db: Database,
  locationUid: string,
): Promise<readonly number[]> {
  const rows = await db
    .selectFrom('library.asset')
    .select('id')
    .where('locationUid', '=', locationUid)
    .orderBy('id')
    .execute();
  return rows.map((row) => row.id);
}
