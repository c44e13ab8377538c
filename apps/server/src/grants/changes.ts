import { type RawBuilder, sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { licenseNotes } from './license-notes.ts';
import { isAssigned } from './rows.ts';
import { type Pairs, settlePairs } from './settle.ts';
import { growingPauses, lockStock, pauseSteps, refreshFound, refreshStock } from './stock.ts';

/** What is to be asked of Apple about an asset: holders apart by kind, as Apple's limits are. */
export interface UnsentChanges {
  readonly op: 'associate' | 'disassociate';
  readonly assetId: number;
  readonly deviceIds: number[];
  readonly personIds: number[];
}

/** Which of the unsent changes are taken. */
export interface UnsentFilter {
  readonly locationUid: string;
  /** Only those that a person waits for. */
  readonly urgentOnly: boolean;
  /** SQL about the change `c` and its holder `h`: whether it can be sent by now. */
  readonly sendable: RawBuilder<boolean>;
  /** SQL about the change `c`, its asset `a` and its holder `h`: whether a request for it was sent, given up, and may come true late. */
  readonly mayComeLate: RawBuilder<boolean>;
  /** Pairs at most. */
  readonly limit: number;
}

/**
 * The changes of a location that are due and that no request carries, oldest first, for the writer to put into
 * requests within this transaction: their assets are locked, and what was opened in others meanwhile is left to the next
 * time. What Apple already shows is settled instead if it can be the late result of a request that was given up, and is
 * somebody else's if not; what a decision is about to drop is left out.
 */
export async function takeUnsent(
  context: Context,
  trx: Trx,
  { locationUid, urgentOnly, sendable, mayComeLate, limit }: UnsentFilter,
): Promise<readonly UnsentChanges[]> {
  const now = context.clock.now();
  const unsent = sql`grants.open_change c join library.asset a on a.id = c.asset_id join library.holder h on h.id = c.holder_id
    where a.location_uid = ${locationUid} and c.request_id is null and c.not_before <= ${now}
      and (c.urgent or not ${urgentOnly}) and ${sendable}`;
  const { rows: assets } = await sql<{
    assetId: number;
  }>`select distinct c.asset_id from ${unsent}`.execute(trx);
  if (assets.length === 0) return [];
  const assetIds = assets.map((asset) => asset.assetId);
  await lockStock(trx, assetIds);
  // A change of another asset could be dropped while a request is written that carries it to Apple.
  const locked = sql`${unsent} and c.asset_id = any(${assetIds}::int[])`;
  const shown = await shownPairs(trx, locked);
  await leaveToOthers(context, trx, null, await pairsWithoutRequest(trx, shown, mayComeLate));
  await settlePairs(context, trx, null, shown, { kind: 'done' });
  const { rows } = await sql<UnsentChanges>`select due.op, due.asset_id,
      coalesce(array_agg(due.holder_id) filter (where due.kind = 'device'), '{}') as device_ids,
      coalesce(array_agg(due.holder_id) filter (where due.kind = 'person'), '{}') as person_ids
    from (
      select c.op, c.asset_id, c.holder_id, h.kind from ${locked}
        and exists (select from grants.demand d
          where d.asset_id = c.asset_id and d.holder_id = c.holder_id and d.wanted = (c.op = 'associate'))
      order by c.created_at limit ${limit}) due
    group by due.op, due.asset_id`.execute(trx);
  return rows;
}

/** Those of the pairs that Apple shows although nothing was sent that can have brought it about: others assigned them. */
async function pairsWithoutRequest(
  trx: Trx,
  shown: Pairs,
  mayComeLate: RawBuilder<boolean>,
): Promise<Pairs> {
  const { rows } = await sql<{ assetId: number; holderId: number }>`
    select c.asset_id, c.holder_id
    from unnest(${shown.assetIds}::int[], ${shown.holderIds}::int[]) as p (asset_id, holder_id)
    join grants.open_change c on c.asset_id = p.asset_id and c.holder_id = p.holder_id and c.op = 'associate'
    join library.asset a on a.id = c.asset_id
    join library.holder h on h.id = c.holder_id
    where not ${mayComeLate}`.execute(trx);
  return columns(rows);
}

/**
 * Ends open pairs of a request that somebody else has assigned: they are found, and our seat is free (Law 8). The
 * caller holds the assets.
 *
 * @param requestId null: pairs that no request carries
 */
export async function leaveToOthers(
  context: Context,
  trx: Trx,
  requestId: number | null,
  pairs: Pairs,
): Promise<void> {
  if (pairs.assetIds.length === 0) return;
  await sql`with dropped as (
      delete from grants.open_change c
      using unnest(${pairs.assetIds}::int[], ${pairs.holderIds}::int[]) as p (asset_id, holder_id)
      where c.asset_id = p.asset_id and c.holder_id = p.holder_id and c.request_id is not distinct from ${requestId}
      returning c.asset_id, c.holder_id)
    update grants.demand d set granted = false from dropped
    where d.asset_id = dropped.asset_id and d.holder_id = dropped.holder_id`.execute(trx);
  const assetIds = [...new Set(pairs.assetIds)];
  await refreshStock(trx, assetIds, context.clock.now());
  await refreshFound(trx, assetIds, context.clock.now());
}

async function shownPairs(trx: Trx, unsent: RawBuilder<unknown>): Promise<Pairs> {
  const { rows } = await sql<{ assetId: number; holderId: number }>`
    select shown.asset_id, shown.holder_id from (select c.* from ${unsent}) shown
    join library.license l on l.asset_id = shown.asset_id and l.holder_id = shown.holder_id
      and l.present = (shown.op = 'associate')`.execute(trx);
  return columns(rows);
}

/** What a request carries: every asset of it for every holder of it. */
export interface Carried {
  readonly requestId: number;
  readonly op: 'associate' | 'disassociate';
  readonly assetIds: readonly number[];
  readonly holderIds: readonly number[];
}

/** Notes which requests carry which pairs now, in one statement. */
export async function assignToRequests(trx: Trx, requests: readonly Carried[]): Promise<void> {
  await sql`update grants.open_change c set request_id = r.request_id
    from (
      select "requestId" as request_id, op, unnest("assetIds") as asset_id, "holderIds" as holder_ids
      from jsonb_to_recordset(${JSON.stringify(requests)}::jsonb)
        as r ("requestId" bigint, op text, "assetIds" int[], "holderIds" int[])
    ) r
    where c.request_id is null and c.op = r.op and c.asset_id = r.asset_id and c.holder_id = any(r.holder_ids)`.execute(
    trx,
  );
}

/** Hands the open pairs of one request, within a rectangle, to another. */
export async function moveToRequest(
  trx: Trx,
  from: number,
  to: number,
  assetIds: readonly number[],
  holderIds: readonly number[],
): Promise<void> {
  await sql`update grants.open_change set request_id = ${to}
    where request_id = ${from} and asset_id = any(${assetIds}::int[]) and holder_id = any(${holderIds}::int[])`.execute(
    trx,
  );
}

/**
 * Gives the open pairs of requests back to the writer: they were never sent, or Apple never took them. What is wanted
 * otherwise by now is decided anew before it is sent.
 *
 * @param notBefore when a pair may be sent again, by how often it was given back before, from 0
 */
export async function reopenPairs(
  trx: Trx,
  requestIds: readonly number[],
  notBefore: readonly Date[],
): Promise<void> {
  const { rows } = await sql<{ assetId: number }>`select distinct asset_id from grants.open_change
    where request_id = any(${requestIds}::bigint[])`.execute(trx);
  if (rows.length === 0) return;
  await lockStock(
    trx,
    rows.map((row) => row.assetId),
  );
  await sql`update grants.open_change set request_id = null, attempts = least(attempts + 1, 1000),
      not_before = (${notBefore}::timestamptz[])[least(attempts + 1, ${notBefore.length})]
    where request_id = any(${requestIds}::bigint[])`.execute(trx);
  await dropUnwanted(
    trx,
    rows.map((row) => row.assetId),
  );
}

/**
 * Gives some pairs of a request back to the writer, to be sent again after a growing pause. They keep their seats, and
 * what Apple said of them shows until it has come otherwise.
 */
export async function postponePairs(
  context: Context,
  trx: Trx,
  requestId: number,
  pairs: Pairs,
  said: { readonly number: number; readonly message: string },
): Promise<void> {
  const assetIds = [...new Set(pairs.assetIds)];
  await lockStock(trx, assetIds);
  await sql`with postponed as (
      update grants.open_change c set request_id = null, attempts = least(c.attempts + 1, 1000),
        not_before = ${growingPauses(context)}[least(c.attempts + 1, ${pauseSteps})]
      from unnest(${pairs.assetIds}::int[], ${pairs.holderIds}::int[]) as p (asset_id, holder_id)
      where c.asset_id = p.asset_id and c.holder_id = p.holder_id and c.request_id = ${requestId}
      returning c.asset_id, c.holder_id)
    update grants.demand d set failure = ${said.number}, failure_message = ${said.message}, changed_at = ${context.clock.now()}
    from postponed p where d.asset_id = p.asset_id and d.holder_id = p.holder_id`.execute(trx);
  await dropUnwanted(trx, assetIds);
}

/**
 * Changes that no request carries and that are not wanted any more: Apple never hears of them. A license that would only
 * be kept is not asked for a second time. A take-back that did
 * not happen does not count for the brake, and delivery is told that the license stays; a license that Apple shows all
 * the same is foreign from now on.
 */
async function dropUnwanted(trx: Trx, assetIds: readonly number[]): Promise<void> {
  await sql`with dropped as (
      delete from grants.open_change c using grants.demand d
      where c.asset_id = d.asset_id and c.holder_id = d.holder_id and c.request_id is null
        and c.asset_id = any(${assetIds}::int[]) and case c.op when 'associate' then not ${isAssigned} else d.wanted end
      returning c.asset_id, c.holder_id, c.op, c.created_at
    ), kept as (
      delete from grants.taken_back t using dropped
      where dropped.op = 'disassociate' and t.asset_id = dropped.asset_id and t.holder_id = dropped.holder_id
        and t.at = dropped.created_at
    ), noted as (
      insert into db.note (room, kind, key)
      select distinct 'grants', case when l.present then 'stock' else 'seats' end, dropped.asset_id::text from dropped
      left join library.license l on l.asset_id = dropped.asset_id and l.holder_id = dropped.holder_id and l.present
      where dropped.op = 'associate'
      union all
      ${licenseNotes(sql`(select asset_id, holder_id from dropped where op = 'disassociate')`)})
    update grants.demand d set granted = false
    from dropped where d.asset_id = dropped.asset_id and d.holder_id = dropped.holder_id and dropped.op = 'associate'`.execute(
    trx,
  );
}

/** The pairs of a request that are still open. */
export async function openPairs(trx: Trx, requestId: number): Promise<Pairs> {
  const rows = await trx
    .selectFrom('grants.openChange')
    .select(['assetId', 'holderId'])
    .where('requestId', '=', requestId)
    .orderBy('assetId')
    .orderBy('holderId')
    .execute();
  return columns(rows);
}

/** The open pairs of a request of which the mirror shows what the request was to bring about. */
export async function shownPairsOf(trx: Trx, requestId: number): Promise<Pairs> {
  const { rows } = await sql<{ assetId: number; holderId: number }>`
    select c.asset_id, c.holder_id from grants.open_change c
    left join library.license l on l.asset_id = c.asset_id and l.holder_id = c.holder_id
    where c.request_id = ${requestId} and coalesce(l.present, false) = (c.op = 'associate')`.execute(
    trx,
  );
  return columns(rows);
}

function columns(rows: readonly { readonly assetId: number; readonly holderId: number }[]): Pairs {
  return { assetIds: rows.map((row) => row.assetId), holderIds: rows.map((row) => row.holderId) };
}
