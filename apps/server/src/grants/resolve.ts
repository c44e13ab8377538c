import { type DeviceTraits, applicability } from '@allotment/licensing';
import { sql } from 'kysely';
import type { Database, Trx } from '../db/connect.ts';

/** What a decision is about: these assets for everybody, or everything for these devices. */
export type Scope =
  | {
      readonly kind: 'assets';
      readonly assetIds: readonly number[];
      /** Those of them of which the library has something new to say. */
      readonly counted: readonly number[];
    }
  | { readonly kind: 'devices'; readonly deviceIds: readonly string[] };

/**
 * Fills the transaction's table `wanted_now` with the pairs that the assignments want now, within the scope: each
 * device that is a member of an assigned group, or whose primary user is, and that can use a device license of the
 * app. Members of nested groups count.
 *
 * A deleted group and a device that left management keep what they have and get nothing new. A pair on hold is not
 * wanted (Law 11).
 */
export async function resolveWanted(trx: Trx, scope: Scope): Promise<void> {
  await sql`create temporary table if not exists wanted_now (
    asset_id integer, holder_id integer, app_id uuid, priority integer, rank bigint,
    primary key (asset_id, holder_id)) on commit delete rows`.execute(trx);
  await sql`delete from wanted_now`.execute(trx);
  const excluded = await notApplicable(trx, scope);
  await sql`
    with recursive tree as (
      select a.id, a.app_id, app.asset_id, a.priority, a.position, g.id as group_id, g.deleted_at is not null as suspended
      from assignments.assignment a
      join library.app app on app.id = a.app_id
      join directory.group g on g.id = a.group_id
      where a.intent = 'required' and a.license_type = 'device' and a.target = 'group' and ${inAssets(scope, 'app.asset_id')}
      union
      select t.id, t.app_id, t.asset_id, t.priority, t.position, g.id, t.suspended or g.deleted_at is not null
      from tree t
      join directory.member m on m.group_id = t.group_id
      join directory.group g on g.id = m.child_group_id
    ), targeted as (
      select t.*, dev.id as device_id
      from tree t
      join directory.member m on m.group_id = t.group_id
      join devices.device dev on dev.directory_device_id = m.device_id
      where ${inDevices(scope)}
      union all
      select t.*, dev.id
      from tree t
      join directory.member m on m.group_id = t.group_id
      join directory.person p on p.id = m.person_id and p.deleted_at is null
      join devices.device dev on dev.person_id = p.id
      where ${inDevices(scope)}
    ), best as (
      select distinct on (asset_id, device_id) asset_id, device_id, app_id, priority, suspended
      from targeted
      order by asset_id, device_id, suspended, priority desc, position
    ), excluded as (
      select * from unnest(${excluded.assetIds}::int[], ${excluded.families}::text[], ${excluded.osVersions}::text[])
        as e (asset_id, family, os_version)
    )
    insert into wanted_now (asset_id, holder_id, app_id, priority, rank)
    select b.asset_id, h.id, b.app_id, b.priority,
      row_number() over (order by dev.last_check_in_at is null, dev.last_check_in_at desc, dev.first_seen, dev.id)
    from best b
    join devices.device dev on dev.id = b.device_id and ${inDevices(scope)}
    join library.holder h on h.kind = 'device' and h.key = dev.serial_number
    left join lateral (
      select granted, found from grants.demand where asset_id = b.asset_id and holder_id = h.id limit 1) d on true
    where (dev.management_state = 'managed' or d.granted)
      and (not b.suspended or d.granted or d.found)
      and not exists (select from grants.hold o where o.asset_id = b.asset_id and o.holder_id = h.id)
      and not exists (
        select from excluded e
        where e.asset_id = b.asset_id and e.family is not distinct from dev.family and e.os_version is not distinct from dev.os_version)
    `.execute(trx);
}

/** The assets that assignments of the scope's devices could touch: those to be locked before deciding. */
export async function assetsInScope(db: Database, scope: Scope): Promise<readonly number[]> {
  if (scope.kind === 'assets') return scope.assetIds;
  const { rows } = await sql<{ assetId: number }>`
    select distinct app.asset_id from assignments.assignment a join library.app app on app.id = a.app_id
    union
    select distinct d.asset_id from grants.demand d
    join library.holder h on h.id = d.holder_id and h.kind = 'device'
    join devices.device dev on dev.serial_number = h.key
    where dev.id = any(${scope.deviceIds}::uuid[])`.execute(db);
  return rows.map((row) => row.assetId);
}

interface Excluded {
  readonly assetIds: number[];
  readonly families: (string | null)[];
  readonly osVersions: (string | null)[];
}

/** The kinds of device on which an asset of the scope cannot be used, by the one rule in `licensing` (Law 7). */
async function notApplicable(trx: Trx, scope: Scope): Promise<Excluded> {
  const classes = await sql<{ family: DeviceTraits['family']; osVersion: string | null }>`
    select distinct family, os_version from devices.device dev where ${inDevices(scope)}`.execute(
    trx,
  );
  const titles = await sql<{
    id: number;
    supportedPlatforms: string[];
    deviceFamilies: string[] | null;
    minimumOsVersion: string | null;
    deviceAssignable: boolean;
  }>`
    select a.id, a.supported_platforms, a.device_assignable, t.device_families, t.minimum_os_version
    from library.asset a
    left join library.title t on t.location_uid = a.location_uid and t.adam_id = a.adam_id
    where ${inAssets(scope, 'a.id')}
      and exists (select from library.app app join assignments.assignment s on s.app_id = app.id where app.asset_id = a.id)`.execute(
    trx,
  );
  const excluded: Excluded = { assetIds: [], families: [], osVersions: [] };
  for (const title of titles.rows) {
    for (const device of classes.rows) {
      if (
        applicability(device, { ...title, deviceFamilies: title.deviceFamilies ?? [] }).applicable
      )
        continue;
      excluded.assetIds.push(title.id);
      excluded.families.push(device.family);
      excluded.osVersions.push(device.osVersion);
    }
  }
  return excluded;
}

const inAssets = (scope: Scope, column: string) =>
  scope.kind === 'assets' ? sql`${sql.ref(column)} = any(${scope.assetIds}::int[])` : sql`true`;

const inDevices = (scope: Scope) =>
  scope.kind === 'devices' ? sql`dev.id = any(${scope.deviceIds}::uuid[])` : sql`true`;

/** SQL: whether a holder belongs to the devices of a scope. */
export const holdersInScope = (scope: Scope, column: string) =>
  scope.kind === 'devices'
    ? sql`${sql.ref(column)} in (select h.id from library.holder h join devices.device dev on dev.serial_number = h.key
        where h.kind = 'device' and dev.id = any(${scope.deviceIds}::uuid[]))`
    : sql`true`;
