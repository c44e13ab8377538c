import {
  AppsAndBooksError,
  type EventStatus,
  type LocationClient,
} from '@allotment/apps-and-books';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import {
  leaveToOthers,
  lockStock,
  openPairs,
  type Pairs,
  settlePairs,
  shownPairsOf,
} from '../grants/index.ts';
import { readAssignments } from '../library/index.ts';
import { askAboutDoubt } from './doubt.ts';
import type { Lease } from './lease.ts';
import { pairsNamed } from './named.ts';
import { concludeRefused, doubtOf } from './outcomes.ts';
import { readUsers } from './read-users.ts';
import { type AppleRequest, endSettled, giveBack, isAboutLicenses } from './requests.ts';
import { pairsOfOthers } from './strangers.ts';
import { type Said, completeShown, completeUsers, hasOpenUsers, refuseUsers } from './users.ts';

const statusPauseMs = 30_000;
const statusAfterNotificationsMs = 5 * 60_000;
/**
 * Apple's events take seconds to minutes; after this a pending one is treated as lost and the facts are read. Until
 * then a request whose answer was lost may be pending, too, and is not sent again.
 */
const pendingTooLongMs = 10 * 60_000;
const eventNotFound = 9708;
const requestsAtOnce = 20;

/** The pause before the outcome of a lost answer is asked for. */
export const unknownCheckMs = 5_000;

/** The pause before the first status poll: notifications come first where Apple sends them. */
export function firstCheckMs(notifications: boolean): number {
  return notifications ? statusAfterNotificationsMs : statusPauseMs;
}

/** What Apple refused of a request; pairs: undefined when it named none. */
interface Refusal {
  readonly pairs: Pairs | undefined;
  readonly said: Said;
}

