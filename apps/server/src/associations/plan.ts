import { type RequestLimits, packChanges } from '@allotment/licensing';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { type UnsentChanges, assignToRequests, takeUnsent } from '../grants/index.ts';
import type { Lease } from './lease.ts';
import { sendableChanges } from './people.ts';
import { type LicenseOp, mayComeLate, writeRequests } from './requests.ts';

/** Changes packed at a time; what is left is packed next. */
const changesAtOnce = 1_000_000;

/**
 * Packs the open changes of a location that are due into requests and writes them, unsent, under the lease's epoch.
 *
 * @param urgentOnly only those that a person waits for
 */
export async function planRequests(
  context: Context,
  trx: Trx,
  lease: Lease,
  limits: RequestLimits,
  urgentOnly: boolean,
): Promise<void> {
  const unsent = await takeUnsent(context, trx, {
    locationUid: lease.locationUid,
    urgentOnly,
    sendable: await sendableChanges(context, trx, lease.locationUid),
    mayComeLate,
    limit: changesAtOnce,
  });
  for (const op of ['disassociate', 'associate'] as const) {
    await writeRectangles(context, trx, lease, op, unsent, limits, urgentOnly);
  }
}

async function writeRectangles(
  context: Context,
  trx: Trx,
  lease: Lease,
  op: LicenseOp,
  unsent: readonly UnsentChanges[],
  limits: RequestLimits,
  urgent: boolean,
): Promise<void> {
  const changes = unsent.filter((change) => change.op === op);
  const drafts = packChanges(changes, limits).map(({ assetIds, holderIds }) => ({
    op,
    urgent,
    assetIds: inOrder(assetIds),
    holderIds: inOrder(holderIds),
  }));
  const ids = await writeRequests(context, trx, lease, drafts);
  await assignToRequests(
    trx,
    drafts.map((draft, i) => ({ ...draft, requestId: ids[i] ?? 0 })),
  );
}

function inOrder(ids: readonly number[]): number[] {
  return ids.toSorted((one, other) => one - other);
}
