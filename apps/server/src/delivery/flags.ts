import { sql } from 'kysely';
import type { Trx } from '../db/connect.ts';
import { queueCommands, wantPush } from '../devices/index.ts';
import { readAppSettings, saysMore } from './app-settings.ts';
import { keyOf } from './events.ts';
import { installCommand } from './install-command.ts';
import { assigned } from './setup.ts';
import type { Situation } from './situation.ts';
import type { Decided } from './store.ts';
import { isUpdating } from './update.ts';
import type { VersionNews } from './versions.ts';

interface Known {
  readonly deviceId: string;
  readonly bundleId: string;
  readonly appId: string;
  readonly reported: number;
  readonly told: number | null;
}

/**
 * Apple sets the flags of management, whether an app goes with the management and stays out of backups, by an install
 * alone. Where a device reports others for an app than its assignments say, it is told to install the app once more: the
 * version that it has, on supervised devices, which do not ask their person. Each change is told once. Others get the
 * flags with their next install or update (behavior L37; Intune's 0x87D13B9E).
 *
 * @see https://developer.apple.com/documentation/devicemanagement/installapplicationcommand
 */
export async function setFlags(
  trx: Trx,
  decided: readonly Decided[],
  versions: ReadonlyMap<string, VersionNews>,
  now: Date,
): Promise<void> {
  const situations = new Map(
    decided
      .filter((one) => isAtRest(one, versions.get(keyOf(one.situation))))
      .map(({ situation }) => [keyOf(situation), situation]),
  );
  const known = await readReported(trx, [...situations.values()]);
  const settings = await readAppSettings(trx, known);
  const changed = known.flatMap((app) => {
    const situation = situations.get(keyOf(app));
    const command = situation && installCommand(situation, settings, false);
    const flags = command?.told.flags ?? app.reported;
    return command === undefined || flags === app.reported || flags === app.told
      ? []
      : [{ ...app, command, flags }];
  });
  if (changed.length === 0) return;
  await queueCommands(
    trx,
    changed.map(({ command }) => command),
    now,
  );
  await wantPush(trx, [...new Set(changed.map(({ deviceId }) => deviceId))].sort(), now);
  await sql`update delivery.task t set flags_told = c.flags
    from unnest(
      ${changed.map((one) => one.deviceId)}::uuid[], ${changed.map((one) => one.bundleId)}::text[],
      ${changed.map((one) => one.flags)}::smallint[]) c (device_id, bundle_id, flags)
    where t.device_id = c.device_id and t.bundle_id = c.bundle_id`.execute(trx);
}

/** Nothing is under way, and the store has no newer version, which an install would bring. */
function isAtRest({ task, act, situation }: Decided, news: VersionNews | undefined): boolean {
  return (
    task?.state === 'installed' &&
    act.kind === 'none' &&
    !isUpdating(task) &&
    situation.kiosk === undefined &&
    (news === undefined || news.verdict === 'current')
  );
}

/** What supervised devices report, of apps of which something is said, or was. */
async function readReported(trx: Trx, installed: readonly Situation[]): Promise<readonly Known[]> {
  if (installed.length === 0) return [];
  const { rows } = await sql<Known>`
    select s.device_id, s.bundle_id, s.app_id, m.management_flags as reported, t.flags_told as told
    from ${assigned(installed)} s
    join devices.managed_app m on m.device_id = s.device_id and m.bundle_id = s.bundle_id
      and m.status = 'Managed' and m.management_flags is not null
    join devices.device dev on dev.id = s.device_id and dev.supervised
    join delivery.task t on t.device_id = s.device_id and t.bundle_id = s.bundle_id
    where (m.management_flags > 0 or ${saysMore('s.app_id')})`.execute(trx);
  return rows;
}
