import {
  AppsAndBooksError,
  type EventStatus,
  type LocationClient,
} from '@allotment/apps-and-books';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { lockStock, openPairs, settlePairs } from '../grants/index.ts';
import { askAboutDoubt } from './doubt.ts';
import type { Lease } from './lease.ts';
import { askAboutUsers } from './gone-users.ts';
import { checkFacts, pendingTooLongMs, statusPauseMs } from './facts.ts';
import { doubtOf } from './outcomes.ts';
import { refusalsOf, settleNamed } from './refusals.ts';
import { type AppleRequest, endSettled, isAboutLicenses } from './requests.ts';

const statusAfterNotificationsMs = 5 * 60_000;
const eventNotFound = 9708;
const requestsAtOnce = 20;

/** The pause before the first status poll: notifications come first where Apple sends them. */
export function firstCheckMs(notifications: boolean): number {
  return notifications ? statusAfterNotificationsMs : statusPauseMs;
}

/**
 * Asks Apple what became of the requests of a location that are due.
 *
 * @returns how many were asked about
 * @throws AppsAndBooksError when Apple cannot be asked now
 */
export async function checkDue(
  context: Context,
  lease: Lease,
  client: LocationClient,
  signal: AbortSignal,
): Promise<number> {
  const due = await context.db
    .selectFrom('associations.appleRequest')
    .selectAll()
    .where('locationUid', '=', lease.locationUid)
    .where('state', 'in', ['accepted', 'unknown'])
    .where('nextCheckAt', '<=', context.clock.now())
    .orderBy('id')
    .limit(requestsAtOnce)
    .execute();
  for (const request of due) {
    try {
      const doubt = doubtOf(request);
      if (doubt !== undefined && !isAboutLicenses(request)) {
        await askAboutUsers(context, request, client, signal);
      } else if (doubt !== undefined) {
        await askAboutDoubt(context, request, doubt, client, signal);
      } else if (request.state === 'accepted' && request.eventId !== null) {
        await checkStatus(context, request, request.eventId, client, signal);
      } else {
        await checkFacts(context, request, client, signal);
      }
    } catch (error) {
      if (!(error instanceof AppsAndBooksError)) throw error;
      // One answer that makes no sense must not stop the others; an outage or a dead token stops them all.
      if (error.retryable || error.who === 'administrator') throw error;
      await checkAgain(context, request);
      context.log.warn(
        { err: error, request: request.id },
        'Apple did not say what became of a request',
      );
    }
  }
  return due.length;
}

async function checkStatus(
  context: Context,
  request: AppleRequest,
  eventId: string,
  client: LocationClient,
  signal: AbortSignal,
): Promise<void> {
  let status: EventStatus;
  try {
    status = await client.eventStatus(eventId, signal);
  } catch (error) {
    if (!(error instanceof AppsAndBooksError) || error.number !== eventNotFound) throw error;
    await checkFacts(context, request, client, signal);
    return;
  }
  if (status.status !== 'COMPLETE' && status.status !== 'FAILED') {
    const age = context.clock.now().getTime() - (request.acceptedAt ?? request.createdAt).getTime();
    if (age < pendingTooLongMs) await checkAgain(context, request);
    else await checkFacts(context, request, client, signal);
    return;
  }
  const settled =
    isAboutLicenses(request) &&
    (await context.db
      .transaction()
      .execute(async (trx) => settleStatus(context, trx, request, status)));
  if (!settled) await checkFacts(context, request, client, signal, status);
}

/** Settles an ended event where Apple's numbers and names explain every pair. @returns whether they do */
async function settleStatus(
  context: Context,
  trx: Trx,
  request: AppleRequest,
  status: EventStatus,
): Promise<boolean> {
  const refusals = await refusalsOf(trx, request, status);
  const named = refusals.reduce((sum, { pairs }) => sum + (pairs?.assetIds.length ?? 0), 0);
  const complete = status.status === 'COMPLETE' && refusals.length === 0;
  const exact =
    refusals.length > 0 &&
    refusals.every(({ pairs }) => pairs !== undefined) &&
    named === status.numRequested - status.numCompleted;
  if (!complete && !exact) return false;
  await lockStock(trx, request.assetIds);
  await settleNamed(context, trx, request, refusals);
  await settlePairs(context, trx, request.id, await openPairs(trx, request.id), { kind: 'done' });
  await endSettled(context, trx, [request.id]);
  return true;
}

async function checkAgain(context: Context, request: AppleRequest): Promise<void> {
  await context.db
    .updateTable('associations.appleRequest')
    .set({ nextCheckAt: new Date(context.clock.now().getTime() + statusPauseMs) })
    .where('id', '=', request.id)
    .execute();
}
