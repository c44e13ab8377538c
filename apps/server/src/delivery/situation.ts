import { sql } from 'kysely';
import type { Trx } from '../db/connect.ts';
import type { Circumstances, Obstacle, TaskState } from './task.ts';

/** Which apps on which devices are looked at. */
export interface Scope {
  /** All apps of these devices. */
  readonly deviceIds: readonly string[];
  /** One app on one device each. */
  readonly keys: readonly Key[];
  /** The app of each asset on the device of each holder. */
  readonly pairs: readonly Pair[];
}

export interface Key {
  readonly deviceId: string;
  readonly bundleId: string;
}

export interface Pair {
  readonly assetId: number;
  readonly holderId: number;
}

/** One app on one device: what is wanted there, what was told, and what the device last said. */
export interface Situation extends Key {
  /** Undefined: no license for it is at Apple and wanted, or the device is not managed. */
  readonly wanted:
    | (Pair & {
        appId: string | null;
        adamId: string;
        obstacle: Obstacle | undefined;
        /** By the license of the device's person. */
        ofPerson: boolean;
      })
    | undefined;
  /** The device was given the install, and whether it has answered is not known here yet. */
  readonly told: boolean;
  /** Not licensed, but an assignment that waits for a license wants the app there. */
  readonly wished: boolean;
  readonly task: TaskState | undefined;
  /** The asset by whose license the task went so far. */
  readonly taskAssetId: number | undefined;
  readonly taskHolderId: number | undefined;
  readonly taskAppId: string | undefined;
  readonly commandId: string | null;
  readonly managed: string | undefined;
  /** The device is enrolled. */
  readonly isManaged: boolean;
  /** Of the device; null: it has not said. */
  readonly family: string | null;
  /** A Mac with Apple silicon gets the app for iPhone and iPad. */
  readonly isIosAppOnMac: boolean;
  /** Under User Enrollment what the person installed stays theirs. */
  readonly takesOver: boolean;
  readonly kiosk: Circumstances['kiosk'];
}

interface Row extends Key, Omit<TaskState, 'state' | 'update' | 'removals'> {
  wantedAssetId: number | null;
  wantedHolderId: number | null;
  wantedAppId: string | null;
  adamId: string | null;
  obstacle: Obstacle | null;
  ofPerson: boolean | null;
  state: TaskState['state'] | null;
  assetId: number | null;
  holderId: number | null;
  appId: string | null;
  commandId: string | null;
  managed: string | null;
  told: boolean;
  wished: boolean;
  updateVersion: number | null;
  updateTries: number | null;
  updateAt: Date | null;
  removals: number | null;
  removedAt: Date | null;
  isManaged: boolean;
  family: string | null;
  isIosAppOnMac: boolean;
  takesOver: boolean;
  kiosk: NonNullable<Circumstances['kiosk']> | null;
}

/**
 * Reads the situations in a scope. Of two assets that hold a license of the same app for a device, the one that
 * delivered it stays, else the older one counts (Law 1). An app whose bundle identifier is not known goes by its
 * Adam ID.
 *
 * A license that came is read once: where no other asset brings the same app, it is what is wanted on its device
 * (`direct`), and nothing else is looked for. What is wanted otherwise is looked up by asset and device: by the device
 * alone, each of its apps would read all of them. `offset 0` keeps the planner from reading all licenses or tasks where
 * only some are asked for, which it does while it has no statistics: 11 s instead of 0.2 s for 5,000 pairs.
 */
