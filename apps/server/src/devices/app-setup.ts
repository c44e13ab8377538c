import {
  applicationAttributes,
  applicationConfiguration,
  type PlistDictionary,
  settings,
} from '@allotment/device-management';
import { sql } from 'kysely';
import type { Trx } from '../db/connect.ts';
import { cancelUnsent, queueCommands, wantPush } from './commands.ts';
import { hasAppAttributes } from './family.ts';

/** How a managed app that is installed is to be set up from now on. What is left out, it has none of any more. */
export interface AppSetup {
  readonly deviceId: string;
  readonly bundleId: string;
  readonly configuration?: PlistDictionary | undefined;
  readonly attributes?: PlistDictionary | undefined;
  /** Given back with the answer, beside the device and the app. */
  readonly purpose?: Readonly<Record<string, unknown>>;
}

/**
 * Tells devices the configuration and the attributes of installed apps anew, without installing them again; the newest
 * word replaces one that a device has not been given yet. An install says both by itself.
 *
 * @see https://developer.apple.com/documentation/devicemanagement/settingscommand
 */
export async function setUpApps(trx: Trx, apps: readonly AppSetup[], now: Date): Promise<void> {
  if (apps.length === 0) return;
  await cancelUnsent(trx, await overtaken(trx, apps), now);
  const families = await familiesOf(trx, apps);
  await queueCommands(
    trx,
    apps.map(({ deviceId, bundleId, configuration, attributes, purpose }) => ({
      deviceId,
      command: settings([
        applicationConfiguration(bundleId, configuration),
        ...(hasAppAttributes(families.get(deviceId) ?? null)
          ? [applicationAttributes(bundleId, attributes)]
          : []),
      ]),
      purpose: { ...purpose, deviceId, bundleId },
    })),
    now,
  );
  await wantPush(trx, [...new Set(apps.map(({ deviceId }) => deviceId))].sort(), now);
}

async function overtaken(trx: Trx, apps: readonly AppSetup[]): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    select c.id from unnest(
      ${apps.map(({ deviceId }) => deviceId)}::uuid[], ${apps.map(({ bundleId }) => bundleId)}::text[]) app (device_id, bundle_id)
    join devices.enrollment e on e.device_id = app.device_id and e.state = 'enrolled' and e.device_enrollment_id is null
    join devices.command c on c.enrollment_id = e.id and c.state in ('queued', 'notNow')
      and c.request_type = 'Settings' and c.purpose ->> 'bundleId' = app.bundle_id`.execute(trx);
  return rows.map(({ id }) => id);
}

async function familiesOf(
  trx: Trx,
  apps: readonly AppSetup[],
): Promise<ReadonlyMap<string, string | null>> {
  const deviceIds = [...new Set(apps.map(({ deviceId }) => deviceId))];
  const rows = await trx
    .selectFrom('devices.device')
    .select(['id', 'family'])
    .where(sql<boolean>`id = any(${deviceIds}::uuid[])`)
    .execute();
  return new Map(rows.map(({ id, family }) => [id, family]));
}
