import {
  ACCOUNT_QUERIES,
  type ConnectMessage,
  deviceInformation,
  installedApplicationList,
  managedApplicationList,
  readDeviceInformation,
  readInstalledApplicationList,
  readManagedApplicationList,
  readManagedMediaList,
  readSettings,
} from '@allotment/device-management';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { queueUnlessWaiting, wantPush } from './commands.ts';
import { storeAccount, storeInformation } from './store-information.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
/** A device that has just enrolled is asked more often: its person signs in and says yes or no to prompts (behavior L48). */
const newForMs = 60 * minuteMs;
const newEveryMs = 15 * minuteMs;
const devicesAtOnce = 500;

/** Before installs: what can be installed depends on the answers. */
const priority = 20;

/** How long a person's removal of an app can go unseen: a required one is to be back within the day (behavior L49). */
const appsEveryMs = 8 * 60 * minuteMs;

/** Has devices tell what they are and what they run; again a day later, sooner in the first hour. */
export async function askInventory(
  trx: Trx,
  deviceIds: readonly string[],
  now: Date,
): Promise<void> {
  if (deviceIds.length === 0) return;
  await queueUnlessWaiting(trx, deviceIds, deviceInformation(), now, { priority });
  await queueUnlessWaiting(trx, deviceIds, managedApplicationList(), now, { priority });
  await queueUnlessWaiting(trx, deviceIds, installedApplicationList(), now, { priority });
  await askAccount(trx, deviceIds, now);
  const after = (ms: number): Date => new Date(now.getTime() + ms);
  await sql`update devices.device set inventory_due_at =
      case when enrolled_at > ${after(-newForMs)} then ${after(newEveryMs)}::timestamptz else ${after(dayMs)}::timestamptz end,
      apps_due_at = ${after(appsEveryMs)}
    where id = any(${deviceIds}::uuid[])`.execute(trx);
  await wantPush(trx, deviceIds, now);
}

/** Has the channels of people tell who is signed in to the store there. */
export async function askAccount(trx: Trx, deviceIds: readonly string[], now: Date): Promise<void> {
  const asked = { priority, channel: 'user' } as const;
  await queueUnlessWaiting(trx, deviceIds, deviceInformation(ACCOUNT_QUERIES), now, asked);
}

/** Asks the devices whose day is over. True when there may be more of them. */
export async function askDueInventories(context: Context): Promise<boolean> {
  const now = context.clock.now();
  return context.db.transaction().execute(async (trx) => {
    const due = await trx
      .selectFrom('devices.device')
      .select('id')
      .where('managementState', '=', 'managed')
      .where('inventoryDueAt', '<=', now)
      .orderBy('inventoryDueAt')
      .limit(devicesAtOnce)
      .execute();
    await askInventory(
      trx,
      due.map((row) => row.id),
      now,
    );
    return due.length === devicesAtOnce;
  });
}

/**
 * Asks the devices that have managed apps whether they still do, between two inventories. True when there may be more
 * of them.
 */
export async function askDueAppLists(context: Context): Promise<boolean> {
  const now = context.clock.now();
  return context.db.transaction().execute(async (trx) => {
    const { rows: due } = await sql<{ id: string; hasApps: boolean }>`
      select id, exists (select from devices.managed_app m where m.device_id = device.id) as has_apps
      from devices.device
      where management_state = 'managed' and apps_due_at <= ${now}
      order by apps_due_at limit ${devicesAtOnce}`.execute(trx);
    if (due.length === 0) return false;
    const asked = due.flatMap(({ id, hasApps }) => (hasApps ? [id] : [])).sort();
    await queueUnlessWaiting(trx, asked, managedApplicationList(), now, { priority });
    // After the commands: a device that is just asking locks its enrollment first, too.
    await sql`update devices.device set apps_due_at = ${new Date(now.getTime() + appsEveryMs)}
      where id = any(${due.map(({ id }) => id)}::uuid[])`.execute(trx);
    await wantPush(trx, asked, now);
    return due.length === devicesAtOnce;
  });
}

/** The commands whose answers are more than a word about an install: `storeInventory` reads each of them. */
export const inventoryTypes = [
  'DeviceInformation',
  'ManagedApplicationList',
  'InstalledApplicationList',
  'ManagedMediaList',
  'Settings',
] as const;

