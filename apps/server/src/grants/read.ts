import { sql } from 'kysely';
import type { Database } from '../db/connect.ts';

/** Whether the pair's license is at Apple now and still wanted: asked again when an install is handed out. */
export async function stillInstallable(
  db: Database,
  assetId: number,
  holderId: number,
): Promise<boolean> {
  const { rows } = await sql<{ installable: boolean }>`select exists (
    select from grants.installable where asset_id = ${assetId} and holder_id = ${holderId}) as installable`.execute(
    db,
  );
  return rows[0]?.installable === true;
}
