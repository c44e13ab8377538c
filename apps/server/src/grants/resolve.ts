import { sql } from 'kysely';
import type { Trx } from '../db/connect.ts';
import { notApplicable } from './applicable.ts';
import { conflictTable, intentBits } from './matrix.ts';

/** Whose pairs are decided: these holders, of these assets. */
export interface Scope {
  readonly holderIds: readonly number[];
  readonly assetIds: readonly number[];
}

/**
 * Fills the transaction's table `resolved` with what the assignments say, for each device of the scope's holders and
 * for the other devices of their people (`mine` = false), about each of the assets.
 *
 * A group's people and all users are user targets, a group's devices and all devices are device targets. An exclusion
 * takes away the targets of its own kind only (L39a). What is left goes through the conflict table. Where a deleted
 * group makes a difference, the pair is suspended: what it has stays, and nothing new is granted or removed.
 */
export async function resolve(trx: Trx, scope: Scope): Promise<void> {
  await makeTables(trx);
  const excluded = await notApplicable(trx, scope);
  await sql`with recursive ${sql.join([subjects(scope), reachedAssignments(scope), targeted, outcomes], sql`, `)}
    , unfit as materialized (
      select * from unnest(${excluded.assetIds}::int[], ${excluded.families}::text[], ${excluded.osVersions}::text[],
        ${excluded.userEnrollments}::bool[], ${excluded.licenseTypes}::text[]) as e (asset_id, family, os_version, user_enrollment, license_type)
    )
    insert into resolved
    select distinct on (o.asset_id, o.device_id, o.person_id)
      o.asset_id, device.id, device.holder_id, person.holder_id, o.app_id, coalesce(device.mine, true),
      case when exists (select from unfit u where u.asset_id = o.asset_id and u.license_type = typed.license_type
          and u.family is not distinct from device.family and u.os_version is not distinct from device.os_version
          and u.user_enrollment = device.user_enrollment) then 'notApplicable'
        when o.suspended then 'suspended' when o.wants then 'want' when o.uninstall then 'uninstall' else 'excluded' end,
      typed.license_type, coalesce(a.priority, 0), a.on_unassign, o.wants and not o.installs, o.asked, device.first_seen,
      coalesce(device.rank, person.rank)
    from outcome o
    left join device on device.id = o.device_id
    left join person on person.id = coalesce(o.person_id, device.person_id)
    left join assigned a on a.ord = o.ord
    left join lateral (select granted or found as has from grants.demand d
      where a.license_type = 'user' and d.asset_id = o.asset_id and d.holder_id = device.holder_id and d.wanted) already on true
    cross join lateral (select case
      when device.id is null or device.user_enrollment then 'user' when already.has then 'device' else coalesce(a.license_type, 'device') end as license_type) typed
    where (o.wants or o.suspended or o.uninstall or o.excluded) and (device.id is not null or person.rank is not null)
    order by o.asset_id, o.device_id, o.person_id, o.wants desc, o.suspended desc, o.uninstall desc, o.ord`.execute(
    trx,
  );
}

async function makeTables(trx: Trx): Promise<void> {
  await sql`create temporary table if not exists resolved (
    asset_id integer, device_id uuid, holder_id integer, person_holder_id integer, app_id uuid, mine boolean, verdict text,
    license_type text, priority integer, on_unassign text, ahead boolean, asked boolean, first_seen bigint, rank bigint
  ) on commit delete rows`.execute(trx);
  await sql`delete from resolved`.execute(trx);
}

/** The devices and people that the scope is about. */
const subjects = (scope: Scope) => sql`
  holder as materialized (
    select id, kind, key, person_id from library.holder where id = any(${scope.holderIds}::int[])
  ), own as materialized (
    select dev.id, dev.person_id from holder join devices.device dev on dev.serial_number = holder.key where holder.kind = 'device'
  ), owner as materialized (
    select p.id, h.id as holder_id
    from (select person_id from own union select person_id from holder where kind = 'person') one
    join directory.person p on p.id = one.person_id and p.deleted_at is null
    left join library.holder h on h.person_id = p.id
  ), device as materialized (
    select dev.id, dev.directory_device_id, owner.id as person_id, h.id as holder_id, dev.family, dev.os_version, dev.user_enrollment,
      dev.first_seen, bool_or(one.mine) as mine,
      row_number() over (order by dev.last_check_in_at is null, dev.last_check_in_at desc, dev.first_seen, dev.id) as rank
    from (select id, true as mine from own
      union all select dev.id, false from owner join devices.device dev on dev.person_id = owner.id) one
    join devices.device dev on dev.id = one.id and dev.management_state = 'managed'
    join library.holder h on h.kind = 'device' and h.key = dev.serial_number
    left join owner on owner.id = dev.person_id
    where not exists (select from grants.silent_device s where s.device_id = dev.id)
    group by dev.id, owner.id, h.id
  ), person as materialized (
    select owner.id, owner.holder_id, (select min(rank) from device where device.person_id = owner.id) as rank from owner
  )`;