/** What is worth keeping of an answer beside the tables it went to. */
export type Summary = Readonly<Record<string, unknown>>;

/** Stores what the answer to an inventory command tells; undefined for a command of another kind. */
export async function storeInventory(
  trx: Trx,
  deviceId: string,
  requestType: string,
  message: ConnectMessage,
  now: Date,
): Promise<Summary | undefined> {
  switch (requestType) {
    case 'DeviceInformation': {
      const told = readDeviceInformation(message.payload);
      if (message.userId === undefined) await storeInformation(trx, deviceId, told, now);
      else await storeAccount(trx, deviceId, told);
      return {};
    }
    case 'ManagedApplicationList':
      return storeManagedApps(trx, deviceId, message, now);
    case 'InstalledApplicationList':
      return storeInstalledApps(trx, deviceId, message, now);
    case 'ManagedMediaList':
      return { books: booksOf(message) };
    case 'Settings':
      // Acknowledged as a whole, single ones can have failed.
      return { settings: readSettings(message.payload) };
    default:
      return undefined;
  }
}

/** State by Adam ID. One without a state is there all the same. */
function booksOf(message: ConnectMessage): Readonly<Record<string, string>> {
  return Object.fromEntries(
    readManagedMediaList(message.payload).map(({ adamId, state }) => [adamId, state ?? 'Unknown']),
  );
}

/** The list is whole: what it leaves out is not managed any more. States come once, so the answer keeps them too. */
async function storeManagedApps(
  trx: Trx,
  deviceId: string,
  message: ConnectMessage,
  now: Date,
): Promise<Summary> {
  const apps = readManagedApplicationList(message.payload);
  await trx
    .deleteFrom('devices.managedApp')
    .where('deviceId', '=', deviceId)
    .where(sql<boolean>`bundle_id <> all(${apps.map((app) => app.bundleId)}::text[])`)
    .execute();
  await sql`insert into devices.managed_app (device_id, bundle_id, status, external_version_id, management_flags, reported_at)
    select ${deviceId}, a.*, ${now} from unnest(
      ${apps.map((app) => app.bundleId)}::text[], ${apps.map((app) => app.status ?? 'Unknown')}::text[],
      ${apps.map((app) => app.externalVersionId ?? null)}::int8[],
      ${apps.map((app) => knownFlags(app.managementFlags))}::int2[]) a
    on conflict (device_id, bundle_id) do update set status = excluded.status, external_version_id = excluded.external_version_id,
      management_flags = excluded.management_flags, reported_at = excluded.reported_at`.execute(
    trx,
  );
  return {
    managed: Object.fromEntries(apps.map((app) => [app.bundleId, app.status ?? 'Unknown'])),
  };
}

/** Apple knows no others; what a device makes up is not stored. */
const knownFlags = (flags: number | undefined): number | null =>
  flags === undefined || flags < 0 || flags > 7 ? null : flags;

async function storeInstalledApps(
  trx: Trx,
  deviceId: string,
  message: ConnectMessage,
  now: Date,
): Promise<Summary> {
  const apps = [
    ...new Map(
      readInstalledApplicationList(message.payload).map((app) => [app.bundleId, app]),
    ).values(),
  ];
  await trx
    .deleteFrom('devices.installedApp')
    .where('deviceId', '=', deviceId)
    .where(sql<boolean>`bundle_id <> all(${apps.map((app) => app.bundleId)}::text[])`)
    .execute();
  await sql`insert into devices.installed_app
      (device_id, bundle_id, name, version, short_version, external_version_id, device_based_license, reported_at)
    select ${deviceId}, a.*, ${now} from unnest(
      ${apps.map((app) => app.bundleId)}::text[], ${apps.map((app) => app.name ?? null)}::text[],
      ${apps.map((app) => app.version ?? null)}::text[], ${apps.map((app) => app.shortVersion ?? null)}::text[],
      ${apps.map((app) => app.externalVersionId ?? null)}::int8[],
      ${apps.map((app) => app.deviceLicensed ?? null)}::bool[]) a
    on conflict (device_id, bundle_id) do update set
      name = excluded.name, version = excluded.version, short_version = excluded.short_version,
      external_version_id = excluded.external_version_id,
      device_based_license = excluded.device_based_license, reported_at = excluded.reported_at`.execute(
    trx,
  );
  return { apps: apps.length };
}
