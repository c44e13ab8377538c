import { sql } from 'kysely';
import type { Trx } from '../db/connect.ts';
import { integers } from '../db/integers.ts';
import { type NotApplicable, notApplicable } from './applicable.ts';
import { hitBits, meaningOf } from './flags.ts';
import { has } from './rows.ts';

/** Whose pairs are decided: these holders, of these assets. */
export interface Scope {
  readonly holderIds: readonly number[];
  readonly assetIds: readonly number[];
}

/**
 * Fills the transaction's table `resolved` with what the assignments say, for each device of the scope's holders and
 * for the other devices of their people (`mine` = false), about each of the assets; books are about people.
 *
 * A group's people and all users are user targets, a group's devices and all devices are device targets. An exclusion
 * takes away the targets of its own kind only (L39a). What is left goes through the conflict table. Where a deleted
 * group makes a difference, the pair is suspended: what it has stays, and nothing new is granted or removed.
 *
 * Each step is a table of its own, because of those PostgreSQL knows the size. Within a step, what several columns are
 * made of is materialized: else it is worked out for each of them.
 */
export async function resolve(trx: Trx, scope: Scope): Promise<void> {
  await findSubjects(trx, scope);
  await findMemberships(trx);
  await findOffers(trx, scope);
  const unfit = await notApplicable(trx);
  await findHits(trx, unfit);
  await findOutcomes(trx, unfit);
  await resolveHits(trx);
}

/**
 * The devices and people that the scope is about: a row a device, and a row without device a person. Devices of the
 * same `fit` can use the same apps; people have 0. A device that is expected, known by its serial number and not enrolled
 * yet, goes by the directory's id.
 */
async function findSubjects(trx: Trx, scope: Scope): Promise<void> {
  await sql`with own as materialized (
      select h.id as holder_id, coalesce(dev.id, expected.id) as id,
        coalesce(dev.directory_device_id, expected.id) as directory_device_id, dev.family,
        dev.os_version, coalesce(dev.user_enrollment, false) as user_enrollment, coalesce(dev.multi_user, false) as shared,
        dev.first_seen, dev.last_check_in_at, dev.management_state, expected.id is not null as expected,
        coalesce(dev.runs_ios_apps, false) as runs_ios_apps, coalesce(dev.user_channel, false) as user_channel,
        p.id as person_id, p.managed_account, person_holder.id as person_holder_id
      from library.holder h left join devices.device dev on h.kind = 'device' and dev.serial_number = h.key
      left join lateral (
        select id from directory.device where dev.id is null and h.kind = 'device' and serial_number = h.key offset 0) expected on true
      left join lateral (
        select id, managed_apple_id is not null as managed_account from directory.person
        where id = coalesce(dev.person_id, h.person_id) and deleted_at is null offset 0) p on true
      left join lateral (select id from library.holder where person_id = p.id offset 0) person_holder on true
      where h.id = any(${integers(scope.holderIds)}::int[])
    ), device as materialized (
      select one.id, one.person_id, one.holder_id, one.person_holder_id, one.directory_device_id, one.family,
        one.os_version, one.user_enrollment, one.mine, one.first_seen,
        row_number() over (order by one.last_check_in_at is null, one.last_check_in_at desc, one.first_seen, one.id) as rank,
        one.shared, coalesce(one.managed_account, false) as managed_account, one.expected,
        one.runs_ios_apps, one.user_channel
      from (
        select id, holder_id, person_id, person_holder_id, managed_account, directory_device_id, family, os_version,
          user_enrollment, shared, first_seen, last_check_in_at, management_state, true as mine, expected, runs_ios_apps, user_channel
        from own where id is not null
        union all
        select dev.id, h.id, owner.id, owner.person_holder_id, owner.managed_account, dev.directory_device_id, dev.family, dev.os_version,
          dev.user_enrollment, coalesce(dev.multi_user, false), dev.first_seen,
          dev.last_check_in_at, dev.management_state, false, false, coalesce(dev.runs_ios_apps, false), dev.user_channel
        from (select distinct person_id as id, person_holder_id, managed_account from own) owner
        cross join lateral (select * from devices.device where person_id = owner.id offset 0) dev
        join library.holder h on h.kind = 'device' and h.key = dev.serial_number
        where dev.id not in (select id from own where id is not null)) one
      where (one.expected or one.management_state = 'managed') and not exists (select from grants.silent_device s where s.device_id = one.id)
    )
    insert into subject
    select row_number() over (),
      case when s.id is null then 0 else dense_rank() over (
        order by family, os_version, user_enrollment, person_id is null, shared, managed_account, expected, runs_ios_apps, user_channel) end, s.*
    from (
      select * from device
      union all
      select null, person_id, null, person_holder_id, null, null, null, false, true, 0, min(rank), false, false, false, false, false
      from device where person_id is not null group by person_id, person_holder_id) s`.execute(trx);
}