const withoutReason: Said = { number: 0, message: 'Apple refused without saying why.' };

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
      if (doubt !== undefined) {
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

async function refusalsOf(
  trx: Trx,
  request: AppleRequest,
  status: EventStatus,
): Promise<readonly Refusal[]> {
  const refusals: Refusal[] = [];
  for (const { errorNumber, errorMessage, errorInfo } of status.failures) {
    refusals.push({
      pairs: errorInfo === undefined ? undefined : await pairsNamed(trx, request, errorInfo),
      said: { number: errorNumber, message: errorMessage },
    });
  }
  return refusals;
}

/** Each pair goes by the first refusal that names it. */
async function settleNamed(
  context: Context,
  trx: Trx,
  request: AppleRequest,
  refusals: readonly Refusal[],
): Promise<void> {
  for (const { pairs, said } of refusals) {
    if (pairs !== undefined) await concludeRefused(context, trx, request, pairs, said);
  }
}

/**
 * Reads what Apple shows of a request's assets or people: an unknown outcome is found out by asking (Law 3). What has
 * come true is settled. What has not was refused if the event has ended; else it is waited for, and after a while
 * given back to the writer.
 */
async function checkFacts(
  context: Context,
  request: AppleRequest,
  client: LocationClient,
  signal: AbortSignal,
  ended?: EventStatus,
): Promise<void> {
  const licenses = isAboutLicenses(request);
  const askedAt = context.clock.now();
  if (licenses)
    await readAssignments(context, client, request.locationUid, request.assetIds, signal);
  else await readUsers(context, client, request.locationUid, signal);
  await context.db.transaction().execute(async (trx) => {
    await lockStock(trx, request.assetIds);
    if (!(await isAsItWas(trx, request))) return;
    if (licenses) await settleByMirror(context, trx, request, ended, askedAt);
    else await settleByUsers(context, trx, request, ended);
    await endSettled(context, trx, [request.id]);
    await waitOrGiveBack(context, trx, request, askedAt);
  });
}

/**
 * Whether nothing became known of a request while Apple was asked: a process that stood still may have sent it only
 * now, and what was read says nothing of that. Locks it, after its assets as everybody does.
 */
async function isAsItWas(trx: Trx, { id, state, eventId }: AppleRequest): Promise<boolean> {
  const row = await trx
    .selectFrom('associations.appleRequest')
    .select('id')
    .where('id', '=', id)
    .where('state', '=', state)
    .where('eventId', 'is not distinct from', eventId)
    .forUpdate()
    .executeTakeFirst();
  return row !== undefined;
}

async function settleByMirror(
  context: Context,
  trx: Trx,
  request: AppleRequest,
  ended: EventStatus | undefined,
  askedAt: Date,
): Promise<void> {
  await leaveToOthers(context, trx, request.id, await pairsOfOthers(trx, request.id));
  const came = await pairsThatCame(trx, request, askedAt);
  await settlePairs(context, trx, request.id, came, { kind: 'done' });
  if (ended === undefined) return;
  const refusals = await refusalsOf(trx, request, ended);
  await settleNamed(context, trx, request, refusals);
  // A refusal that names nothing is meant for all that are left; so is the first, where the names fall short.
  const rest = refusals.find(({ pairs }) => pairs === undefined) ?? refusals[0];
  const left = await openPairs(trx, request.id);
  await concludeRefused(context, trx, request, left, rest?.said ?? withoutReason);
}

/**
 * What came true by this request. One of which we do not know that it reached Apple may be shown in part because
 * somebody else has assigned that part: the rest, or word of the others, is waited for (Law 8).
 */
async function pairsThatCame(trx: Trx, request: AppleRequest, askedAt: Date): Promise<Pairs> {
  const shown = await shownPairsOf(trx, request.id);
  if (request.state !== 'unknown' || request.op !== 'associate' || isTooOld(request, askedAt))
    return shown;
  const open = await openPairs(trx, request.id);
  return shown.assetIds.length === open.assetIds.length ? shown : { assetIds: [], holderIds: [] };
}

async function settleByUsers(
  context: Context,
  trx: Trx,
  request: AppleRequest,
  ended: EventStatus | undefined,
): Promise<void> {
  for (const { errorNumber: number, errorMessage: message, errorInfo } of ended?.failures ?? []) {
    const names = errorInfo?.clientUserIds ?? [];
    if (names.length > 0) await refuseUsers(context, trx, request, names, { number, message });
  }
  await completeShown(trx, request);
  if (ended === undefined) return;
  const rest = ended.failures.find(
    ({ errorInfo }) => (errorInfo?.clientUserIds ?? []).length === 0,
  );
  if (rest === undefined) await completeUsers(trx, request, undefined);
  else {
    const said = { number: rest.errorNumber, message: rest.errorMessage };
    await refuseUsers(context, trx, request, undefined, said);
  }
}

/**
 * @param askedAt when Apple was asked for what has been read: a process that stood still since then knows nothing of
 *   what came true meanwhile
 */
async function waitOrGiveBack(
  context: Context,
  trx: Trx,
  request: AppleRequest,
  askedAt: Date,
): Promise<void> {
  const open = await openPairs(trx, request.id);
  if (open.assetIds.length === 0 && !(await hasOpenUsers(trx, request.id))) return;
  const now = context.clock.now();
  if (isTooOld(request, askedAt)) {
    await giveBack(trx, request, 'abandoned', now, [now], {
      message: 'Apple shows nothing of this request; it is sent again.',
    });
    return;
  }
  const pauseMs = Math.min(statusPauseMs, Math.max(unknownCheckMs, ageOf(request, askedAt) / 2));
  await trx
    .updateTable('associations.appleRequest')
    .set({ nextCheckAt: new Date(now.getTime() + pauseMs) })
    .where('id', '=', request.id)
    .execute();
}

function ageOf({ sentAt, createdAt }: AppleRequest, at: Date): number {
  return at.getTime() - (sentAt ?? createdAt).getTime();
}

/** What it was to bring about is not waited for any longer. */
function isTooOld(request: AppleRequest, at: Date): boolean {
  return ageOf(request, at) >= pendingTooLongMs;
}

async function checkAgain(context: Context, request: AppleRequest): Promise<void> {
  await context.db
    .updateTable('associations.appleRequest')
    .set({ nextCheckAt: new Date(context.clock.now().getTime() + statusPauseMs) })
    .where('id', '=', request.id)
    .execute();
}
