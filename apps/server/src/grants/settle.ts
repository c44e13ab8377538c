import { noLicenseAtApple } from '@allotment/licensing';
import { type RawBuilder, sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { hint } from '../db/hints.ts';
import { leaveNotes } from '../db/notes.ts';
import { goneNotes, licenseNotes, replacedNotes } from './license-notes.ts';
import { recordSettled } from '../library/index.ts';
import { closeStock, growingPauses, lockStock, pauseSteps, trustStock } from './stock.ts';

/** Pairs as two columns of equal length. */
export interface Pairs {
  readonly assetIds: readonly number[];
  readonly holderIds: readonly number[];
}

/** What became of pairs of one request. */
export type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'refused'; readonly number: number; readonly message: string };

/** Not assigned (any more): what was asked for has come true. */
const notAssociated = new Set([9619, 9610]);

type Op = 'associate' | 'disassociate';

interface Closed extends Pairs {
  readonly op: Op;
  readonly openedAt: readonly Date[];
}

/**
 * Settles pairs of a request: each at most once, because only pairs that this request still has open are touched. Who
 * settles several times in a transaction locks the assets of all beforehand.
 *
 * @param requestId null: pairs that no request carries
 * @returns how many pairs were settled by this call
 */
export async function settlePairs(
  context: Context,
  trx: Trx,
  requestId: number | null,
  pairs: Pairs,
  outcome: Outcome,
): Promise<number> {
  if (pairs.assetIds.length === 0) return 0;
  await lockStock(trx, [...new Set(pairs.assetIds)]);
  const said = sql`select ${requestId}::bigint as request_id, *
    from unnest(${pairs.assetIds}::int[], ${pairs.holderIds}::int[]) as p (asset_id, holder_id)`;
  if (outcome.kind === 'done') return settleDone(context, trx, said);
  const gone = notAssociated.has(outcome.number)
    ? await settleDone(context, trx, said, 'disassociate')
    : 0;
  const refused = await closeChanges(trx, said);
  for (const group of refused) {
    if (group.op === 'associate') await refuseAssociation(context, trx, group, outcome);
    else await refuseDisassociation(context, trx, group, outcome);
    await leaveNotes(
      trx,
      'grants',
      [...new Set(group.assetIds)].map((id) => ({ kind: 'seats', key: String(id) })),
    );
  }
  const settled = refused.reduce((sum, group) => sum + group.assetIds.length, 0);
  if (settled > 0) await hint(trx, 'apps', 'status', 'locations');
  return gone + settled;
}

/**
 * Settles what has come true, of any number of requests, in one statement. Only what came out otherwise
 * than wanted by now, or freed a seat, is decided anew; and the person whose user license the device license that is
 * there now replaces (behavior L20). The caller holds the assets.
 *
 * @param said a query for the pairs, be they repeated: request_id, asset_id, holder_id
 * @param only of these pairs, those that were to change so
 * @returns how many pairs were settled by this call
 */
export async function settleDone(
  context: Context,
  trx: Trx,
  said: RawBuilder<unknown>,
  only?: Op,
): Promise<number> {
  const now = context.clock.now();
  const { rows } = await sql<{
    settled: number;
    given: number[] | null;
    returned: number[] | null;
  }>`
    with ${closed(said, only)},
    recorded as (${recordSettled(sql`select asset_id, holder_id, op = 'associate' as present from closed`)}),
    changed as (
      update grants.demand d set granted = c.op = 'associate', held = c.op = 'associate', failure = null, failure_message = null,
        attempts = 0, retry_at = null, changed_at = ${now}
      from closed c
      where d.asset_id = c.asset_id and d.holder_id = c.holder_id
      returning d.asset_id, d.holder_id, d.held, d.wanted
    ), noted as (
      insert into db.note (room, kind, key)
      ${licenseNotes(sql`changed`)}
      union all
      ${goneNotes(sql`(select asset_id, holder_id from changed where wanted and not held)`)}
      union all
      select distinct 'grants', 'seats', asset_id::text from changed where not (wanted and held)
      union all
      ${replacedNotes(sql`(select asset_id, holder_id from changed where held)`)}
    )
    select count(*)::int as settled, array_agg(distinct asset_id) filter (where op = 'associate') as given,
      array_agg(distinct asset_id) filter (where op = 'disassociate') as returned
    from closed`.execute(trx);
  const { settled = 0, given, returned } = rows[0] ?? {};
  if (settled === 0) return 0;
  await trustStock(trx, given ?? [], false);
  await trustStock(trx, returned ?? [], true);
  await hint(trx, 'apps', 'status', 'locations');
  return settled;
}