export async function readSituations(trx: Trx, scope: Scope): Promise<readonly Situation[]> {
  // The columns bear the names of `Row`: to rename them row by row costs more than to read them.
  const { rows } = await sql<Row>`
    with title as materialized (
      select asset_id, adam_id, key, count(*) over (partition by key) = 1 as alone from (
        select a.id as asset_id, a.adam_id, coalesce(t.bundle_id, 'adam:' || a.adam_id) as key
        from library.asset a left join library.title t on t.location_uid = a.location_uid and t.adam_id = a.adam_id) a
    ), pair as (
      select * from unnest(
        ${scope.pairs.map((pair) => pair.assetId)}::int[], ${scope.pairs.map((pair) => pair.holderId)}::int[]) p (asset_id, holder_id)
    ), licensed as materialized (
      select i.* from pair p
      cross join lateral (
        select i.*, ${bundleKey('i')} as key
        from grants.installable i where i.asset_id = p.asset_id and i.holder_id = p.holder_id offset 0) i
    ), direct as materialized (
      select i.device_id, i.key as bundle_id, i.asset_id, i.holder_id, i.app_id, i.adam_id, i.of_person, ${obstacle} as obstacle
      from licensed i
      cross join lateral (select * from devices.device where id = i.device_id offset 0) dev
      where dev.management_state = 'managed' and ${usable} and i.asset_id not in (select asset_id from title where not alone)
    ), scope as (
      select device_id, bundle_id from delivery.task where device_id = any(${scope.deviceIds}::uuid[])
      union
      select dev.id, i.key
      from devices.device dev
      cross join lateral (
        select ${bundleKey('i')} as key from grants.installable i where i.device_id = dev.id offset 0) i
      where dev.id = any(${scope.deviceIds}::uuid[])
      union
      select * from unnest(
        ${scope.keys.map((key) => key.deviceId)}::uuid[], ${scope.keys.map((key) => key.bundleId)}::text[])
      union
      select t.device_id, t.bundle_id from pair p
      cross join lateral (
        select device_id, bundle_id from delivery.task t where t.asset_id = p.asset_id and t.holder_id = p.holder_id offset 0) t
      union
      select device_id, key from licensed
      union
      ${otherAssets}
    ), wanted as (
      select distinct on (device_id, bundle_id) * from (
        select *, false as delivered from direct
        union all
        select s.device_id, s.bundle_id, i.asset_id, i.holder_id, i.app_id, i.adam_id, i.of_person, ${obstacle}, t.asset_id = i.asset_id
        from scope s
        join title on title.key = s.bundle_id
        cross join lateral (
          select * from devices.device where id = s.device_id and management_state = 'managed' offset 0) dev
        cross join lateral (
          select * from grants.installable i
          where i.asset_id = title.asset_id and i.device_id = s.device_id and ${usable} offset 0) i
        left join delivery.task t on t.device_id = s.device_id and t.bundle_id = s.bundle_id
        where (s.device_id, s.bundle_id) not in (select device_id, bundle_id from direct)) license
      order by device_id, bundle_id, delivered desc nulls last, asset_id
    )
    select s.device_id as "deviceId", s.bundle_id as "bundleId", w.asset_id as "wantedAssetId",
      w.holder_id as "wantedHolderId", w.app_id as "wantedAppId", w.adam_id as "adamId", w.of_person as "ofPerson", w.obstacle,
      t.asset_id as "assetId", t.holder_id as "holderId", t.app_id as "appId", t.state, t.apple_state as "appleState", t.reason,
      t.error_code as "errorCode", t.error_detail as "errorDetail", t.attempts, t.asks, t.next_at as "nextAt",
      t.command_id as "commandId", t.update_version as "updateVersion", t.update_tries as "updateTries",
      t.update_at as "updateAt", t.removals, t.removed_at as "removedAt", m.status as managed, ${told} as told, ${wished} as wished,
      dev.management_state = 'managed' as "isManaged", dev.family, ${isIosAppOnMac} as "isIosAppOnMac", not dev.user_enrollment as "takesOver", ${kiosk} as kiosk
    from scope s
    join devices.device dev on dev.id = s.device_id
    left join lateral (
      select * from delivery.task where device_id = s.device_id and bundle_id = s.bundle_id offset 0) t on true
    left join lateral (
      select status from devices.managed_app where device_id = s.device_id and bundle_id = s.bundle_id offset 0) m on true
    left join wanted w on w.device_id = s.device_id and w.bundle_id = s.bundle_id
    order by s.device_id, s.bundle_id`.execute(trx.withoutPlugins());
  return rows.map(situationOf);
}

/** What was installed by another asset of the same title may stay or go with what becomes of this one. */
const otherAssets = sql`
  select t.device_id, t.bundle_id
  from pair p
  join title on title.asset_id = p.asset_id
    and exists (select from title other where other.adam_id = title.adam_id and other.asset_id <> title.asset_id)
  cross join lateral (
    select task.device_id, task.bundle_id from library.holder h
    cross join lateral (
      select id from devices.device own where h.kind = 'device' and own.serial_number = h.key
      union all
      select id from devices.device theirs where h.kind = 'person' and theirs.person_id = h.person_id) dev
    join delivery.task on task.device_id = dev.id and task.bundle_id = title.key
    where h.id = p.holder_id offset 0) t`;

