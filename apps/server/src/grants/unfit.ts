import type { LicenseType } from '@allotment/licensing';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { assetsOfApps } from './assets-of.ts';
import { listCandidates } from './candidates.ts';
import { resolve } from './resolve.ts';
import { clearWorkTables } from './work-tables.ts';

/** A device that an app is assigned to and that cannot use it with that type of license. */
export interface UnfitDevice {
  readonly deviceId: string;
  readonly licenseType: LicenseType;
}

/** Looked at together: the same as a decision does. */
const holdersAtOnce = 5_000;
const timeLimitMs = 30_000;

/**
 * The devices that an app's assignments mean and that cannot use it: they take no seat. Nothing is stored of them, so
 * the assignments are resolved, as a decision would.
 *
 * @throws an error of the database when it takes longer than half a minute
 */
export async function unfitDevices(
  context: Context,
  appId: string,
): Promise<readonly UnfitDevice[]> {
  return context.db.transaction().execute(async (trx) => {
    await sql`select set_config('statement_timeout', ${String(timeLimitMs)}, true)`.execute(trx);
    const assetIds = await assetsOfApps(trx, [appId]);
    const holderIds = (await listCandidates(context, trx, { assetIds, groupId: null })) ?? [];
    const found: UnfitDevice[] = [];
    for (let start = 0; start < holderIds.length; start += holdersAtOnce) {
      await clearWorkTables(trx);
      await resolve(trx, { assetIds, holderIds: holderIds.slice(start, start + holdersAtOnce) });
      const { rows } = await sql<UnfitDevice>`select device_id, license_type from resolved
        where app_id = ${appId} and mine and device_id is not null and verdict = 'notApplicable'`.execute(
        trx,
      );
      found.push(...rows);
    }
    return found;
  });
}