/** The groups that the subjects are in directly, by themselves or through their person. */
async function findMemberships(trx: Trx): Promise<void> {
  await sql`insert into membership
    select s.n, m.group_id, false from subject s cross join lateral (
      select group_id from directory.member where device_id = s.directory_device_id offset 0) m
    union all
    select s.n, m.group_id, true from subject s cross join lateral (
      select group_id from directory.member where person_id = s.person_id offset 0) m`.execute(trx);
}

/**
 * What is assigned to the groups they are in, directly or through others, and to all users and all devices. `ord`
 * says which assignment decides how, where several say what: the highest priority, then the device license, then the
 * first. Expected devices are concerned only where the assignment of their group has licenses taken ahead.
 */
async function findOffers(trx: Trx, scope: Scope): Promise<void> {
  await sql`with recursive direct as materialized (
      select distinct group_id from membership
    ), above as (
      select g.id as below, g.id as group_id, g.deleted_at is not null as suspended
      from direct join directory.group g on g.id = direct.group_id
      union
      select a.below, g.id, a.suspended or g.deleted_at is not null
      from above a
      cross join lateral (select group_id from directory.member where child_group_id = a.group_id offset 0) m
      join directory.group g on g.id = m.group_id
    ), reached as materialized (
      select below, group_id, bool_and(suspended) as suspended from above group by below, group_id
    ), assigned as materialized (
      select a.*, app.asset_id, app.platform = 'book' as book,
        (row_number() over (order by a.priority desc, a.license_type, a.position))::int as ord
      from assignments.assignment a join library.app app on app.id = a.app_id
      where app.asset_id = any(${scope.assetIds}::int[]) and (a.group_id is null or a.group_id in (select group_id from reached))
    )
    insert into offer
    select o.ord, o.app_id, o.asset_id, o.below, o.target, case when o.kind = 'required' then o.ord end,
      case when o.kind in ('available', 'ahead') then o.ord end, bits.of_users, bits.of_devices, o.book,
      o.license_type, o.priority, o.on_unassign, o.below is not null and (o.kind in ('exclusion', 'uninstall') or o.ahead),
      o.on_macs
    from (
      select case when r.suspended then a.ord + ${later} else a.ord end as ord, a.app_id, a.asset_id, r.below, a.target,
        a.book, a.license_type, a.priority, nullif(a.settings ->> 'onUnassign', 'reclaimAndRemove') as on_unassign,
        coalesce(r.suspended, false) as suspended, coalesce((a.settings ->> 'licensesAhead')::boolean, false) as ahead,
        coalesce((a.settings ->> 'onMacs')::boolean, false) as on_macs,
        case when a.target = 'exclusionGroup' then 'exclusion'
          when a.intent = 'available' and (a.settings ->> 'licensesAhead')::boolean then 'ahead' else a.intent end as kind
      from assigned a left join reached r on r.group_id = a.group_id
    ) o
    join unnest(${hitBits.kinds}::text[], ${hitBits.suspended}::bool[], ${hitBits.ofUsers}::int[], ${hitBits.ofDevices}::int[])
      as bits (kind, suspended, of_users, of_devices) on bits.kind = o.kind and bits.suspended = o.suspended`.execute(
    trx,
  );
}

/** A suspended assignment says how only where no other does: it comes this much later. */
const laterBy = 1_000_000;
const later = sql.lit(laterBy);

/**
 * What hits a device, itself or through its person, and what a person, summed up. `sum` is all that the outcome depends
 * on besides the app: the kinds of hits, the first assignment of each kind, what the device can use, whether the app was
 * asked for, and whether a license is there where that matters: the device's own of an app that may be licensed to its
 * person, and any of an app whose newest version the device is too old for.
 */