const isIosAppOnMac = sql`dev.family is not distinct from 'Mac' and exists (
  select from library.app where app.id = w.app_id and app.platform = 'ios')`;

const kiosk = sql`case when dev.kiosk then case
  when exists (select from devices.managed_app a where a.device_id = dev.id and a.status = 'Managed') then 'withApps'
  else 'withoutApps' end end`;

/** Looked at only where an install is open. */
const told = sql`t.state = 'commanded' and exists (
  select from devices.command c where c.id = t.command_id and c.state in ('sent', 'acknowledged', 'failed'))`;

/** Looked at only where something installed would go. */
const wished = sql`w.asset_id is null and t.state in ('installed', 'commanded', 'installing', 'failed', 'removing') and exists (
  select from title
  cross join lateral (select from grants.wished i where i.asset_id = title.asset_id and i.device_id = s.device_id offset 0) i
  where title.key = s.bundle_id)`;

/**
 * A person's license can be used once the person has accepted: before, the device would ask for a purchase. One that is
 * on its way back is none, though somebody wants it again by now: what becomes of it is told by another note.
 */
const usable = sql`not exists (
    select from grants.open_change c where c.asset_id = i.asset_id and c.holder_id = i.holder_id and c.op = 'disassociate')
  and (not i.of_person or exists (select from associations.apple_user u
  where u.location_uid = i.location_uid and u.holder_id = i.holder_id and u.state = 'associated'))`;

/**
 * Why the app is not worth a try on the device yet: a shared iPad has no place for a person's license (behavior L26), and
 * a Mac only on the channel of its person (L53).
 */
const obstacle = sql`case
  when i.bundle_id is null then 'bundleIdUnknown'
  when i.of_person then case
    when dev.multi_user then 'multiUser'
    when dev.family = 'Mac' and not dev.user_channel then 'noUserChannel'
    when dev.store_account_active and dev.store_account_hash <> (
      select u.id_hash from associations.apple_user u where u.location_uid = i.location_uid and u.holder_id = i.holder_id)
      then 'otherAccount' end end`;

/** The part of a task's key that stands for the app. */
const bundleKey = (installable: string) =>
  sql`coalesce(${sql.ref(`${installable}.bundle_id`)}, 'adam:' || ${sql.ref(`${installable}.adam_id`)})`;

function situationOf(row: Row): Situation {
  const { deviceId, bundleId, wantedAssetId, wantedHolderId, adamId } = row;
  return {
    deviceId,
    bundleId,
    wanted:
      wantedAssetId === null || wantedHolderId === null || adamId === null
        ? undefined
        : {
            assetId: wantedAssetId,
            holderId: wantedHolderId,
            appId: row.wantedAppId,
            adamId,
            obstacle: row.obstacle ?? undefined,
            ofPerson: row.ofPerson === true,
          },
    told: row.told,
    wished: row.wished,
    task: row.state === null ? undefined : taskOf(row, row.state),
    taskAssetId: row.assetId ?? undefined,
    taskHolderId: row.holderId ?? undefined,
    taskAppId: row.appId ?? undefined,
    commandId: row.commandId,
    managed: row.managed ?? undefined,
    isManaged: row.isManaged,
    family: row.family,
    isIosAppOnMac: row.isIosAppOnMac,
    takesOver: row.takesOver,
    kiosk: row.kiosk ?? undefined,
  };
}

function taskOf(row: Row, state: TaskState['state']): TaskState {
  const { appleState, reason, errorCode, errorDetail, attempts, asks, nextAt } = row;
  const { updateVersion: version, updateTries: tries, updateAt: at } = row;
  const update = version === null || tries === null || at === null ? null : { version, tries, at };
  const { removals: count, removedAt } = row;
  const removals = count === null || removedAt === null ? null : { count, at: removedAt };
  return {
    state,
    appleState,
    reason,
    errorCode,
    errorDetail,
    attempts,
    asks,
    nextAt,
    update,
    removals,
  };
}