/** SQL: takes pairs out of the open changes of their requests. */
function closed(said: RawBuilder<unknown>, only?: Op): RawBuilder<unknown> {
  return sql`said as materialized (${said}), closed as (
      delete from grants.open_change c using said
      where c.asset_id = said.asset_id and c.holder_id = said.holder_id and c.request_id is not distinct from said.request_id
        and ${only === undefined ? sql`true` : sql`c.op = ${only}`}
      returning c.asset_id, c.holder_id, c.op, c.created_at)`;
}

async function closeChanges(trx: Trx, said: RawBuilder<unknown>): Promise<readonly Closed[]> {
  const { rows } = await sql<Closed>`with ${closed(said)}
    select op, array_agg(asset_id) as asset_ids, array_agg(holder_id) as holder_ids, array_agg(created_at) as opened_at
    from closed group by op`.execute(trx);
  return rows;
}

/** A refused association frees its seat; it is tried again, later each time. */
async function refuseAssociation(
  context: Context,
  trx: Trx,
  pairs: Closed,
  outcome: { readonly number: number; readonly message: string },
): Promise<void> {
  const now = context.clock.now();
  const closes = outcome.number === noLicenseAtApple;
  // Whoever met an empty stock keeps the place in line and waits for the counts, not for the clock.
  await sql`with refused as (
      update grants.demand d set granted = false, failure = ${outcome.number},
        failure_message = ${outcome.message}, attempts = least(attempts + 1, 1000), changed_at = ${now},
        retry_at = ${closes ? sql`null` : laterEachTime(context)}
      from unnest(${pairs.assetIds}::int[], ${pairs.holderIds}::int[]) as p (asset_id, holder_id)
      where d.asset_id = p.asset_id and d.holder_id = p.holder_id
      returning d.asset_id, d.holder_id, d.wanted)
    insert into db.note (room, kind, key)
    ${goneNotes(sql`(select asset_id, holder_id from refused where wanted)`)}`.execute(trx);
  if (closes) await closeStock(context, trx, [...new Set(pairs.assetIds)], outcome.message);
}

/**
 * A refused disassociation keeps its seat taken; it is tried again, later each time. To the brake it stays the take-back
 * that it was, which is known by the moment it was opened. Where somebody wants the license by now, it stays: that is not
 * taken back any more, counts for no brake, and delivery is told.
 */
async function refuseDisassociation(
  context: Context,
  trx: Trx,
  pairs: Closed,
  outcome: { readonly number: number; readonly message: string },
): Promise<void> {
  const now = context.clock.now();
  await sql`with refused as (
      update grants.demand d set changed_at = ${now},
        failure = case when not d.wanted then ${outcome.number}::int end,
        failure_message = case when not d.wanted then ${outcome.message} end,
        attempts = case when d.wanted then 0 else least(attempts + 1, 1000) end,
        retry_at = case when not d.wanted then ${laterEachTime(context)} end
      from unnest(${pairs.assetIds}::int[], ${pairs.holderIds}::int[], ${pairs.openedAt}::timestamptz[])
        as p (asset_id, holder_id, opened_at)
      where d.asset_id = p.asset_id and d.holder_id = p.holder_id
      returning d.asset_id, d.holder_id, d.wanted, d.retry_at, p.opened_at
    ), stays as (
      select asset_id, holder_id, opened_at from refused where wanted
    ), again as (
      insert into grants.open_change (asset_id, holder_id, op, not_before, created_at)
      select asset_id, holder_id, 'disassociate', retry_at, opened_at from refused where not wanted
    ), kept as (
      delete from grants.taken_back t using stays s
      where t.asset_id = s.asset_id and t.holder_id = s.holder_id and t.at = s.opened_at
    )
    insert into db.note (room, kind, key) ${licenseNotes(sql`stays`)}`.execute(trx);
}

function laterEachTime(context: Context) {
  return sql`${growingPauses(context)}[least(attempts + 1, ${pauseSteps})]`;
}
