import { departureReasons } from '@allotment/licensing';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { integers } from '../db/integers.ts';
import { has, isAtApple } from './rows.ts';
import type { Scope } from './resolve.ts';

/**
 * Lets go what no assignment wants any more, within the scope. Why it ends decides how: a grace period, or the policy
 * `keep` of the assignment, keeps what is held; Uninstall, the hand of an administrator and what cannot be used do not
 * wait. What was never sent to Apple is dropped at once.
 *
 * An app that was Required and is Available now stays with who has it, license and all, until nothing offers it any more
 * or its person asks for it (L42). What a person asked for and gave up, what was taken ahead, and what Apple was never
 * asked for, goes: Available alone takes no license (L23).
 *
 * A license that Apple never takes back stays. Where the app is gone, its token was deleted: that is never an
 * unassignment, so what Apple holds or was asked for is kept (Law 11), unless it ends for another reason than that no
 * assignment of the app is left.
 *
 * `not in` is answered from a hash, however few rows the planner expects, and `offset 0` has the reason worked out once,
 * not for each column made of it.
 *
 * @returns how many were let go
 */
export async function letGo(context: Context, trx: Trx, scope: Scope): Promise<number> {
  const now = context.clock.now();
  const { numAffectedRows } = await sql`insert into ending
    select d.asset_id, d.holder_id, why.reason,
      (why.reason in ('unassigned', 'excluded') and d.on_unassign is not distinct from 'keep' and ${has('d')}) or offered.stays
        or (why.reason in ('unassigned', 'excluded', 'notApplicable', 'replaced') and apple.knows
          and not exists (select from library.app app where app.id = d.app_id)),
      offered.stays,
      case when d.granted or d.found then coalesce(
        case when d.end_reason = why.reason then d.ends_at end,
        ${now}::timestamptz + make_interval(mins => (s.grace_minutes ->> why.reason)::int)) end
    from grants.demand d
    cross join grants.setting s
    join library.holder h on h.id = d.holder_id
    join library.asset a on a.id = d.asset_id
    left join verdict v on v.asset_id = d.asset_id and v.holder_id = d.holder_id
    left join devices.device dev on h.kind = 'device' and dev.serial_number = h.key
    left join directory.person p on p.id = h.person_id and p.deleted_at is null
    cross join lateral (select case
      when exists (select from grants.hold o where o.asset_id = d.asset_id and o.holder_id = d.holder_id) then 'hold'
      when h.kind = 'device' and dev.id is null then 'deviceDeleted'
      when h.kind = 'device' and dev.management_state <> 'managed' then case dev.left_as when 'wiped' then 'deviceWiped' else 'deviceRetired' end
      when h.kind = 'device' and exists (select from grants.silent_device q where q.device_id = dev.id) then 'deviceSilent'
      when h.kind = 'person' and p.id is null then 'leftOrganization'
      when h.kind = 'person' and v.verdict is null then coalesce(${reasonWithoutDevice}, 'unassigned')
      else coalesce(nullif(v.verdict, 'offered'), 'unassigned') end as reason offset 0) why
    cross join lateral (select d.held or exists (select from grants.open_change c
      where c.asset_id = d.asset_id and c.holder_id = d.holder_id and c.request_id is not null) as knows offset 0) apple
    cross join lateral (select why.reason = 'unassigned' and v.verdict is not distinct from 'offered'
      and (h.kind = 'person' or not (d.asked or d.ahead)) and ${isAtApple('d')} as stays offset 0) offered
    where d.holder_id = any(${integers(scope.holderIds)}::int[]) and d.asset_id = any(${scope.assetIds}::int[]) and d.wanted
      and (d.asset_id, d.holder_id) not in (select asset_id, holder_id from verdict where verdict in ('want', 'stays'))
      and not (apple.knows and not a.revocable)`.execute(trx);
  if ((numAffectedRows ?? 0n) === 0n) return 0;
  await keepForNow(trx, now);
  return end(trx, now);
}

