import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../db/connect.ts';

/**
 * Whether the pair's license is at Apple now and still wanted: an expression of SQL, asked again when an install is
 * handed out. One that is on its way back is not, though somebody wants it again by now.
 */
export function isInstallable(
  assetId: RawBuilder<number>,
  holderId: RawBuilder<number>,
): RawBuilder<boolean> {
  return sql`(exists (
      select from grants.installable where asset_id = ${assetId} and holder_id = ${holderId})
    and not exists (
      select from grants.open_change
      where asset_id = ${assetId} and holder_id = ${holderId} and op = 'disassociate'))`;
}

/** The same for a book, asked again when it is handed out. */
export function isReadable(
  assetId: RawBuilder<number>,
  holderId: RawBuilder<number>,
): RawBuilder<boolean> {
  return sql`exists (
    select from grants.readable where asset_id = ${assetId} and holder_id = ${holderId})`;
}

/**
 * Whether decisions are still to be made: what they open could share requests with what is open already. Nobody waits
 * for what could not be decided and is put off.
 */
export async function decisionsWait(db: Database): Promise<boolean> {
  const { rows } = await sql<{ waiting: boolean }>`select
    exists (select from db.note where room = 'grants' and not_before is null) or exists (
      select from grants.pass p where ${goesOn}) as waiting`.execute(db);
  return rows[0]?.waiting === true;
}

/** SQL: of a pass `p` that did not fail last. */
const goesOn = sql`(p.owner is not null or p.leased_until is null)`;

/** Whether a large change that concerns a location is being decided step by step. */
export async function passRuns(db: Database, locationUid: string): Promise<boolean> {
  const { rows } = await sql<{ runs: boolean }>`select exists (
    select from grants.pass p join library.asset a on a.id = any(p.asset_ids)
    where a.location_uid = ${locationUid} and ${goesOn}) as runs`.execute(db);
  return rows[0]?.runs === true;
}

/**
 * Whether any assignment wants this app on the device, licensed or waiting for a license: then nothing removes it. An
 * expression of SQL.
 */
export function isWished(
  deviceId: RawBuilder<string>,
  bundleId: RawBuilder<string>,
): RawBuilder<boolean> {
  return sql`exists (
    select from grants.wished where device_id = ${deviceId} and bundle_id = ${bundleId})`;
}
