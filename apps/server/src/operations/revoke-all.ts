import type { Actor } from '../audit/record.ts';
import type { Context } from '../context.ts';
import {
  assetsOfLocation,
  closeLocation,
  licensesOfLocation,
  lockStock,
  reopenLocation,
  revokeAgreed,
  revokeArrived,
} from '../grants/index.ts';
import {
  actorOf,
  beginOperation,
  completeOperation,
  type Operation,
  type Order,
  recordProgress,
  refuseWhile,
  stillRuns,
} from './operation.ts';
import { planOperation } from './plan.ts';
import { readServing } from './read-serving.ts';
import { standstill } from './standstill.ts';

/**
 * Begins to take back all licenses that were assigned from here in a token's location (behavior 69): nothing more is
 * granted there, the pairs are put on hold, and what Apple still shows in the end is reported. Never by Apple's
 * revoke, which takes the licenses of others, too (Law 8). Who begins it agrees to the number: the brake lets it pass.
 *
 * @returns the id of the operation
 * @throws Problem `tokenNotFound`, `reasonMissing`, `planChanged`, `operationRunning`
 */
export async function revokeAllOfToken(
  context: Context,
  tokenId: string,
  order: Order,
  actor: Actor,
): Promise<string> {
  return context.db.transaction().execute(async (trx) => {
    const plan = await planOperation(trx, 'revokeAll', tokenId);
    const id = await beginOperation(context, trx, plan, 'holding', order, actor);
    await closeLocation(context, trx, plan.locationUid, order.reason, actor);
    return id;
  });
}

/**
 * Lets grants go on in a location whose licenses were all taken back.
 *
 * @throws Problem `operationRunning` while they still are: it would take back what is granted meanwhile, and never end
 */
export async function reopenAfterRevoke(
  context: Context,
  locationUid: string,
  actor: Actor,
): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    // Who begins such an operation closes the location under the same locks.
    await lockStock(trx, await assetsOfLocation(trx, locationUid));
    await refuseWhile(
      trx,
      { kind: 'revokeAll', locationUid },
      'All licenses of this location are still being taken back: wait for the end of that, or cancel it first.',
    );
    await reopenLocation(context, trx, locationUid, actor);
  });
}

/** Goes on with it. @returns whether it may go on at once */
export async function continueRevokeAll(context: Context, operation: Operation): Promise<boolean> {
  if (operation.step === 'holding') return hold(context, operation);
  if (operation.step === 'returning') return awaitReturns(context, operation);
  return awaitReading(context, operation);
}

/** An asset a transaction: others need not wait for all of them. */
async function hold(context: Context, operation: Operation): Promise<boolean> {
  const { id, locationUid, reason } = operation;
  const actor = actorOf(operation);
  for (const assetId of await assetsOfLocation(context.db, locationUid)) {
    const goesOn = await context.db.transaction().execute(async (trx) => {
      if (!(await stillRuns(trx, id))) return false;
      await revokeAgreed(context, trx, assetId, reason, actor);
      return true;
    });
    if (!goesOn) return false;
  }
  await recordProgress(context.db, id, { step: 'returning', stepAt: context.clock.now() });
  return true;
}

/** Done when nothing of ours is left that may still go back. */
async function awaitReturns(context: Context, operation: Operation): Promise<boolean> {
  const { id, locationUid, total } = operation;
  const { ours, refused } = await licensesOfLocation(context.db, locationUid);
  const done = Math.max(0, total - ours);
  if (ours > refused) {
    await context.db.transaction().execute(async (trx) => {
      if (await stillRuns(trx, id)) await revokeArrived(context, trx, locationUid);
    });
    const waitsFor = await standstill(context, locationUid);
    await recordProgress(context.db, id, { done, waitsFor: waitsFor ?? null });
    return false;
  }
  await context.db.transaction().execute(async (trx) => {
    await recordProgress(trx, id, { done, step: 'reading', stepAt: context.clock.now() });
    await readServing(context, trx, locationUid);
  });
  return false;
}

/**
 * Whichever token serves the location is read: the one that it was begun with may have been deleted since, and a
 * reading that was under way with it.
 */
async function awaitReading(context: Context, operation: Operation): Promise<boolean> {
  const { id, locationUid, total, stepAt } = operation;
  const syncs = await context.db
    .selectFrom('library.sync as sync')
    .innerJoin('library.token as token', 'token.id', 'sync.tokenId')
    .select(['sync.state', 'sync.error', 'sync.finishedAt', 'token.serving'])
    .where('token.locationUid', '=', locationUid)
    .where((where) => where.or([where('startedAt', '>=', stepAt), where('startedAt', 'is', null)]))
    .orderBy('sync.finishedAt')
    .execute();
  const ended = syncs.find(({ finishedAt }) => finishedAt !== null);
  if (ended === undefined) {
    if (!syncs.some(({ serving }) => serving)) {
      await context.db.transaction().execute(async (trx) => readServing(context, trx, locationUid));
    }
    await recordProgress(context.db, id, {
      waitsFor: (await standstill(context, locationUid)) ?? null,
    });
    return false;
  }
  await context.db.transaction().execute(async (trx) => {
    if (!(await stillRuns(trx, id))) return;
    const { ours, irrevocable, notOurs } = await licensesOfLocation(trx, locationUid);
    await completeOperation(context, trx, operation, {
      returned: Math.max(0, total - ours),
      refused: ours,
      irrevocable,
      notOurs,
      readError: ended.state === 'completed' ? null : ended.error,
    });
  });
  return false;
}