/**
 * SQL: why a person `p` gives a license `d` back that serves no device in use, by what the latest of their devices to
 * leave left by, as `reasonWithoutDevice` of licensing has it. A book serves all of them. Null: the license serves a
 * device in use, or the person never had one.
 */
const reasonWithoutDevice = sql`(
  select means.reason from (
    select left_as, position from devices.departure where person_id = p.id
    union all
    select 'silent', q.position from (select * from devices.device where person_id = p.id offset 0) own
    join grants.silent_device q on q.device_id = own.id
    where own.management_state = 'managed') gone
  join unnest(${Object.keys(departureReasons)}::text[], ${Object.values(departureReasons)}::text[]) as means (left_as, reason)
    on means.left_as = gone.left_as
  where not exists (select from (select * from devices.device where person_id = p.id offset 0) own
    where own.management_state = 'managed' and not exists (select from grants.silent_device q where q.device_id = own.id)
      and (a.product_type = 'Book' or exists (select from grants.placement s where s.asset_id = d.asset_id and s.device_id = own.id
        and s.holder_id = d.holder_id and s.refused is null and not s.leaving)))
  order by gone.position desc limit 1)`;

/**
 * What a policy or a grace period keeps, or that it is Available: how that ends says the assignment that offers it. The
 * license is as old as it was: Apple assigned it then.
 */
async function keepForNow(trx: Trx, now: Date): Promise<void> {
  await sql`update grants.demand d set kept = e.kept,
      on_unassign = case when e.offered then v.on_unassign else d.on_unassign end,
      ends_at = case when not e.kept then e.ends_at end, end_reason = case when not e.kept then e.reason end
    from ending e left join verdict v on v.asset_id = e.asset_id and v.holder_id = e.holder_id
    where d.asset_id = e.asset_id and d.holder_id = e.holder_id and (e.kept or e.ends_at > ${now})
      and (d.kept <> e.kept or (e.offered and d.on_unassign is distinct from v.on_unassign)
        or d.end_reason is distinct from case when not e.kept then e.reason end)`.execute(trx);
}

/** The app goes also where its license was lost before: delivery knows what it has brought onto a device. */
async function end(trx: Trx, now: Date): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    with gone as (
      update grants.demand d set wanted = false, found = false, kept = false, ends_at = null, end_reason = e.reason, changed_at = ${now},
        covered_by = null, granted = d.granted and not unsent.there, uninstall = h.kind = 'device' and e.reason = 'uninstall',
        removal = case when h.kind = 'device' and (e.reason = 'uninstall'
          or (e.reason in ('unassigned', 'excluded') and d.on_unassign is null)) then 'due' end
      from ending e
      join library.holder h on h.id = e.holder_id
      cross join lateral (select exists (select from grants.open_change c where c.asset_id = e.asset_id and c.holder_id = e.holder_id
        and c.op = 'associate' and c.request_id is null) as there) unsent
      where d.asset_id = e.asset_id and d.holder_id = e.holder_id and not e.kept and (e.ends_at is null or e.ends_at <= ${now})
      returning d.asset_id, d.holder_id
    ), dropped as (
      delete from grants.open_change c using gone
      where c.asset_id = gone.asset_id and c.holder_id = gone.holder_id and c.op = 'associate' and c.request_id is null
      returning c.asset_id, c.holder_id
    ), shown as (
      insert into db.note (room, kind, key)
      select distinct 'grants', 'stock', l.asset_id::text from dropped
      join library.license l on l.asset_id = dropped.asset_id and l.holder_id = dropped.holder_id and l.present
    ), noted as (
      insert into db.note (room, kind, key) select 'delivery', 'license', asset_id || ':' || holder_id from gone)
    select count(*)::int as n from gone`.execute(trx);
  return rows[0]?.n ?? 0;
}
