import { createHash } from 'node:crypto';
import type { InstallApplicationOptions } from '@allotment/device-management';
import { deviceSettings, type ResolvedSettings, type SettingsOffer } from '@allotment/licensing';
import { sql } from 'kysely';
import type { Trx } from '../db/connect.ts';
import { appAttributesFor } from '../devices/index.ts';

/** An app on a device, whose settings are asked for. */
export interface AppOnDevice {
  readonly deviceId: string;
  readonly appId: string;
}

export function settingsKey({ deviceId, appId }: AppOnDevice): string {
  return `${deviceId}\t${appId}`;
}

type Offer = AppOnDevice & SettingsOffer;

/**
 * What the assignments say about these apps on these devices (behavior L37).
 *
 * @returns by `settingsKey`; one that nothing is said about has no entry: the defaults hold
 */
export async function readAppSettings(
  trx: Trx,
  pairs: readonly AppOnDevice[],
): Promise<ReadonlyMap<string, ResolvedSettings>> {
  const appIds = await appsWithSettings(trx, [...new Set(pairs.map(({ appId }) => appId))]);
  const offers = await readOffers(
    trx,
    pairs.filter(({ appId }) => appIds.has(appId)),
  );
  return new Map([...offers].map(([key, said]) => [key, deviceSettings(said)]));
}

/**
 * The assignments that reach these apps on these devices, by `settingsKey`. Those of users reach a device through its
 * person alone, as where licenses are decided: one without a person, or whose person was deleted, they do not reach.
 */
export async function readOffers(
  trx: Trx,
  pairs: readonly AppOnDevice[],
): Promise<ReadonlyMap<string, readonly SettingsOffer[]>> {
  if (pairs.length === 0) return new Map();
  const { rows } = await sql<Offer>`
    with recursive pair as (
      select * from unnest(
        ${pairs.map(({ appId }) => appId)}::uuid[], ${pairs.map(({ deviceId }) => deviceId)}::uuid[]) p (app_id, device_id)
    ), subject as (
      select dev.id as device_id, dev.directory_device_id, p.id as person_id
      from devices.device dev
      left join lateral (
        select id from directory.person where id = dev.person_id and deleted_at is null offset 0) p on true
      where dev.id in (select device_id from pair)
    ), above as (
      select s.device_id, m.group_id, 'device' as kind from subject s join directory.member m on m.device_id = s.directory_device_id
      union
      select s.device_id, m.group_id, 'user' from subject s join directory.member m on m.person_id = s.person_id
      union
      select a.device_id, m.group_id, a.kind from above a join directory.member m on m.child_group_id = a.group_id
    )
    select p.app_id, p.device_id,
      coalesce(x.kind, case a.target when 'allUsers' then 'user' else 'device' end) as "of",
      case a.target when 'exclusionGroup' then 'exclusion' else a.intent end as kind, a.priority, a.position, a.settings
    from pair p
    join subject s on s.device_id = p.device_id
    join assignments.assignment a on a.app_id = p.app_id
    left join above x on x.device_id = p.device_id and x.group_id = a.group_id
    where x.group_id is not null or a.target = 'allDevices' or (a.target = 'allUsers' and s.person_id is not null)`.execute(
    trx,
  );
  return Map.groupBy(rows, settingsKey);
}

/** SQL: whether an assignment says anything that a device is told; its other settings are about licenses. */
const saysToDevices = (assignment: string) =>
  sql`${sql.ref(`${assignment}.settings`)} - 'onUnassign' - 'licensesAhead' - 'onMacs' <> '{}'`;

/** SQL: whether an assignment of the app does. */
export const saysMore = (appId: string) => sql`exists (select from assignments.assignment a
  where a.app_id = ${sql.ref(appId)} and ${saysToDevices('a')})`;

/** Most apps have assignments that say nothing about devices: those cost no more than this question. */
async function appsWithSettings(trx: Trx, appIds: readonly string[]): Promise<ReadonlySet<string>> {
  if (appIds.length === 0) return new Set();
  const { rows } = await sql<{ appId: string }>`
    select distinct app_id from assignments.assignment assignment
    where app_id = any(${appIds}::uuid[]) and ${saysToDevices('assignment')}`.execute(trx);
  return new Set(rows.map(({ appId }) => appId));
}

/** What an install says of the app besides what it is. */
export type InstallOptions = Pick<
  InstallApplicationOptions,
  'management' | 'attributes' | 'configuration'
>;

/**
 * What an install says of the app besides. The device forgets what a later install leaves out, so each says it all.
 *
 * @param family of the device, which may not know all of it; null: unknown
 * @see https://developer.apple.com/documentation/devicemanagement/installapplicationcommand
 */
export function installOptions(settings: ResolvedSettings, family: string | null): InstallOptions {
  const { configuration, vpnConfigurationId } = settings;
  const attributes = appAttributesFor(family, {
    ...(settings.isRemovable ? {} : { Removable: false }),
    ...(vpnConfigurationId === undefined ? {} : { VPNUUID: vpnConfigurationId }),
  });
  return {
    management: {
      removeWithProfile: settings.uninstallOnDeviceRemoval,
      preventBackup: settings.preventManagedAppBackup,
    },
    ...(attributes === undefined ? {} : { attributes }),
    ...(configuration === undefined ? {} : { configuration }),
  };
}

/**
 * Stands for the configuration and the attributes of an app, so that what a device was told can be compared with what
 * is to be said; null: there are none.
 */
export function settingsDigest({ attributes, configuration }: InstallOptions): string | null {
  if (attributes === undefined && configuration === undefined) return null;
  const text = JSON.stringify([attributes ?? null, configuration ?? null]);
  return createHash('sha256').update(text).digest('base64url');
}
