import { packChanges } from '@allotment/licensing';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { assignToRequest } from '../grants/index.ts';
import type { Lease } from './lease.ts';

/** Changes packed at a time; what is left is packed next. */
const changesAtOnce = 200_000;

export interface PackingLimits {
  readonly maxAssets: number;
  readonly maxHolders: number;
}

interface UnsentChange {
  readonly assetId: number;
  readonly holderId: number;
  readonly op: 'associate' | 'disassociate';
}

/**
 * Packs the open changes of a location that are due into requests and writes them, unsent, under the lease's epoch.
 *
 * @returns how many requests were written
 */
export async function planRequests(
  context: Context,
  trx: Trx,
  lease: Lease,
  limits: PackingLimits,
): Promise<number> {
  const now = context.clock.now();
  const { rows } = await sql<UnsentChange>`
    select c.asset_id, c.holder_id, c.op from grants.open_change c
    join library.asset a on a.id = c.asset_id
    where a.location_uid = ${lease.locationUid} and c.request_id is null and c.not_before <= ${now}
    order by c.created_at limit ${changesAtOnce} for update of c`.execute(trx);
  let written = 0;
  for (const op of ['disassociate', 'associate'] as const) {
    for (const rectangle of packChanges(
      rows.filter((row) => row.op === op),
      limits,
    )) {
      const request = await trx
        .insertInto('associations.appleRequest')
        .values({
          locationUid: lease.locationUid,
          op,
          assetIds: [...rectangle.assetIds],
          holderIds: [...rectangle.holderIds],
          epoch: lease.epoch,
          createdAt: now,
        })
        .returning('id')
        .executeTakeFirstOrThrow();
      await assignToRequest(trx, request.id, op, rectangle.assetIds, rectangle.holderIds);
      written += 1;
    }
  }
  return written;
}