/** The groups they are in, directly or through others, and what those are assigned. */
const reachedAssignments = (scope: Scope) => sql`
  member as materialized (
    select device.id as device_id, null::uuid as person_id, m.group_id
    from device join directory.member m on m.device_id = device.directory_device_id
    union all
    select null, person.id, m.group_id from person join directory.member m on m.person_id = person.id
  ), above as (
    select g.id as below, g.id as group_id, g.deleted_at is not null as suspended
    from (select distinct group_id from member) one join directory.group g on g.id = one.group_id
    union
    select a.below, g.id, a.suspended or g.deleted_at is not null
    from above a join directory.member m on m.child_group_id = a.group_id join directory.group g on g.id = m.group_id
  ), reached as materialized (
    select below, group_id, bool_and(suspended) as suspended from above group by below, group_id
  ), assigned as materialized (
    select a.app_id, app.asset_id, a.target, a.group_id, a.license_type, a.priority, app.platform = 'book' as book,
      nullif(a.settings ->> 'onUnassign', 'reclaimAndRemove') as on_unassign,
      coalesce((a.settings ->> 'licensesAhead')::boolean, false) as ahead,
      case a.intent when 'required' then ${intentBits.required} when 'available' then ${intentBits.available} else ${intentBits.uninstall} end::int as bit,
      (row_number() over (order by a.priority desc, a.license_type, a.position))::int as ord
    from assignments.assignment a join library.app app on app.id = a.app_id
    where app.asset_id = any(${scope.assetIds}::int[]) and (a.group_id is null or a.group_id in (select group_id from reached))
  ), offered as materialized (
    select r.below, r.suspended, a.* from reached r join assigned a on a.group_id = r.group_id
  )`;

/** Each target that hits a device, itself or through its person; books hit the person. */
const targeted = sql`
  hit as (
    select device_id, null::uuid as person_id, false as of_person, suspended, app_id, asset_id, target, bit, ord, ahead
    from member join offered on below = member.group_id where device_id is not null and not book
    union all
    select device.id, null, true, suspended, app_id, asset_id, target, bit, ord, ahead
    from device join member on member.person_id = device.person_id join offered on below = member.group_id where not book
    union all
    select null, person_id, true, suspended, app_id, asset_id, target, bit, ord, ahead
    from member join offered on below = member.group_id where person_id is not null and book
    union all
    select device.id, null, target = 'allUsers', false, app_id, asset_id, target, bit, ord, ahead
    from device join assigned on target = 'allDevices' or (target = 'allUsers' and device.person_id is not null)
  ), summed as (
    select device_id, person_id, app_id, asset_id,
      coalesce(bit_or(bit) filter (where of_person and target <> 'exclusionGroup'), 0) as users,
      coalesce(bit_or(bit) filter (where not of_person and target <> 'exclusionGroup'), 0) as devices,
      coalesce(bit_or(bit) filter (where of_person and target <> 'exclusionGroup' and not suspended), 0) as live_users,
      coalesce(bit_or(bit) filter (where not of_person and target <> 'exclusionGroup' and not suspended), 0) as live_devices,
      coalesce(bool_or(true) filter (where of_person and target = 'exclusionGroup'), false) as users_excluded,
      coalesce(bool_or(true) filter (where not of_person and target = 'exclusionGroup'), false) as devices_excluded,
      coalesce(bool_or(true) filter (where of_person and target = 'exclusionGroup' and not suspended), false) as live_users_excluded,
      coalesce(bool_or(true) filter (where not of_person and target = 'exclusionGroup' and not suspended), false) as live_devices_excluded,
      ${bestOf(true, 'required')} as user_required, ${bestOf(false, 'required')} as device_required,
      ${bestOf(true, 'available')} as user_available, ${bestOf(false, 'available')} as device_available,
      coalesce(bool_or(ahead) filter (where of_person), false) as users_ahead,
      coalesce(bool_or(ahead) filter (where not of_person), false) as devices_ahead
    from hit group by device_id, person_id, app_id, asset_id
  )`;

/** A suspended assignment says how only where no other does. */
function bestOf(ofPerson: boolean, intent: 'required' | 'available') {
  return sql`min(case when suspended then ord + 1000000 else ord end)
    filter (where of_person = ${sql.lit(ofPerson)} and bit = ${sql.lit(intentBits[intent])} and target <> 'exclusionGroup')`;
}

const outcomes = sql`
  conflict as materialized (
    select * from unnest(${conflictTable.users}::int[], ${conflictTable.devices}::int[], ${conflictTable.required}::bool[],
      ${conflictTable.available}::bool[], ${conflictTable.uninstall}::bool[]) as c (users, devices, required, available, uninstall)
  ), outcome as (
    select s.device_id, s.person_id, s.app_id, s.asset_id, live.uninstall, request.asked,
      (live.required, live.available, live.uninstall) is distinct from (whole.required, whole.available, whole.uninstall) as suspended,
      live.required or (live.available and (request.asked or said.ahead)) as wants,
      live.required or request.asked as installs,
      s.users_excluded or s.devices_excluded as excluded,
      case when live.required or whole.required then said.required else said.available end % 1000000 as ord
    from summed s
    join conflict live on live.users = case when s.live_users_excluded then 0 else s.live_users end
      and live.devices = case when s.live_devices_excluded then 0 else s.live_devices end
    join conflict whole on whole.users = case when s.users_excluded then 0 else s.users end
      and whole.devices = case when s.devices_excluded then 0 else s.devices end
    cross join lateral (select
      least(case when not s.users_excluded then s.user_required end, case when not s.devices_excluded then s.device_required end) as required,
      least(case when not s.users_excluded then s.user_available end, case when not s.devices_excluded then s.device_available end) as available,
      (s.users_ahead and not s.users_excluded) or (s.devices_ahead and not s.devices_excluded) as ahead) said
    cross join lateral (select live.available and not live.required and exists (
      select from grants.request r where r.app_id = s.app_id
        and case when s.device_id is null then r.person_id = s.person_id else r.device_id = s.device_id end) as asked) request
  )`;