async function findHits(trx: Trx, unfit: NotApplicable): Promise<void> {
  await sql`with outgrown as materialized (
      select distinct app_id, fit from unnest(${unfit.appIds}::uuid[], ${unfit.fits}::int[], ${unfit.outgrown}::bool[])
        as e (app_id, fit, outgrown) where outgrown
    ), one as (
      select s.n, o.app_id, o.asset_id, o.of_devices as flags, null::int as user_required, o.required as device_required,
        null::int as user_available, o.available as device_available
      from membership m join offer o on o.below = m.group_id join subject s on s.n = m.n
      where not m.of_person and not o.book and (o.to_expected or not s.expected)
      union all
      select s.n, o.app_id, o.asset_id, o.of_users, o.required, null, o.available, null
      from membership m join offer o on o.below = m.group_id join subject s on s.n = m.n
      where m.of_person and o.book = (s.device_id is null)
      union all
      select s.n, o.app_id, o.asset_id, o.of_users, o.required, null, o.available, null from subject s
      join offer o on o.target = 'allUsers' and s.person_id is not null
      where s.device_id is not null
      union all
      select s.n, o.app_id, o.asset_id, o.of_devices, null, o.required, null, o.available from subject s
      join offer o on o.target = 'allDevices'
      where s.device_id is not null and not s.expected
    ), summed as materialized (
      select n, app_id, asset_id, bit_or(flags) as flags, min(user_required) as user_required, min(device_required) as device_required,
        min(user_available) as user_available, min(device_available) as device_available
      from one group by n, app_id, asset_id
    )
    insert into hit
    select h.n, h.app_id, h.asset_id, h.flags,
      array[h.flags, h.user_required, h.device_required, h.user_available, h.device_available, s.fit, asked::int, own::int, served::int]
    from summed h
    join subject s on s.n = h.n
    cross join lateral (select (h.app_id, s.fit) in (select app_id, fit from outgrown) as outgrown offset 0) old
    cross join lateral (select
      (select bool_or(available is not null) from offer) and exists (
        select from grants.request r where r.app_id = h.app_id
          and case when s.device_id is null then r.person_id = s.person_id else r.device_id = s.device_id end) as asked,
      (old.outgrown or (select bool_or(license_type = 'user') from offer)) and exists (
        select from grants.demand d
        where d.asset_id = h.asset_id and d.holder_id = s.holder_id and d.wanted and ${has('d')}) as own,
      old.outgrown and exists (
        select from grants.placement p
        join grants.demand d on d.asset_id = p.asset_id and d.holder_id = p.holder_id and d.wanted and ${has('d')}
        where p.asset_id = h.asset_id and p.device_id = s.device_id and p.holder_id = s.person_holder_id
          and p.refused is null and not p.leaving) as served offset 0) known`.execute(trx);
}

/** What each sum of hits in the table means, as columns: there are few, however many pairs there are. */
async function meanings(trx: Trx) {
  const { rows } = await sql<{ flags: number }>`select distinct flags from hit`.execute(trx);
  const all = rows.map(({ flags }) => ({ flags, ...meaningOf(flags) }));
  const columns = (['live', 'whole'] as const).flatMap((part) =>
    (['required', 'available', 'ahead', 'uninstall', 'byUsers', 'byDevices'] as const).map(
      (name) => sql`${all.map((one) => one[part][name])}::bool[]`,
    ),
  );
  return sql`unnest(${all.map((one) => one.flags)}::int[], ${all.map((one) => one.excluded)}::bool[], ${sql.join(columns)})
    as means (flags, excluded, required, available, ahead, uninstall, by_users, by_devices,
      all_required, all_available, all_ahead, all_uninstall, all_by_users, all_by_devices)`;
}

/**
 * The license type and the verdict of each sum of hits for an app: there are few, however many pairs there are. Where
 * a deleted group makes a difference, or where the title's newest version has outgrown a device that is served already,
 * the pair is suspended: what is there stays. A device that has a license of its own keeps it where the type became user
 * (L19).
 */
