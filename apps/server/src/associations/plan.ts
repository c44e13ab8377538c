import { type RequestLimits, packChanges } from '@allotment/licensing';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { assignToRequest, takeUnsent } from '../grants/index.ts';
import type { Lease } from './lease.ts';

/** Changes packed at a time; what is left is packed next. */
const changesAtOnce = 1_000_000;

/** Packs the open changes of a location that are due into requests and writes them, unsent, under the lease's epoch. */
export async function planRequests(
  context: Context,
  trx: Trx,
  lease: Lease,
  limits: RequestLimits,
): Promise<void> {
  const unsent = await takeUnsent(context, trx, lease.locationUid, changesAtOnce);
  for (const op of ['disassociate', 'associate'] as const) {
    for (const rectangle of packChanges(
      unsent.filter((change) => change.op === op),
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
          createdAt: context.clock.now(),
        })
        .returning('id')
        .executeTakeFirstOrThrow();
      await assignToRequest(trx, request.id, op, rectangle.assetIds, rectangle.holderIds);
    }
  }
}
