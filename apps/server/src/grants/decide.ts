import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { hint } from '../db/hints.ts';
import { openTakeBacks, pullBrakes } from './brake.ts';
import { type Scope, assetsInScope, resolveWanted } from './resolve.ts';

/** Advisory lock: one decision at a time, so that none is made from what another is just changing. */
const decisionLock = 4_219_002;

/**
 * Decides, within a scope, who wants a license, who gets one, and whose goes back; writes the open changes for
 * Apple. Holds the rows of the assets from before it looks until it commits (Law 5).
 */
export async function decide(context: Context, trx: Trx, scope: Scope): Promise<void> {
  await sql`select pg_advisory_xact_lock(${decisionLock})`.execute(trx);
  const assetIds = await assetsInScope(trx, scope);
  if (assetIds.length === 0) return;
  const now = context.clock.now();
  await lockStock(trx, assetIds);
  await resolveWanted(trx, scope);
  await want(trx, now);
  await unwant(trx, scope, assetIds, now);
  await markFound(trx, assetIds, now);
  await dropUnsent(trx, assetIds);
  await takeBack(trx, assetIds, now);
  await grant(trx, assetIds, now);
  await forget(trx, assetIds);
  await tellAssociations(trx, assetIds);
  await hint(trx, 'apps', 'status', 'locations');
}

/** Makes the rows of the assets if need be and locks them in id order. */
export async function lockStock(trx: Trx, assetIds: readonly number[]): Promise<void> {
  await sql`insert into grants.stock (asset_id, total)
    select id, case when unlimited then null else total end from library.asset where id = any(${assetIds}::int[]) order by id
    on conflict do nothing`.execute(trx);
  await sql`select asset_id from grants.stock where asset_id = any(${assetIds}::int[]) order by asset_id for update`.execute(
    trx,
  );
}

async function want(trx: Trx, now: Date): Promise<void> {
  await sql`insert into grants.demand (asset_id, holder_id, app_id, priority, wanted, since, changed_at)
    select asset_id, holder_id, app_id, priority, true, ${now}, ${now} from wanted_now order by rank
    on conflict (asset_id, holder_id) do update set
      wanted = true, app_id = excluded.app_id, priority = excluded.priority, changed_at = excluded.changed_at,
      position = case when demand.wanted or demand.granted then demand.position else excluded.position end,
      since = case when demand.wanted then demand.since else excluded.since end
    where not demand.wanted or demand.app_id is distinct from excluded.app_id or demand.priority <> excluded.priority`.execute(
    trx,
  );
}

/** Of a location without a token nothing is given up: deleting a token is never an unassignment (Law 11). */
async function unwant(
  trx: Trx,
  scope: Scope,
  assetIds: readonly number[],
  now: Date,
): Promise<void> {
  const holders =
    scope.kind === 'assets'
      ? sql`true`
      : sql`d.holder_id in (select h.id from library.holder h join devices.device dev on dev.serial_number = h.key
          where h.kind = 'device' and dev.id = any(${scope.deviceIds}::uuid[]))`;
  await sql`with gone as (
      update grants.demand d set wanted = false, found = false, changed_at = ${now}
      from library.asset a
      where a.id = d.asset_id and d.asset_id = any(${assetIds}::int[]) and d.wanted and ${holders}
        and exists (select from library.token t where t.location_uid = a.location_uid)
        and not exists (select from wanted_now w where w.asset_id = d.asset_id and w.holder_id = d.holder_id)
      returning d.asset_id, d.holder_id)
    insert into db.note (room, kind, key) select 'delivery', 'license', asset_id || ':' || holder_id from gone`.execute(
    trx,
  );
}

