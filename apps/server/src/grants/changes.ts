import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { type Pairs, settlePairs } from './settle.ts';
import { lockStock } from './stock.ts';

/** What is to be asked of Apple about an asset: holders apart by kind, as Apple's limits are. */
export interface UnsentChanges {
  readonly op: 'associate' | 'disassociate';
  readonly assetId: number;
  readonly deviceIds: number[];
  readonly personIds: number[];
}

/**
 * The changes of a location that are due and that no request carries, oldest first, for the writer to put into
 * requests within this transaction: their assets are locked. What Apple already shows, such as the late result of a
 * request that was given up, is settled instead; what a decision is about to drop is left out.
 */
export async function takeUnsent(
  context: Context,
  trx: Trx,
  locationUid: string,
  limit: number,
): Promise<readonly UnsentChanges[]> {
  const now = context.clock.now();
  const unsent = sql`grants.open_change c join library.asset a on a.id = c.asset_id
    where a.location_uid = ${locationUid} and c.request_id is null and c.not_before <= ${now}`;
  const { rows: assets } = await sql<{
    assetId: number;
  }>`select distinct c.asset_id from ${unsent}`.execute(trx);
  if (assets.length === 0) return [];
  await lockStock(
    trx,
    assets.map((asset) => asset.assetId),
  );
  await settlePairs(context, trx, null, await shownPairs(trx, unsent), { kind: 'done' });
  const { rows } = await sql<UnsentChanges>`select due.op, due.asset_id,
      coalesce(array_agg(due.holder_id) filter (where h.kind = 'device'), '{}') as device_ids,
      coalesce(array_agg(due.holder_id) filter (where h.kind = 'person'), '{}') as person_ids
    from (
      select c.op, c.asset_id, c.holder_id from ${unsent}
        and exists (select from grants.demand d
          where d.asset_id = c.asset_id and d.holder_id = c.holder_id and d.wanted = (c.op = 'associate'))
      order by c.created_at limit ${limit}) due
    join library.holder h on h.id = due.holder_id
    group by due.op, due.asset_id`.execute(trx);
  return rows;
}

async function shownPairs(trx: Trx, unsent: ReturnType<typeof sql>): Promise<Pairs> {
  const { rows } = await sql<{ assetId: number; holderId: number }>`
    select shown.asset_id, shown.holder_id from (select c.* from ${unsent}) shown
    join library.license l on l.asset_id = shown.asset_id and l.holder_id = shown.holder_id
      and l.present = (shown.op = 'associate')`.execute(trx);
  return columns(rows);
}

/** Notes that a request carries these pairs now: every asset of the rectangle with every holder of it. */
export async function assignToRequest(
  trx: Trx,
  requestId: number,
  op: 'associate' | 'disassociate',
  assetIds: readonly number[],
  holderIds: readonly number[],
): Promise<void> {
  await sql`update grants.open_change set request_id = ${requestId}
    where request_id is null and op = ${op}
      and asset_id = any(${assetIds}::int[]) and holder_id = any(${holderIds}::int[])`.execute(trx);
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
 * Changes that no request carries and that are not wanted any more: Apple never hears of them. A take-back that did
 * not happen does not count for the brake; a license that Apple shows all the same is foreign from now on.
 */
async function dropUnwanted(trx: Trx, assetIds: readonly number[]): Promise<void> {
  await sql`with dropped as (
      delete from grants.open_change c using grants.demand d
      where c.asset_id = d.asset_id and c.holder_id = d.holder_id and c.request_id is null
        and c.asset_id = any(${assetIds}::int[]) and (c.op = 'associate') <> d.wanted
      returning c.asset_id, c.holder_id, c.op, c.created_at
    ), kept as (
      delete from grants.taken_back t using dropped
      where dropped.op = 'disassociate' and t.asset_id = dropped.asset_id and t.holder_id = dropped.holder_id
        and t.at = dropped.created_at
    ), noted as (
      insert into db.note (room, kind, key)
      select distinct 'grants', case when l.present then 'stock' else 'seats' end, dropped.asset_id::text from dropped
      left join library.license l on l.asset_id = dropped.asset_id and l.holder_id = dropped.holder_id and l.present
      where dropped.op = 'associate')
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
