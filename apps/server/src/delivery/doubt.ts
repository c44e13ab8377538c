import { sql } from 'kysely';
import type { Trx } from '../db/connect.ts';
import { requestAssignments } from '../library/index.ts';
import { minuteMs } from './pauses.ts';
import type { Decided } from './store.ts';

/** A reading of who holds a title is good for so long: a fleet that meets the same doubt asks once. */
const goodForMs = 15 * minuteMs;

/**
 * Has Apple asked anew who holds the titles whose license a device did not find. Mostly it was only not spread yet;
 * where it is gone, it is assigned again, and the install follows.
 */
export async function doubtLicenses(
  trx: Trx,
  decided: readonly Decided[],
  now: Date,
): Promise<void> {
  const assetIds = decided.flatMap(({ situation: { task: before, wanted }, task }) => {
    const failed = task?.state === 'failed' && before?.state !== 'failed';
    return failed && task.reason === 'licenseNotFound' && wanted !== undefined
      ? [wanted.assetId]
      : [];
  });
  if (assetIds.length === 0) return;
  const { rows } = await sql<{ assetId: number }>`
    insert into delivery.doubt (asset_id, asked_at)
    select distinct asset_id, ${now}::timestamptz from unnest(${assetIds}::int[]) a (asset_id) order by asset_id
    on conflict (asset_id) do update set asked_at = excluded.asked_at
      where doubt.asked_at <= ${new Date(now.getTime() - goodForMs)}
    returning asset_id`.execute(trx);
  await requestAssignments(
    trx,
    rows.map((row) => row.assetId),
  );
}
