import { AppsAndBooksError } from '@allotment/apps-and-books';
import { sql } from 'kysely';
import type { Actor } from '../audit/record.ts';
import { giveBackPlanned } from '../associations/requests.ts';
import type { Context } from '../context.ts';
import type { Database } from '../db/connect.ts';
import { keepAsHistory, licensesOfLocation } from '../grants/index.ts';
import {
  forgetToken,
  ifLocationFree,
  liftDeletionPause,
  pauseForDeletion,
  releaseLocation,
  type Withdrawn,
} from '../library/index.ts';
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
import { credentialGap } from './standstill.ts';

/** What Apple is still working on is waited for so long; then it is listed. */
const settleMs = 10 * 60_000;
/** Apple is asked so long to forget us; then that is left. */
const withdrawMs = 10 * 60_000;

/**
 * Deletes a token (behaviors 64 to 68): nothing is taken back and nothing removed. Where another token of the location
 * stands, it is gone at once (65); otherwise by an operation, which stops the traffic of the location first.
 *
 * @returns the operation's id; undefined when the token is gone already
 * @throws Problem `tokenNotFound`, `reasonMissing`, `operationRunning`
 */
export async function deleteToken(
  context: Context,
  tokenId: string,
  order: Order,
  actor: Actor,
): Promise<string | undefined> {
  return context.db.transaction().execute(async (trx) => {
    const plan = await planOperation(trx, 'deleteToken', tokenId);
    if (plan.otherToken !== null) {
      // One that was begun while this token was the only one.
      await refuseWhile(
        trx,
        { kind: 'deleteToken', tokenId },
        'This token is being deleted already: wait for the end of that, or cancel it.',
      );
      await forgetToken(context, trx, tokenId, { ...actor, reason: order.reason });
      return undefined;
    }
    const id = await beginOperation(context, trx, plan, 'settling', order, actor);
    await pauseForDeletion(context, trx, plan.locationUid, actor);
    return id;
  });
}

/** Goes on with it. @returns whether it may go on at once */
export async function continueDeletion(
  context: Context,
  operation: Operation,
  signal: AbortSignal,
): Promise<boolean> {
  return operation.step === 'settling'
    ? awaitSettling(context, operation)
    : withdraw(context, operation, signal);
}

/** Requests that are with Apple are settled first, as far as Apple can be asked about them. */
async function awaitSettling(context: Context, operation: Operation): Promise<boolean> {
  const { id, locationUid, stepAt } = operation;
  const open = await openRequests(context.db, locationUid);
  const waited = context.clock.now().getTime() - stepAt.getTime();
  const reachable = (await credentialGap(context, locationUid)) === undefined;
  if (open.length > 0 && reachable && waited < settleMs) {
    await recordProgress(context.db, id, {
      waitsFor: `Apple is working on ${open.length} requests.`,
    });
    return false;
  }
  await recordProgress(context.db, id, { step: 'withdrawing', stepAt: context.clock.now() });
  return true;
}

async function withdraw(
  context: Context,
  operation: Operation,
  signal: AbortSignal,
): Promise<boolean> {
  const { id, locationUid, stepAt } = operation;
  // While a sync holds the location it could claim it again.
  const free = await ifLocationFree(context, locationUid, async () => {
    // Whoever cancels it from now on has a sync put right what is withdrawn meanwhile.
    if (!(await context.db.transaction().execute(async (trx) => stillRuns(trx, id)))) return;
    let withdrawn: Withdrawn;
    try {
      withdrawn = await releaseLocation(context, locationUid, signal);
    } catch (error) {
      if (!(error instanceof AppsAndBooksError)) throw error;
      if (context.clock.now().getTime() - stepAt.getTime() < withdrawMs) {
        await recordProgress(context.db, id, { waitsFor: error.message });
        return;
      }
      withdrawn = { notifications: error.message, claim: error.message };
    }
    await forget(context, operation, withdrawn);
  });
  if (!free)
    await recordProgress(context.db, id, { waitsFor: 'A sync of the location is ending.' });
  return false;
}

async function forget(context: Context, operation: Operation, withdrawn: Withdrawn): Promise<void> {
  const { id, locationUid, tokenId } = operation;
  await context.db.transaction().execute(async (trx) => {
    if (!(await stillRuns(trx, id))) return;
    const { ours, irrevocable, notOurs } = await licensesOfLocation(trx, locationUid);
    const open = await openRequests(trx, locationUid);
    if (await forgetToken(context, trx, tokenId, actorOf(operation))) {
      await giveBackPlanned(trx, locationUid, Number.MAX_SAFE_INTEGER, context.clock.now());
      await keepAsHistory(context, trx, locationUid);
    } else {
      await liftDeletionPause(trx, locationUid);
    }
    await completeOperation(context, trx, operation, {
      stillAssigned: ours + irrevocable,
      notOurs,
      openRequests: open,
      withdrawn,
    });
  });
}

/** Requests of which it is not known yet what Apple made of them. */
async function openRequests(
  db: Database,
  locationUid: string,
): Promise<readonly { readonly op: string; readonly eventId: string | null }[]> {
  const { rows } = await sql<{ op: string; eventId: string | null }>`
    select op, event_id from associations.apple_request
    where location_uid = ${locationUid} and state in ('sending', 'accepted', 'unknown') order by id limit 100`.execute(
    db,
  );
  return rows;
}
