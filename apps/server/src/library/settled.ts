import { sql } from 'kysely';
import type { Trx } from '../db/connect.ts';

/**
 * Keeps what Apple has settled: pairs as two columns of equal length, all assigned or all taken back. A tombstone
 * stays for what was taken back, so that a walk begun earlier does not bring it to life again.
 */
export async function recordSettled(
  trx: Trx,
  assetIds: readonly number[],
  holderIds: readonly number[],
  present: boolean,
): Promise<void> {
  await sql`insert into library.license (asset_id, holder_id, present, changed)
    select asset_id, holder_id, ${present}, (select nextval('db.change_order'))
    from (select distinct * from unnest(${assetIds}::int[], ${holderIds}::int[]) as p (asset_id, holder_id)
      order by asset_id, holder_id) pairs
    on conflict (asset_id, holder_id) do update set present = excluded.present, changed = excluded.changed`.execute(
    trx,
  );
}
