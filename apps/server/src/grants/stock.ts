import { retryDelayMs } from '@allotment/licensing';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { requestAssignments, requestCounts } from '../library/index.ts';
import { goneNotes, replacedNotes } from './license-notes.ts';
import { recoverLost } from './lost.ts';

/** SQL: how many licenses of an asset `a` can be given; null: any number. None of a title that vanished at Apple. */
export const seats = sql<
  number | null
>`case when a.vanished_at is not null then 0 when not a.unlimited then a.total end`;

/**
 * Makes the rows of the assets if need be and locks them in id order (Law 5). A transaction locks all it needs in one
 * call: two calls could meet another transaction's in the opposite order.
 */
export async function lockStock(trx: Trx, assetIds: readonly number[]): Promise<void> {
  if (assetIds.length === 0) return;
  await sql`insert into grants.stock (asset_id, total, closed_to_grants)
    select a.id, ${seats}, c.reason
    from library.asset a left join grants.closed_location c on c.location_uid = a.location_uid
    where a.id = any(${assetIds}::int[]) order by a.id
    on conflict do nothing`.execute(trx);
  await sql`select asset_id from grants.stock where asset_id = any(${assetIds}::int[]) order by asset_id for update`.execute(
    trx,
  );
}

/**
 * While a pass decides about many holders, those of its assets whose free seats may not suffice for all it can still
 * bring form their line first: nobody comes before somebody who was only looked at later. The caller holds the rows.
 */
export async function formLines(
  trx: Trx,
  assetIds: readonly number[],
  toCome: number,
): Promise<void> {
  await sql`update grants.stock set line_from = nextval('db.change_order')
    where asset_id = any(${assetIds}::int[]) and line_from is null and total < foreign_held + taken + ${toCome}`.execute(
    trx,
  );
}

/**
 * Takes over what the library now says of these assets: how many are owned, how many are assigned at Apple that are
 * not ours, and which of ours Apple no longer shows. The caller holds the assets' rows.
 */
export async function refreshStock(
  trx: Trx,
  assetIds: readonly number[],
  now: Date,
): Promise<void> {
  if (assetIds.length === 0) return;
  await sql`update grants.stock s set
      total = ${seats},
      foreign_held = a.foreign_people + (
        select count(*)::int from library.license l
        left join grants.demand d on d.asset_id = l.asset_id and d.holder_id = l.holder_id
        where l.asset_id = a.id and l.present and not coalesce(d.granted, false)),
      closed_reason = case when believed then null else s.closed_reason end,
      closed_at = case when believed then null else s.closed_at end,
      reopen_at = case when believed then null else s.reopen_at end,
      closings = case when a.total > s.total then 0 else s.closings end
    from library.asset a
    cross join lateral (
      select c.closed_at <= a.read_at
        and (c.reopen_at <= ${now} or a.total > c.total or (c.closings <= 1 and (a.unlimited or a.available > 0))) as believed
      from grants.stock c where c.asset_id = a.id) counts
    where a.id = s.asset_id and s.asset_id = any(${assetIds}::int[])`.execute(trx);
  await recoverLost(trx, assetIds, now);
}

/**
 * Wanted pairs of these assets that Apple shows, or no longer shows, without a seat of ours (Law 8). A device whose own
 * license is found needs its person's no more.
 */
export async function refreshFound(
  trx: Trx,
  assetIds: readonly number[],
  now: Date,
): Promise<void> {
  await sql`with changed as (
      update grants.demand d set found = x.present, covered_by = null, changed_at = ${now}
      from (
        select d.asset_id, d.holder_id, coalesce(l.present, false) as present
        from grants.demand d
        left join library.license l on l.asset_id = d.asset_id and l.holder_id = d.holder_id
        where d.asset_id = any(${assetIds}::int[]) and d.wanted and not d.granted
      ) x
      where d.asset_id = x.asset_id and d.holder_id = x.holder_id and d.found <> x.present
      returning d.asset_id, d.holder_id, d.found)
    insert into db.note (room, kind, key)
    select 'delivery', 'license', asset_id || ':' || holder_id from changed
    union all
    ${replacedNotes(sql`(select asset_id, holder_id from changed where found)`)}
    union all
    ${goneNotes(sql`(select asset_id, holder_id from changed where not found)`)}`.execute(trx);
}

/**
 * Apple has no license left, whatever the counts say: nothing more is granted there until they have been read again,
 * with a growing pause where they go on promising what Apple refuses. Who else holds some is read, too.
 */
export async function closeStock(
  context: Context,
  trx: Trx,
  assetIds: readonly number[],
  reason: string,
): Promise<void> {
  const now = context.clock.now();
  const pauses = growingPauses(context);
  await sql`update grants.stock set closed_reason = ${reason}, closed_at = ${now},
      reopen_at = ${pauses}[least(closings + 1, ${pauseSteps})], closings = least(closings + 1, ${pauseSteps})
    where asset_id = any(${assetIds}::int[])`.execute(trx);
  await requestCounts(trx, assetIds);
  await requestAssignments(trx, assetIds);
}

/** Apple assigned or took back a license there: the refusals before it are over, and a returned one is free. */
export async function trustStock(
  trx: Trx,
  assetIds: readonly number[],
  returned: boolean,
): Promise<void> {
  if (assetIds.length === 0) return;
  await sql`update grants.stock set closings = 0,
      closed_reason = case when ${returned} then null else closed_reason end,
      closed_at = case when ${returned} then null else closed_at end,
      reopen_at = case when ${returned} then null else reopen_at end
    where asset_id = any(${assetIds}::int[]) and closings > 0`.execute(trx);
}

/** Refusals after which the pause grows no more. */
export const pauseSteps = 10;

/** SQL: the moments, by number of refusals from 1, at which what Apple refused is tried again. */
export function growingPauses(context: Context) {
  const now = context.clock.now().getTime();
  const moments = Array.from(
    { length: pauseSteps },
    (_, step) => new Date(now + retryDelayMs(step + 1, context.random)),
  );
  return sql`(${moments}::timestamptz[])`;
}
