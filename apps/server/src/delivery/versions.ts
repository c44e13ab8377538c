import {
  type DeviceTraits,
  nextOpening,
  systemIsTooOld,
  type UpdateVerdict,
  updateVerdict,
} from '@allotment/licensing';
import { sql } from 'kysely';
import type { Trx } from '../db/connect.ts';
import { readAppSettings, settingsKey } from './app-settings.ts';
import { keyOf } from './events.ts';
import { readDeliverySettings } from './settings.ts';
import type { Key, Situation } from './situation.ts';
import { speaksOfUpdate } from './update.ts';

/** How the version on a device stands to the store's. */
export interface VersionNews {
  readonly version: number;
  readonly verdict: UpdateVerdict;
  /** When the hours of updates begin, where it waits for them. */
  readonly opensAt: Date | null;
}

interface Row extends Key {
  installed: number | null;
  newest: number | null;
  appId: string;
  automatic: boolean;
  kept: boolean;
  kiosk: boolean;
  family: DeviceTraits['family'];
  osVersion: string | null;
  supportedPlatforms: string[];
  minimumOsVersion: string | null;
}

/**
 * Which of the installed apps have a newer version in the store of their token, and what is to be done about each
 * (behaviors 39, 40, L40 to L46). One of the newest version is told of only where something else is said of it yet.
 *
 * @param asked devices whose apps somebody asks about now
 * @returns by `keyOf`
 */
export async function readVersions(
  trx: Trx,
  situations: readonly Situation[],
  asked: ReadonlySet<string>,
  now: Date,
): Promise<ReadonlyMap<string, VersionNews>> {
  const installed = situations.filter(
    ({ task, wanted }) => task?.state === 'installed' && wanted !== undefined,
  );
  const rows = await readRows(trx, installed);
  if (rows.length === 0) return new Map();
  const settings = await readAppSettings(trx, rows.filter(isOlder));
  const { maintenanceWindow } = await readDeliverySettings(trx);
  const tasks = new Map(installed.map(({ task, ...key }) => [keyOf(key), task]));
  return new Map(
    rows.flatMap((row) => {
      const task = tasks.get(keyOf(row));
      if (task === undefined || !(isOlder(row) || speaksOfUpdate(task))) return [];
      const verdict = updateVerdict(
        {
          ...row,
          prevented: settings.get(settingsKey(row))?.preventAutoAppUpdate === true,
          asked: asked.has(row.deviceId),
          runs: !systemIsTooOld(row, row),
          told: task.update,
        },
        maintenanceWindow ?? undefined,
        now,
      );
      const opensAt =
        verdict === 'outsideWindow' && maintenanceWindow !== null
          ? nextOpening(maintenanceWindow, now)
          : null;
      return [[keyOf(row), { version: row.newest ?? 0, verdict, opensAt }] as const];
    }),
  );
}

function isOlder({ installed, newest }: Row): boolean {
  return installed !== null && newest !== null && installed < newest;
}

/**
 * SQL: whether nothing requires the app of a row `d` of demand on the device of `s`, with its placement `p` if it is a
 * person's. Where another location's is required there and served by this license, it is.
 */
const isKept = sql<boolean>`((d.kept or coalesce(p.kept, false)) and not exists (select from grants.demand covered
  where covered.covered_by = d.asset_id and covered.holder_id = d.holder_id and covered.wanted and not covered.kept
    and (p.asset_id is null or exists (select from grants.placement other
      where other.asset_id = covered.asset_id and other.device_id = s.device_id and other.holder_id = covered.holder_id
        and other.refused is null and not other.leaving and not other.kept))))`;

/** Only rows that can have news: older than the store, or with something said of an update. */
async function readRows(trx: Trx, installed: readonly Situation[]): Promise<readonly Row[]> {
  if (installed.length === 0) return [];
  const { rows } = await sql<Row>`
    select s.device_id, s.bundle_id, m.external_version_id as installed, t.external_version_id as newest, s.app_id,
      tok.automatically_update_apps as automatic, ${isKept} as kept, dev.kiosk, dev.family, dev.os_version,
      a.supported_platforms, t.minimum_os_version
    from unnest(
      ${installed.map((one) => one.deviceId)}::uuid[], ${installed.map((one) => one.bundleId)}::text[],
      ${installed.map((one) => one.wanted?.assetId)}::int[], ${installed.map((one) => one.wanted?.holderId)}::int[],
      ${installed.map((one) => one.wanted?.appId)}::uuid[], ${installed.map(({ task }) => task !== undefined && speaksOfUpdate(task))}::bool[]
    ) s (device_id, bundle_id, asset_id, holder_id, app_id, spoken)
    join grants.demand d on d.asset_id = s.asset_id and d.holder_id = s.holder_id
    join devices.device dev on dev.id = s.device_id
    join library.app app on app.id = s.app_id
    join library.token tok on tok.id = app.token_id
    join library.asset a on a.id = s.asset_id
    join library.title t on t.location_uid = a.location_uid and t.adam_id = a.adam_id
    left join grants.placement p on p.asset_id = s.asset_id and p.device_id = s.device_id and p.holder_id = s.holder_id
    left join devices.managed_app m on m.device_id = s.device_id and m.bundle_id = s.bundle_id
    where s.spoken or t.external_version_id > m.external_version_id`.execute(trx);
  return rows;
}
