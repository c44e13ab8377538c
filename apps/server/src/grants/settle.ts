import { retryDelayMs } from '@allotment/licensing';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { hint } from '../db/hints.ts';
import { leaveNotes } from '../db/notes.ts';
import { recordSettled, requestCounts } from '../library/index.ts';
import { lockStock } from './decide.ts';

/** Pairs as two columns of equal length. */
export interface Pairs {
  readonly assetIds: readonly number[];
  readonly holderIds: readonly number[];
}

/** What became of pairs of one request. */
export type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'refused'; readonly number: number; readonly message: string };

/** Apple has no license left for the pair. */
const noLicenses = 9709;
/** Not assigned (any more): what was asked for has come true. */
const notAssociated = new Set([9619, 9610]);
const alreadyAssociated = 9616;
/** Refusals after which the pause grows no more. */
const retrySteps = 10;

interface Closed extends Pairs {
  readonly op: 'associate' | 'disassociate';
}

/**
 * Settles pairs of a request: each at most once, because only pairs that this request still has open are touched.
 *
 * @returns how many pairs were settled by this call
 */
export async function settlePairs(
  context: Context,
  trx: Trx,
  requestId: number,
  pairs: Pairs,
  outcome: Outcome,
): Promise<number> {
  const assetIds = [...new Set(pairs.assetIds)].sort((a, b) => a - b);
  await lockStock(trx, assetIds);
  const closed = await closeChanges(trx, requestId, pairs);
  for (const group of closed) {
    if (came(group.op, outcome)) await complete(context, trx, group);
    else if (outcome.kind === 'refused') await refuse(context, trx, group, outcome);
  }
  const settled = closed.reduce((sum, group) => sum + group.assetIds.length, 0);
  if (settled > 0) await hint(trx, 'apps', 'status');
  return settled;
}

/** Gives the pairs of a request back to the writer: it was never sent, or Apple never took it. */
export async function reopenPairs(trx: Trx, requestId: number, notBefore: Date): Promise<void> {
  await sql`update grants.open_change set request_id = null, not_before = ${notBefore}, attempts = attempts + 1
    where request_id = ${requestId}`.execute(trx);
}

function came(op: Closed['op'], outcome: Outcome): boolean {
  if (outcome.kind === 'done') return true;
  return op === 'associate'
    ? outcome.number === alreadyAssociated
    : notAssociated.has(outcome.number);
}

async function closeChanges(trx: Trx, requestId: number, pairs: Pairs): Promise<readonly Closed[]> {
  const { rows } = await sql<Closed>`with closed as (
      delete from grants.open_change c
      using unnest(${pairs.assetIds}::int[], ${pairs.holderIds}::int[]) as p (asset_id, holder_id)
      where c.asset_id = p.asset_id and c.holder_id = p.holder_id and c.request_id = ${requestId}
      returning c.asset_id, c.holder_id, c.op)
    select op, array_agg(asset_id) as asset_ids, array_agg(holder_id) as holder_ids from closed group by op`.execute(
    trx,
  );
  return rows;
}

/** Only what came out otherwise than wanted by now, or freed a seat, is decided anew. */
async function complete(context: Context, trx: Trx, pairs: Closed): Promise<void> {
  const now = context.clock.now();
  const present = pairs.op === 'associate';
  await recordSettled(trx, pairs.assetIds, pairs.holderIds, present);
  await sql`with changed as (
      update grants.demand d set granted = ${present}, held = ${present}, failure = null, failure_message = null,
        attempts = 0, retry_at = null, changed_at = ${now}
      from unnest(${pairs.assetIds}::int[], ${pairs.holderIds}::int[]) as p (asset_id, holder_id)
      where d.asset_id = p.asset_id and d.holder_id = p.holder_id
      returning d.asset_id, d.holder_id, d.wanted)
    insert into db.note (room, kind, key)
    select 'delivery', 'license', asset_id || ':' || holder_id from changed
    union all
    select distinct 'grants', 'asset', asset_id::text from changed where not (wanted and ${present})`.execute(
    trx,
  );
}

/** A refused association frees its seat; a refused disassociation keeps it taken and is tried again later. */
async function refuse(
  context: Context,
  trx: Trx,
  pairs: Closed,
  outcome: { readonly number: number; readonly message: string },
): Promise<void> {
  const now = context.clock.now();
  const associate = pairs.op === 'associate';
  const closes = associate && outcome.number === noLicenses;
  const pauses = Array.from(
    { length: retrySteps },
    (_, step) => new Date(now.getTime() + retryDelayMs(step + 1, context.random)),
  );
  // Whoever met an empty stock keeps the place in line and waits for the counts, not for the clock.
  const retryAt =
    associate && !closes
      ? sql`(${pauses}::timestamptz[])[least(attempts + 1, ${retrySteps})]`
      : sql`null`;
  await sql`update grants.demand d set granted = ${!associate}, failure = ${outcome.number},
      failure_message = ${outcome.message}, attempts = least(attempts + 1, 1000), changed_at = ${now},
      retry_at = ${retryAt}
    from unnest(${pairs.assetIds}::int[], ${pairs.holderIds}::int[]) as p (asset_id, holder_id)
    where d.asset_id = p.asset_id and d.holder_id = p.holder_id`.execute(trx);
  if (!associate) {
    await sql`insert into grants.open_change (asset_id, holder_id, op, not_before, created_at, attempts)
      select *, 'disassociate', ${pauses[0]}::timestamptz, ${now}::timestamptz, 1
      from unnest(${pairs.assetIds}::int[], ${pairs.holderIds}::int[])`.execute(trx);
  }
  const assetIds = [...new Set(pairs.assetIds)];
  await leaveNotes(
    trx,
    'grants',
    assetIds.map((id) => ({ kind: 'asset', key: String(id) })),
  );
  if (closes) {
    await sql`update grants.stock set closed_reason = ${outcome.message}, closed_at = ${now}
      where asset_id = any(${assetIds}::int[])`.execute(trx);
    await requestCounts(trx, assetIds);
  }
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

/** The pairs of a request that are still open. */
export async function openPairs(trx: Trx, requestId: number): Promise<Pairs> {
  const rows = await trx
    .selectFrom('grants.openChange')
    .select(['assetId', 'holderId'])
    .where('requestId', '=', requestId)
    .orderBy('assetId')
    .orderBy('holderId')
    .execute();
  return { assetIds: rows.map((row) => row.assetId), holderIds: rows.map((row) => row.holderId) };
}