/** A wanted pair that Apple already shows, and that is not ours, is satisfied as found (Law 8). */
async function markFound(trx: Trx, assetIds: readonly number[], now: Date): Promise<void> {
  await sql`with changed as (
      update grants.demand d set found = x.present, changed_at = ${now}
      from (
        select d.asset_id, d.holder_id, coalesce(l.present, false) as present
        from grants.demand d
        left join library.license l on l.asset_id = d.asset_id and l.holder_id = d.holder_id
        where d.asset_id = any(${assetIds}::int[]) and d.wanted and not d.granted
      ) x
      where d.asset_id = x.asset_id and d.holder_id = x.holder_id and d.found <> x.present
      returning d.asset_id, d.holder_id)
    insert into db.note (room, kind, key) select 'delivery', 'license', asset_id || ':' || holder_id from changed`.execute(
    trx,
  );
}

/** Changes that no request carries yet and that are no longer wanted are dropped: Apple never hears of them. */
async function dropUnsent(trx: Trx, assetIds: readonly number[]): Promise<void> {
  await sql`with dropped as (
      delete from grants.open_change c using grants.demand d
      where c.asset_id = d.asset_id and c.holder_id = d.holder_id and c.request_id is null
        and c.asset_id = any(${assetIds}::int[])
        and ((c.op = 'associate' and not d.wanted) or (c.op = 'disassociate' and d.wanted))
      returning c.asset_id, c.holder_id, c.op)
    update grants.demand d set granted = false
    from dropped where d.asset_id = dropped.asset_id and d.holder_id = dropped.holder_id and dropped.op = 'associate'`.execute(
    trx,
  );
}

/** What is held and no longer wanted goes back, unless the brake holds it for a person (Law 11). */
async function takeBack(trx: Trx, assetIds: readonly number[], now: Date): Promise<void> {
  const braked = await pullBrakes(trx, assetIds, now);
  await openTakeBacks(trx, assetIds, braked, now);
}

/** Gives the free seats of each asset to those first in line: priority, then the order of the first demand. */
async function grant(trx: Trx, assetIds: readonly number[], now: Date): Promise<void> {
  await sql`update grants.demand set retry_at = null where asset_id = any(${assetIds}::int[]) and retry_at <= ${now}`.execute(
    trx,
  );
  await sql`with granted as (
      update grants.demand d set granted = true, failure = null, failure_message = null, retry_at = null, changed_at = ${now}
      from grants.stock s, lateral (
        select w.holder_id from grants.demand w
        where w.asset_id = s.asset_id and w.wanted and not w.granted and not w.found
          and w.retry_at is null
        order by w.priority desc, w.position
        limit case when s.total is null then null else greatest(0, s.total - s.foreign_held - s.taken) end
      ) first
      where s.asset_id = any(${assetIds}::int[]) and s.closed_reason is null
        and d.asset_id = s.asset_id and d.holder_id = first.holder_id
      returning d.asset_id, d.holder_id)
    insert into grants.open_change (asset_id, holder_id, op, not_before, created_at)
    select asset_id, holder_id, 'associate', ${now}, ${now} from granted`.execute(trx);
  // A license that Apple lost is asked for again: its seat is still taken by this row.
  await sql`insert into grants.open_change (asset_id, holder_id, op, not_before, created_at)
    select asset_id, holder_id, 'associate', ${now}, ${now} from grants.demand d
    where asset_id = any(${assetIds}::int[]) and wanted and granted and not held
    on conflict do nothing`.execute(trx);
}

/** Rows that neither want nor hold anything are history of the audit, not of the line. */
async function forget(trx: Trx, assetIds: readonly number[]): Promise<void> {
  await sql`delete from grants.demand where asset_id = any(${assetIds}::int[]) and not wanted and not granted`.execute(
    trx,
  );
}

async function tellAssociations(trx: Trx, assetIds: readonly number[]): Promise<void> {
  await sql`insert into db.note (room, kind, key)
    select distinct 'associations', 'location', a.location_uid
    from grants.open_change c join library.asset a on a.id = c.asset_id
    where c.asset_id = any(${assetIds}::int[]) and c.request_id is null`.execute(trx);
}
