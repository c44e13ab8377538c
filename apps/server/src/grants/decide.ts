import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { hint } from '../db/hints.ts';
import { leaveTakeBacksToPerson, openTakeBacks } from './brake.ts';
import { type Scope, assetsInScope, holdersInScope, resolveWanted } from './resolve.ts';
import { lockDecisions, lockStock, refreshStock } from './stock.ts';

/**
 * Decides, within some scopes, who wants a license, who gets one, and whose goes back; writes the open changes for
 * Apple. Holds the rows of the assets from before it looks until it commits (Law 5).
 */
export async function decide(context: Context, trx: Trx, scopes: readonly Scope[]): Promise<void> {
  await lockDecisions(trx);
  const parts = [];
  for (const scope of scopes) parts.push({ scope, assetIds: await assetsInScope(trx, scope) });
  const all = [...new Set(parts.flatMap((part) => part.assetIds))];
  if (all.length === 0) return;
  await lockStock(trx, all);
  for (const { scope, assetIds } of parts) await decideScope(context, trx, scope, assetIds);
  await hint(trx, 'apps', 'status', 'locations');
}

async function decideScope(
  context: Context,
  trx: Trx,
  scope: Scope,
  assetIds: readonly number[],
): Promise<void> {
  const now = context.clock.now();
  if (scope.kind === 'assets') await refreshStock(trx, scope.counted, now);
  await resolveWanted(trx, scope);
  await want(trx, now);
  await unwant(trx, scope, assetIds, now);
  await markFound(trx, scope, assetIds, now);
  await dropUnsent(trx, scope, assetIds);
  await openTakeBacks(trx, assetIds, await leaveTakeBacksToPerson(trx, assetIds, now), now);
  await grant(trx, assetIds, now);
  await forget(trx, assetIds);
  await tellAssociations(trx, assetIds);
}

/** Rows that say so already are left out beforehand: a conflict would lock and rewrite each of them. */
async function want(trx: Trx, now: Date): Promise<void> {
  await sql`insert into grants.demand (asset_id, holder_id, app_id, priority, wanted, since, changed_at)
    select w.asset_id, w.holder_id, w.app_id, w.priority, true, ${now}, ${now} from wanted_now w
    left join lateral (
      select wanted, app_id, priority from grants.demand where asset_id = w.asset_id and holder_id = w.holder_id limit 1) d on true
    where d.wanted is not true or d.app_id is distinct from w.app_id or d.priority <> w.priority
    order by w.rank
    on conflict (asset_id, holder_id) do update set
      wanted = true, app_id = excluded.app_id, priority = excluded.priority, changed_at = excluded.changed_at,
      position = case when demand.wanted or demand.granted then demand.position else excluded.position end,
      since = case when demand.wanted then demand.since else excluded.since end`.execute(trx);
}

/**
 * What no assignment wants any more. Where the app is gone, its token was deleted: that is never an unassignment, so
 * what Apple holds or was asked for stays wanted (Law 11), and only what never got there is dropped.
 */
async function unwant(
  trx: Trx,
  scope: Scope,
  assetIds: readonly number[],
  now: Date,
): Promise<void> {
  await sql`with gone as (
      update grants.demand d set wanted = false, found = false, changed_at = ${now}
      where d.asset_id = any(${assetIds}::int[]) and d.wanted and ${holdersInScope(scope, 'd.holder_id')}
        and not exists (select from wanted_now w where w.asset_id = d.asset_id and w.holder_id = d.holder_id)
        and (exists (select from library.app app where app.id = d.app_id)
          or not (d.held or exists (select from grants.open_change c
            where c.asset_id = d.asset_id and c.holder_id = d.holder_id and c.request_id is not null)))
      returning d.asset_id, d.holder_id)
    insert into db.note (room, kind, key) select 'delivery', 'license', asset_id || ':' || holder_id from gone`.execute(
    trx,
  );
}

/** A wanted pair that Apple already shows, and that is not ours, is satisfied as found (Law 8). */
async function markFound(
  trx: Trx,
  scope: Scope,
  assetIds: readonly number[],
  now: Date,
): Promise<void> {
  await sql`with changed as (
      update grants.demand d set found = x.present, changed_at = ${now}
      from (
        select d.asset_id, d.holder_id, coalesce(l.present, false) as present
        from grants.demand d
        left join library.license l on l.asset_id = d.asset_id and l.holder_id = d.holder_id
        where d.asset_id = any(${assetIds}::int[]) and d.wanted and not d.granted
          and ${holdersInScope(scope, 'd.holder_id')}
      ) x
      where d.asset_id = x.asset_id and d.holder_id = x.holder_id and d.found <> x.present
      returning d.asset_id, d.holder_id)
    insert into db.note (room, kind, key) select 'delivery', 'license', asset_id || ':' || holder_id from changed`.execute(
    trx,
  );
}

/**
 * Changes that no request carries yet and that are no longer wanted are dropped: Apple never hears of them. A take-back
 * that did not happen does not count for the brake; a license that Apple shows all the same is foreign from now on.
 */
async function dropUnsent(trx: Trx, scope: Scope, assetIds: readonly number[]): Promise<void> {
  await sql`with dropped as (
      delete from grants.open_change c using grants.demand d
      where c.asset_id = d.asset_id and c.holder_id = d.holder_id and c.request_id is null
        and c.asset_id = any(${assetIds}::int[]) and ${holdersInScope(scope, 'c.holder_id')}
        and (c.op = 'associate') <> d.wanted
      returning c.asset_id, c.holder_id, c.op, c.created_at
    ), kept as (
      delete from grants.taken_back t using dropped
      where dropped.op = 'disassociate' and t.asset_id = dropped.asset_id and t.holder_id = dropped.holder_id
        and t.at = dropped.created_at
    ), shown as (
      insert into db.note (room, kind, key)
      select distinct 'grants', 'stock', l.asset_id::text from dropped
      join library.license l on l.asset_id = dropped.asset_id and l.holder_id = dropped.holder_id and l.present
      where dropped.op = 'associate')
    update grants.demand d set granted = false
    from dropped where d.asset_id = dropped.asset_id and d.holder_id = dropped.holder_id and dropped.op = 'associate'`.execute(
    trx,
  );
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
}

/** Rows that neither want nor hold anything are history of the audit, not of the line. */
async function forget(trx: Trx, assetIds: readonly number[]): Promise<void> {
  await sql`delete from grants.demand where asset_id = any(${assetIds}::int[]) and not wanted and not granted`.execute(
    trx,
  );
}

/** A hint for the writers of the locations where something waits to be sent. */
async function tellAssociations(trx: Trx, assetIds: readonly number[]): Promise<void> {
  await sql`insert into db.note (room, kind, key)
    select 'associations', 'location', l.uid from library.location l
    where exists (select from library.asset a join grants.open_change c on c.asset_id = a.id and c.request_id is null
      where a.location_uid = l.uid and a.id = any(${assetIds}::int[]))`.execute(trx);
}
