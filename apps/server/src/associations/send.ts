import {
  type Accepted,
  AppsAndBooksError,
  ForeignOwnerError,
  type LocationClient,
  LocationMismatchError,
  RefusedError,
  UnknownOutcomeError,
} from '@allotment/apps-and-books';
import type { Context } from '../context.ts';
import type { Database } from '../db/connect.ts';
import { firstCheckMs } from './check.ts';
import { settleArrived } from './events.ts';
import { unknownCheckMs } from './facts.ts';
import type { Lease } from './lease.ts';
import { goOnNarrowing, narrow } from './narrow.ts';
import { appleUsers } from './people.ts';
import {
  type AppleRequest,
  appleTargets,
  giveBack,
  growingPauses,
  isAboutLicenses,
  markSending,
  nextPlanned,
} from './requests.ts';

/**
 * A request is on its way this soon after it was marked, or never: a process that was stopped in between does not send
 * what another one has given up and sent again.
 */
const sendWithinMs = 60_000;

/**
 * Sends the next planned request. The row says `sending` before the first byte leaves (Law 3).
 *
 * @returns false when there is nothing to send
 * @throws AppsAndBooksError when nothing more should be sent now; the request's row says what is known of it
 */
export async function sendNext(
  context: Context,
  lease: Lease,
  client: LocationClient,
  notifications: boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const planned = await nextPlanned(context.db, lease);
  if (planned === undefined) return false;
  const post = await preparePost(context.db, planned, client, signal);
  const marked = context.clock.now();
  const request = await markSending(context, lease, planned.id);
  if (request === undefined) return false;
  try {
    const { eventId } = await post(new Date(marked.getTime() + sendWithinMs));
    await accepted(context, request, eventId, notifications);
  } catch (error) {
    await failed(context, request, error, notifications);
  }
  return true;
}

/** The call that a request stands for, with its body read beforehand. */
async function preparePost(
  db: Database,
  request: AppleRequest,
  client: LocationClient,
  signal: AbortSignal,
): Promise<(sendBy: Date) => Promise<Accepted>> {
  if (isAboutLicenses(request)) {
    const targets = await appleTargets(db, request);
    return request.op === 'associate'
      ? async (sendBy) => client.associate(targets, signal, sendBy)
      : async (sendBy) => client.disassociate(targets, signal, sendBy);
  }
  const users = await appleUsers(db, request);
  if (request.op === 'createUsers')
    return async (sendBy) => client.createUsers(users, signal, sendBy);
  if (request.op === 'updateUsers')
    return async (sendBy) => client.updateUsers(users, signal, sendBy);
  const names = users.map((user) => user.clientUserId);
  return async (sendBy) => client.retireUsers(names, signal, sendBy);
}

async function accepted(
  context: Context,
  request: AppleRequest,
  eventId: string,
  notifications: boolean,
): Promise<void> {
  const now = context.clock.now();
  await context.db
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
  await settleArrived(context, request.locationUid, eventId);
  if (request.narrows !== null) await goOnNarrowing(context, request, request.narrows);
}

async function failed(
  context: Context,
  request: AppleRequest,
  error: unknown,
  notifications: boolean,
): Promise<void> {
  if (!(error instanceof AppsAndBooksError) || error instanceof UnknownOutcomeError) {
    await leaveUnknown(context, request, error);
    throw error;
  }
  if (
    (error instanceof ForeignOwnerError || error instanceof LocationMismatchError) &&
    error.eventId !== undefined
  ) {
    await accepted(context, request, error.eventId, notifications);
    throw error;
  }
  if (error instanceof RefusedError && (await narrow(context, request, error))) return;
  await context.db.transaction().execute(async (trx) => {
    const now = context.clock.now();
    // What passes by itself is sent again as soon as the location is asked again.
    const moments = error.retryable ? [now] : growingPauses(context);
    await giveBack(trx, request, 'refused', now, moments, error);
  });
  throw error;
}

async function leaveUnknown(
  context: Context,
  request: AppleRequest,
  error: unknown,
): Promise<void> {
  await context.db
    .updateTable('associations.appleRequest')
    .set({
      state: 'unknown',
      errorMessage:
        error instanceof UnknownOutcomeError ? error.message : 'The answer was lost on this side.',
      nextCheckAt: new Date(context.clock.now().getTime() + unknownCheckMs),
    })
    .where('id', '=', request.id)
    .where('state', '=', 'sending')
    .execute();
}
