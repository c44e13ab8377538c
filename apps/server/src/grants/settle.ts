import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { hint } from '../db/hints.ts';
import { leaveNotes } from '../db/notes.ts';
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

/** Apple has no license left for the pair. */
const noLicenses = 9709;
/** Not assigned (any more): what was asked for has come true. */
const notAssociated = new Set([9619, 9610]);

interface Closed extends Pairs {
  readonly op: 'associate' | 'disassociate';
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
  const closed = await closeChanges(trx, requestId, pairs);
  for (const group of closed) {
    if (came(group.op, outcome)) await complete(context, trx, group);
    else if (outcome.kind === 'refused') await refuse(context, trx, group, outcome);
  }
  const settled = closed.reduce((sum, group) => sum + group.assetIds.length, 0);
  if (settled > 0) await hint(trx, 'apps', 'status', 'locations');
  return settled;
}

function came(op: Closed['op'], outcome: Outcome): boolean {
  return outcome.kind === 'done' || (op === 'disassociate' && notAssociated.has(outcome.number));
}

async function closeChanges(
  trx: Trx,
  requestId: number | null,
  pairs: Pairs,
): Promise<readonly Closed[]> {
  const { rows } = await sql<Closed>`with closed as (
      delete from grants.open_change c
      using unnest(${pairs.assetIds}::int[], ${pairs.holderIds}::int[]) as p (asset_id, holder_id)
      where c.asset_id = p.asset_id and c.holder_id = p.holder_id and c.request_id is not distinct from ${requestId}
      returning c.asset_id, c.holder_id, c.op)
    select op, array_agg(asset_id) as asset_ids, array_agg(holder_id) as holder_ids from closed group by op`.execute(
    trx,
  );
  return rows;
}

/**
 * Only what came out otherwise than wanted by now, or freed a seat, is decided anew; and the person whose user license
 * the device license that is there now replaces (behavior L20).
 */
async function complete(context: Context, trx: Trx, pairs: Closed): Promise<void> {
  const now = context.clock.now();
  const present = pairs.op === 'associate';
  await recordSettled(trx, pairs.assetIds, pairs.holderIds, present);
  await trustStock(trx, pairs.assetIds, !present);
  await sql`with changed as (
      update grants.demand d set granted = ${present}, held = ${present}, failure = null, failure_message = null,
        attempts = 0, retry_at = null, changed_at = ${now}
      from unnest(${pairs.assetIds}::int[], ${pairs.holderIds}::int[]) as p (asset_id, holder_id)
      where d.asset_id = p.asset_id and d.holder_id = p.holder_id
      returning d.asset_id, d.holder_id, d.wanted)
    insert into db.note (room, kind, key)
    select 'delivery', 'license', asset_id || ':' || holder_id from changed
    union all
    select distinct 'grants', 'seats', asset_id::text from changed where not (wanted and ${present})
    union all
    select distinct 'grants', 'person', own.person_id::text
    from changed c
    join library.holder h on h.id = c.holder_id and h.kind = 'device'
    join devices.device dev on dev.serial_number = h.key
    join grants.placement p on p.asset_id = c.asset_id and p.device_id = dev.id
    join library.holder own on own.id = p.holder_id
    where ${present}`.execute(trx);
}

/** A refused association frees its seat; a refused disassociation keeps it taken. Both are tried again, later each time. */
async function refuse(
  context: Context,
  trx: Trx,
  pairs: Closed,
  outcome: { readonly number: number; readonly message: string },
): Promise<void> {
  const now = context.clock.now();
  const associate = pairs.op === 'associate';
  const closes = associate && outcome.number === noLicenses;
  const again = sql`${growingPauses(context)}[least(attempts + 1, ${pauseSteps})]`;
  // Whoever met an empty stock keeps the place in line and waits for the counts, not for the clock.
  await sql`update grants.demand d set granted = ${!associate}, failure = ${outcome.number},
      failure_message = ${outcome.message}, attempts = least(attempts + 1, 1000), changed_at = ${now},
      retry_at = ${closes ? sql`null` : again}
    from unnest(${pairs.assetIds}::int[], ${pairs.holderIds}::int[]) as p (asset_id, holder_id)
    where d.asset_id = p.asset_id and d.holder_id = p.holder_id`.execute(trx);
  if (!associate) {
    await sql`insert into grants.open_change (asset_id, holder_id, op, not_before, created_at)
      select d.asset_id, d.holder_id, 'disassociate', d.retry_at, ${now}
      from unnest(${pairs.assetIds}::int[], ${pairs.holderIds}::int[]) as p (asset_id, holder_id)
      join grants.demand d on d.asset_id = p.asset_id and d.holder_id = p.holder_id`.execute(trx);
  }
  const assetIds = [...new Set(pairs.assetIds)];
  await leaveNotes(
    trx,
    'grants',
    assetIds.map((id) => ({ kind: 'seats', key: String(id) })),
  );
  if (closes) await closeStock(context, trx, assetIds, outcome.message);
}
