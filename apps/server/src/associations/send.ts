import {
  AppsAndBooksError,
  ForeignOwnerError,
  type LocationClient,
  LocationMismatchError,
  RefusedError,
  UnknownOutcomeError,
} from '@allotment/apps-and-books';
import { retryDelayMs } from '@allotment/licensing';
import type { Context } from '../context.ts';
import { moveToRequest, settlePairs } from '../grants/index.ts';
import { markCredential } from '../library/index.ts';
import { firstCheckMs, unknownCheckMs } from './check.ts';
import { endSettled, settleArrived } from './events.ts';
import type { Lease } from './lease.ts';
import { type AppleRequest, appleTargets, giveBack, startNext } from './requests.ts';

/** Refusals that are about a title, a person or a device of the request, not about the request or the token. */
const aboutPairs = new Set([
  9602, 9605, 9607, 9609, 9610, 9616, 9618, 9619, 9620, 9624, 9626, 9628, 9643, 9706, 9707, 9709,
]);

/**
 * Sends the next planned request. The row says `sending` before the first byte leaves (Law 3).
 *
 * @returns false when there is nothing to send, or nothing more should be sent now
 */
export async function sendNext(
  context: Context,
  lease: Lease,
  client: LocationClient,
  notifications: boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const request = await startNext(context, lease);
  if (request === undefined) return false;
  const targets = await appleTargets(context, request);
  try {
    const answer =
      request.op === 'associate'
        ? await client.associate(targets, signal)
        : await client.disassociate(targets, signal);
    await accepted(context, request, answer.eventId, notifications);
    return true;
  } catch (error) {
    if (!(error instanceof AppsAndBooksError)) {
      await leaveUnknown(context, request, 'The answer was lost on this side.');
      throw error;
    }
    return failed(context, request, error, notifications);
  }
}

async function accepted(
  context: Context,
  request: AppleRequest,
  eventId: string,
  notifications: boolean,
): Promise<void> {
  const now = context.clock.now();
  await context.db.transaction().execute(async (trx) => {
    await trx
      .updateTable('associations.appleRequest')
      .set({
        state: 'accepted',
        eventId,
        acceptedAt: now,
        nextCheckAt: new Date(now.getTime() + firstCheckMs(notifications)),
      })
      .where('id', '=', request.id)
      .where('state', 'in', ['sending', 'unknown'])
      .execute();
    await settleArrived(context, trx, request.locationUid, eventId);
  });
}

async function failed(
  context: Context,
  request: AppleRequest,
  error: AppsAndBooksError,
  notifications: boolean,
): Promise<boolean> {
  await markCredential(context, request.locationUid, error);
  if (error instanceof UnknownOutcomeError) {
    await leaveUnknown(context, request, error.message);
    return false;
  }
  if (
    (error instanceof ForeignOwnerError || error instanceof LocationMismatchError) &&
    error.eventId !== undefined
  ) {
    await accepted(context, request, error.eventId, notifications);
    return false;
  }
  if (error instanceof RefusedError && error.number !== undefined && aboutPairs.has(error.number)) {
    await narrow(context, request, { number: error.number, message: error.message });
    return true;
  }
  const pauseMs = error.retryAfterMs ?? retryDelayMs(request.attempts, context.random);
  const notBefore = new Date(context.clock.now().getTime() + pauseMs);
  await context.db.transaction().execute(async (trx) => {
    await giveBack(trx, request, 'refused', notBefore, {
      number: error.number,
      message: error.message,
    });
  });
  return false;
}

/** Only the culprit is marked: a refused request is sent again as two halves until one pair alone is refused. */
async function narrow(
  context: Context,
  request: AppleRequest,
  error: { readonly number: number; readonly message: string },
): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    const now = context.clock.now();
    const halves = halve(request);
    if (halves === undefined) {
      await settlePairs(context, trx, request.id, request, {
        kind: 'refused',
        number: error.number,
        message: error.message,
      });
      await endSettled(context, trx, [request.id]);
      return;
    }
    for (const half of halves) {
      const { id } = await trx
        .insertInto('associations.appleRequest')
        .values({
          locationUid: request.locationUid,
          op: request.op,
          epoch: request.epoch,
          createdAt: now,
          ...half,
        })
        .returning('id')
        .executeTakeFirstOrThrow();
      await moveToRequest(trx, request.id, id, half.assetIds, half.holderIds);
    }
    await giveBack(trx, request, 'refused', now, error);
  });
}

function halve(request: AppleRequest): { assetIds: number[]; holderIds: number[] }[] | undefined {
  const { assetIds, holderIds } = request;
  if (assetIds.length > 1) {
    const middle = Math.ceil(assetIds.length / 2);
    return [
      { assetIds: assetIds.slice(0, middle), holderIds },
      { assetIds: assetIds.slice(middle), holderIds },
    ];
  }
  if (holderIds.length > 1) {
    const middle = Math.ceil(holderIds.length / 2);
    return [
      { assetIds, holderIds: holderIds.slice(0, middle) },
      { assetIds, holderIds: holderIds.slice(middle) },
    ];
  }
  return undefined;
}

async function leaveUnknown(
  context: Context,
  request: AppleRequest,
  message: string,
): Promise<void> {
  await context.db
    .updateTable('associations.appleRequest')
    .set({
      state: 'unknown',
      errorMessage: message,
      nextCheckAt: new Date(context.clock.now().getTime() + unknownCheckMs),
    })
    .where('id', '=', request.id)
    .where('state', '=', 'sending')
    .execute();
}
