import { lostAgainMs } from '@allotment/licensing';
import { sql } from 'kysely';
import type { Trx } from '../db/connect.ts';
import { goneNotes } from './license-notes.ts';
import { losesApp } from './placements.ts';
import { has, isAssigned } from './rows.ts';

/**
 * Ours that Apple no longer shows; a pair that was never read is not lost. One that an assignment wants keeps its seat
 * and is asked for again, once in seven days, unless Apple has fewer licenses than are taken; one that was to go back, or
 * was only kept, has gone. The caller holds the assets' rows.
 */
export async function recoverLost(trx: Trx, assetIds: readonly number[], now: Date): Promise<void> {
  const recently = new Date(now.getTime() - lostAgainMs);
  await sql`with lost as (
      update grants.demand d set held = false, changed_at = ${now}, lost_at = ${now},
        stopped_reason = case when ${isAssigned} and d.lost_at > ${recently} then 'lostTwice' end,
        granted = ${isAssigned} and (d.lost_at is null or d.lost_at <= ${recently})
          and (s.total is null or s.taken <= s.total - s.foreign_held)
      from library.license l, grants.stock s
      where l.asset_id = d.asset_id and l.holder_id = d.holder_id and not l.present
        and s.asset_id = d.asset_id and d.asset_id = any(${assetIds}::int[]) and d.held
        and not exists (select from grants.open_change c where c.asset_id = d.asset_id and c.holder_id = d.holder_id)
      returning d.asset_id, d.holder_id, d.granted
    ), asked as (
      insert into grants.open_change (asset_id, holder_id, op, not_before, created_at)
      select asset_id, holder_id, 'associate', ${now}, ${now} from lost where granted)
    insert into db.note (room, kind, key)
    select 'delivery', 'license', asset_id || ':' || holder_id from lost
    union all
    ${goneNotes(sql`(select asset_id, holder_id from lost where not granted)`)}`.execute(trx);
}

/**
 * Ends what no assignment wants and was only kept, by its policy, for a grace period or as the history of a location,
 * where there is nothing to keep any more: Apple or others took the license back, or Apple refused it. It is not asked
 * for again. The app stays or goes as it would have at the end of the grace period. The caller holds the assets' rows.
 */
export async function forgetLost(trx: Trx, assetIds: readonly number[], now: Date): Promise<void> {
  await sql`with gone as (
      update grants.demand d set wanted = false, kept = false, ends_at = null, covered_by = null, stopped_reason = null,
        removal = case when one.unassigned and d.on_unassign is null and one.kind = 'device' then 'due' end, changed_at = ${now}
      from (
        select d.asset_id, d.holder_id, h.kind,
          d.ends_at is not null and coalesce(d.end_reason in ('unassigned', 'excluded'), false) as unassigned
        from grants.demand d join library.holder h on h.id = d.holder_id
        where d.asset_id = any(${assetIds}::int[]) and d.wanted and not d.granted and not d.found
          and (d.kept or d.ends_at is not null) and not ${has('d')}) one
      where d.asset_id = one.asset_id and d.holder_id = one.holder_id
      returning d.asset_id, d.holder_id, one.unassigned
    ), placed as materialized (
      select p.asset_id, p.device_id, gone.unassigned and p.on_unassign is null and ${losesApp} as leaving
      from gone join grants.placement p on p.asset_id = gone.asset_id and p.holder_id = gone.holder_id and not p.leaving
      left join devices.device dev on dev.id = p.device_id
    ), left_behind as (
      update grants.placement p set leaving = true from placed
      where placed.leaving and p.asset_id = placed.asset_id and p.device_id = placed.device_id
    ), unplaced as (
      delete from grants.placement p using placed
      where not placed.leaving and p.asset_id = placed.asset_id and p.device_id = placed.device_id
    )
    insert into db.note (room, kind, key) select 'delivery', 'license', asset_id || ':' || holder_id from gone`.execute(
    trx,
  );
}
