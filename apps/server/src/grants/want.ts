import { sql } from 'kysely';
import type { Trx } from '../db/connect.ts';
import { integers } from '../db/integers.ts';
import { replacedNotes } from './license-notes.ts';
import type { Scope } from './resolve.ts';
import { waits } from './rows.ts';

/**
 * Writes down who wants a license now. Where seats are free for all of them and nobody waits, new ones are granted in
 * the same statement; the others get in line, in the order of their rank.
 *
 * While a pass forms a line, nobody but the pass itself grants at once: it brings everybody in order, so those it brings
 * now come before those it brings later, unless a priority can put these first.
 *
 * @param inOrder whether a pass decides: nobody of a better rank comes later
 * @returns how many new ones were granted, how many wait where the line is not being formed, and whether a person waits for
 *   one that was granted
 */
export async function wantNew(
  trx: Trx,
  now: Date,
  inOrder: boolean,
): Promise<{ readonly granted: number; readonly waiting: number; readonly urgent: boolean }> {
  const { rows } = await sql<{ granted: number; waiting: number; urgent: boolean }>`
    with free as materialized (
      select s.asset_id from grants.stock s join library.asset a on a.id = s.asset_id and a.revocable
      join (select asset_id, count(*) as n from verdict where new group by asset_id) v on v.asset_id = s.asset_id
      left join lateral (select true as waits from grants.demand w where w.asset_id = s.asset_id
        and ${waits('w')}
        order by w.priority desc, w.position limit 1) first on true
      where first.waits is null and s.closed_reason is null and s.closed_to_grants is null
        and (s.total is null or s.total - s.foreign_held - s.taken >= v.n)
        and (s.line_from is null or (${inOrder} and (select min(o.priority) = max(o.priority)
          from assignments.assignment o join library.app on app.id = o.app_id where app.asset_id = s.asset_id)))
        and not exists (select from library.asset b where b.adam_id = a.adam_id and b.id <> a.id)
    ), added as (
      insert into grants.demand (asset_id, holder_id, app_id, priority, on_unassign, ahead, asked, wanted, granted, found, since, changed_at)
      select v.asset_id, v.holder_id, v.app_id, v.priority, v.on_unassign, v.ahead, v.asked, true,
        v.asset_id in (select asset_id from free) and not v.present, v.present, ${now}, ${now}
      from verdict v where v.new order by v.asset_id, v.rank
      returning asset_id, holder_id, granted, found, asked
    ), opened as (
      insert into grants.open_change (asset_id, holder_id, op, urgent, not_before, created_at)
      select asset_id, holder_id, 'associate', asked, ${now}, ${now} from added where granted
    ), noted as (
      insert into db.note (room, kind, key)
      select 'delivery', 'license', asset_id || ':' || holder_id from added where found
      union all
      ${replacedNotes(sql`(select asset_id, holder_id from added where found)`)})
    select count(*) filter (where granted)::int as granted, count(*) filter (where not granted and not found
        and asset_id in (select asset_id from grants.stock where line_from is null))::int as waiting,
      coalesce(bool_or(granted and asked), false) as urgent
    from added`.execute(trx);
  return rows[0] ?? { granted: 0, waiting: 0, urgent: false };
}

/**
 * Brings those that are known already up to date: who wants again keeps the place in line only while it was never
 * given up, and a take-back that nobody sent yet does not happen. A wanted pair that Apple already shows is satisfied
 * as found (Law 8). What merely changes about a wish, such as its priority, leaves the license as old as it is.
 *
 * @returns how many there were
 */
export async function wantAgain(trx: Trx, now: Date): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    with changed as (
      update grants.demand d set wanted = true, app_id = v.app_id, priority = v.priority, on_unassign = v.on_unassign,
        ahead = v.ahead, asked = v.asked, kept = false, uninstall = false, removal = null, ends_at = null, end_reason = null,
        found = not d.granted and v.present,
        changed_at = case when d.wanted and d.found = (not d.granted and v.present) then d.changed_at else ${now} end,
        position = case when d.wanted or d.granted then d.position else nextval('db.change_order') end,
        since = case when d.wanted then d.since else ${now} end
      from (select * from verdict where changed order by rank) v
      where d.asset_id = v.asset_id and d.holder_id = v.holder_id
      returning d.asset_id, d.holder_id, d.held or d.found or v.present as holds
    ), dropped as (
      delete from grants.open_change c using changed
      where c.asset_id = changed.asset_id and c.holder_id = changed.holder_id and c.op = 'disassociate' and c.request_id is null
      returning c.asset_id, c.holder_id, c.created_at
    ), kept as (
      delete from grants.taken_back t using dropped
      where t.asset_id = dropped.asset_id and t.holder_id = dropped.holder_id and t.at = dropped.created_at
    ), noted as (
      insert into db.note (room, kind, key)
      select 'delivery', 'license', asset_id || ':' || holder_id from changed)
    select count(*)::int as n from changed`.execute(trx);
  return rows[0]?.n ?? 0;
}

/**
 * Keeps in mind on which devices the app is to be removed, whether or not they have a license of ours, and no longer
 * where that was taken back. Who asked for it there asks anew should it be offered again; a request
 * that somebody else has locked is being ended, or made, there.
 *
 * @returns how many changed
 */
export async function wantRemoved(trx: Trx, scope: Scope, now: Date): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    with over as (
      update grants.demand d set uninstall = false, removal = null, changed_at = ${now}
      where d.holder_id = any(${integers(scope.holderIds)}::int[]) and d.asset_id = any(${scope.assetIds}::int[]) and d.uninstall and not d.wanted
        and not exists (select from verdict v
          where v.asset_id = d.asset_id and v.holder_id = d.holder_id and v.verdict in ('uninstall', 'suspended'))
      returning 1
    ), forgotten as (
      delete from grants.request where ctid = any(array(
        select asked.ctid from resolved u cross join lateral (
          select ctid from grants.request where app_id = u.app_id and device_id = u.device_id and requested_at < ${now}
          for update skip locked offset 0) asked
        where u.verdict = 'uninstall' and not u.offered))
    ), begun as (
      insert into grants.demand (asset_id, holder_id, app_id, wanted, uninstall, removal, since, changed_at)
      select v.asset_id, v.holder_id, v.app_id, false, true, 'due', ${now}, ${now}
      from verdict v join library.holder h on h.id = v.holder_id and h.kind = 'device'
      where v.verdict = 'uninstall'
      order by v.asset_id, v.holder_id
      on conflict (asset_id, holder_id) do update set uninstall = true, removal = 'due', app_id = excluded.app_id,
        changed_at = excluded.changed_at
      where not demand.wanted and not demand.uninstall
      returning 1)
    select (select count(*) from over)::int + (select count(*) from begun)::int as n`.execute(trx);
  return rows[0]?.n ?? 0;
}