async function findOutcomes(trx: Trx, unfit: NotApplicable): Promise<void> {
  await sql`with unfit as materialized (
      select * from unnest(${unfit.appIds}::uuid[], ${unfit.fits}::int[], ${unfit.uses}::text[], ${unfit.outgrown}::bool[])
        as e (app_id, fit, use, outgrown)
    ), assigned as materialized (
      select distinct on (ord) ord, license_type, priority, on_unassign, on_macs from offer
    ), hits as materialized (
      select app_id, sum, sum[1] as flags, sum[2] as user_required, sum[3] as device_required, sum[4] as user_available,
        sum[5] as device_available, sum[6] as fit, sum[7] = 1 as asked, sum[8] = 1 as own, sum[9] = 1 as served
      from (select distinct app_id, sum from hit) one
    ), outcome_of as materialized (
      select hit.app_id, hit.sum, hit.fit, hit.own, hit.served, means.excluded, (means.available or means.all_available) and hit.asked as asked,
        means.required or means.ahead or (means.available and hit.asked) as wants,
        means.all_required or means.all_ahead or (means.all_available and hit.asked) as all_wants,
        case when means.required or means.ahead or (means.available and hit.asked)
          then not (means.required or (means.available and hit.asked))
          else not (means.all_required or (means.all_available and hit.asked)) end as ahead,
        means.uninstall and means.all_uninstall as uninstall, means.available or means.all_available as offered,
        coalesce(case when says.live < ${later} then says.live end, case when says.whole < ${later} then says.whole end,
          says.live, says.whole, says.excluded_live, says.excluded_whole) as ord
      from hits hit
      join ${await meanings(trx)} on means.flags = hit.flags
      cross join lateral (select
        ${firstOf('required', 'all_')} as required, ${firstOf('available', 'all_')} as available,
        ${firstOf('required', '')} as excluded_required, ${firstOf('available', '')} as excluded_available) first
      cross join lateral (select
        case when means.required then first.required else first.available end as live,
        case when means.all_required then first.required else first.available end as whole,
        case when means.required then first.excluded_required else first.excluded_available end as excluded_live,
        case when means.all_required then first.excluded_required else first.excluded_available end as excluded_whole) says
    ), judged as materialized (
      select o.*, typed.license_type, coalesce(a.priority, 0) as priority, a.on_unassign,
        case when o.wants or o.all_wants then case
            when ${isUnfit('typed.use', 'outgrown')} and case typed.license_type when 'device' then o.own else o.served end
              then 'suspended'
            when ${isUnfit('typed.use')} then 'notApplicable' when o.wants and o.all_wants then 'want' else 'suspended' end
          when o.uninstall and not ${isUnfit("'removal'")} then 'uninstall'
          when o.offered then case when not ${isUnfit('typed.use')} or ${isUnfit('typed.use', 'outgrown')} then 'offered' end
          when o.excluded and not o.uninstall then 'excluded' end as verdict
      from outcome_of o
      left join assigned a on a.ord = o.ord
      cross join lateral (select case when o.fit = 0 then 'user' when a.license_type = 'user' and o.own then 'device'
        else coalesce(a.license_type, 'device') end as license_type) by_type
      cross join lateral (select by_type.license_type,
        case when a.on_macs and by_type.license_type = 'device' then 'deviceOnMacs' else by_type.license_type end as use) typed
    )
    insert into outcome
    select app_id, sum, verdict, license_type, priority, on_unassign, ahead and (wants or all_wants), asked, offered,
      array_position(array['want', 'suspended', 'uninstall', 'offered', 'notApplicable', 'excluded'], verdict)::bigint * ${sql.lit(2 * laterBy)}
        + coalesce(ord % ${later}, ${later})
    from judged where verdict is not null`.execute(trx);
}

/**
 * What becomes of each pair; several apps on one asset come to one. That an app is merely offered matters only where a
 * license of it is there: those are looked up, and are few.
 */
async function resolveHits(trx: Trx): Promise<void> {
  await sql`insert into resolved
    select distinct on (hit.asset_id, hit.n) hit.asset_id, s.device_id, s.holder_id, s.person_holder_id, hit.app_id, s.mine,
      o.verdict, o.license_type, o.priority, o.on_unassign, o.ahead, o.asked, o.offered, s.first_seen, s.rank
    from hit
    join outcome o on o.app_id = hit.app_id and o.sum = hit.sum
    join subject s on s.n = hit.n
    where o.verdict <> 'offered' or exists (select from grants.demand d
      where d.asset_id = hit.asset_id and d.holder_id in (s.holder_id, s.person_holder_id) and d.wanted)
    order by hit.asset_id, hit.n, o.place`.execute(trx);
}

/** The first assignment of an intent among users' and devices' that are not excluded, by live exclusions or by all. */
function firstOf(intent: 'required' | 'available', exclusions: '' | 'all_') {
  const of = (kind: 'user' | 'device') =>
    sql`case when means.${sql.raw(`${exclusions}by_${kind}s`)} then hit.${sql.raw(`${kind}_${intent}`)} end`;
  return sql`least(${of('user')}, ${of('device')})`;
}

/** Whether a device cannot use the app in a way: with a type of license, or to be removed. */
const isUnfit = (use: string, which: 'outgrown' | 'true' = 'true') =>
  sql`(o.app_id, o.fit, ${sql.raw(use)}) in (select app_id, fit, use from unfit where ${sql.raw(which)})`;
