import { sql } from 'kysely';
import type { Trx } from '../db/connect.ts';
import { integers } from '../db/integers.ts';
import type { Scope } from './resolve.ts';

/**
 * SQL: whether a placement `p` on a device `dev` is one whose app goes where its assignment ends. A device that fell
 * silent gives its license back and keeps its app (behavior 60): no assignment ended there.
 */
export const losesApp = sql`(p.refused is null and coalesce(dev.management_state = 'managed', false)
  and not exists (select from grants.silent_device s where s.device_id = p.device_id))`;

/**
 * Writes down which devices the user licenses of the scope's people are for, and which they are not for any more. The app
 * leaves a device with Uninstall, whatever the policy of the assignment that there was (behavior 61), stays where it is
 * still wanted, usable or not, and goes by that policy elsewhere.
 */
export async function placeLicenses(trx: Trx, scope: Scope): Promise<void> {
  await sql`with changed as (
      insert into grants.placement (asset_id, device_id, holder_id, app_id, ahead, asked, kept, refused, on_unassign)
      select p.asset_id, p.device_id, p.holder_id, p.app_id, p.ahead, p.asked, p.kept, p.refused, r.on_unassign
      from placed p join resolved r on r.asset_id = p.asset_id and r.device_id = p.device_id
      where ${isServed('p')}
      order by p.asset_id, p.device_id
      on conflict (asset_id, device_id) do update set holder_id = excluded.holder_id, app_id = excluded.app_id, ahead = excluded.ahead,
        asked = excluded.asked, kept = excluded.kept, refused = excluded.refused, on_unassign = excluded.on_unassign, leaving = false
      where placement.leaving or placement.ahead <> excluded.ahead or placement.asked <> excluded.asked or placement.kept <> excluded.kept
        or placement.refused is distinct from excluded.refused
        or placement.holder_id <> excluded.holder_id or placement.app_id is distinct from excluded.app_id
        or placement.on_unassign is distinct from excluded.on_unassign
      returning asset_id, holder_id
    ), missing as materialized (
      select p.asset_id, p.device_id, p.holder_id, ${losesApp} and case
          when (p.asset_id, p.device_id) in (${resolvedTo("'uninstall'")}) then true
          when (p.asset_id, p.device_id) in (${resolvedTo("'want', 'notApplicable'")}) then false
          when not p.asked and not p.ahead and (p.asset_id, p.device_id, p.holder_id) in (
            select asset_id, device_id, person_holder_id from resolved where device_id is not null and verdict = 'offered') then false
          else coalesce(d.wanted or d.end_reason in ('unassigned', 'excluded', 'uninstall'), false) and p.on_unassign is null
          end as leaving
      from grants.placement p
      left join grants.demand d on d.asset_id = p.asset_id and d.holder_id = p.holder_id
      left join devices.device dev on dev.id = p.device_id
      where p.holder_id = any(${integers(scope.holderIds)}::int[]) and p.asset_id = any(${scope.assetIds}::int[]) and not p.leaving
        and case when ${isServed('p')}
          then not exists (select from placed n where n.asset_id = p.asset_id and n.device_id = p.device_id)
          else not coalesce(d.wanted, false) end
    ), gone as (
      delete from grants.placement p using missing m
      where p.asset_id = m.asset_id and p.device_id = m.device_id and not m.leaving
    ), left_behind as (
      update grants.placement p set leaving = true from missing m
      where p.asset_id = m.asset_id and p.device_id = m.device_id and m.leaving
    )
    insert into db.note (room, kind, key)
    select 'delivery', 'license', asset_id || ':' || holder_id from (
      select asset_id, holder_id from changed union select asset_id, holder_id from missing) pair`.execute(
    trx,
  );
}

/** SQL: whether the person of a row `p` has, or is to have, a license that serves devices from now on: those in `placed`. */
const isServed = (row: string) => sql`exists (select from verdict v
  where v.asset_id = ${sql.ref(`${row}.asset_id`)} and v.holder_id = ${sql.ref(`${row}.holder_id`)} and (v.verdict = 'want'
    or (v.verdict = 'offered' and exists (select from grants.demand own
      where own.asset_id = v.asset_id and own.holder_id = v.holder_id and own.wanted))))`;

/** SQL: the apps on devices of the scope that came to one of these. `in` is answered from a hash, made when first asked. */
const resolvedTo = (verdicts: string) =>
  sql`select asset_id, device_id from resolved where device_id is not null and verdict in (${sql.raw(verdicts)})`;

/**
 * Tells delivery what to remove, once each and only when no license is on its way back any more (behavior 61), and
 * forgets the rows that neither want nor hold anything: they are history of the audit, not of the line.
 */
export async function finishRemovals(trx: Trx, assetIds: readonly number[]): Promise<void> {
  await sql`with over as materialized (
      select d.asset_id, d.holder_id, d.uninstall, d.removal, dev.id as device_id
      from grants.demand d
      left join library.holder h on h.id = d.holder_id and h.kind = 'device'
      left join devices.device dev on dev.serial_number = h.key
      where d.asset_id = any(${assetIds}::int[]) and not d.wanted and not d.granted and d.removal is distinct from 'told'
        and not (d.removal is not null and exists (
          select from grants.placement p where p.asset_id = d.asset_id and p.device_id = dev.id and ${returning}))
    ), left_behind as (
      delete from grants.placement p
      where p.asset_id = any(${assetIds}::int[]) and p.leaving and not ${returning}
      returning p.asset_id, p.device_id
    ), told as (
      insert into db.note (room, kind, key)
      select 'delivery', 'remove', asset_id || ':' || device_id from (
        select asset_id, device_id from over where removal = 'due' and device_id is not null
        union select asset_id, device_id from left_behind) app
    ), marked as (
      update grants.demand d set removal = 'told' from over
      where d.asset_id = over.asset_id and d.holder_id = over.holder_id and over.uninstall
    )
    delete from grants.demand d using over
    where d.asset_id = over.asset_id and d.holder_id = over.holder_id and not over.uninstall`.execute(
    trx,
  );
}

/** The license of the placement's person is on its way back. */
const returning = sql`exists (select from grants.demand own
  where own.asset_id = p.asset_id and own.holder_id = p.holder_id and own.granted and not own.wanted)`;
