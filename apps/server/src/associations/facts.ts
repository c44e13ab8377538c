import type { EventStatus, LocationClient } from '@allotment/apps-and-books';
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
import { concludeRefused } from './outcomes.ts';
import { readUsers } from './read-users.ts';
import { refusalsOf, settleNamed, withoutReason } from './refusals.ts';
import { type AppleRequest, endSettled, giveBack, isAboutLicenses } from './requests.ts';
import { pairsOfOthers } from './strangers.ts';
import { completeShown, completeUsers, hasOpenUsers, lockUsersOf, refuseUsers } from './users.ts';

/** The pause before Apple is asked again. */
export const statusPauseMs = 30_000;
/**
 * Apple's events take seconds to minutes; after this a pending one is treated as lost and the facts are read. Until
 * then a request whose answer was lost may be pending, too, and is not sent again.
 */
export const pendingTooLongMs = 10 * 60_000;
/** The pause before the outcome of a lost answer is asked for. */
export const unknownCheckMs = 5_000;

/**
 * Reads what Apple shows of a request's assets or people: an unknown outcome is found out by asking (Law 3). What has
 * come true is settled. What has not was refused if the event has ended and all was read without doubt; else it is waited
 * for, and after a while given back to the writer.
 */
export async function checkFacts(
  context: Context,
  request: AppleRequest,
  client: LocationClient,
  signal: AbortSignal,
  ended?: EventStatus,
): Promise<void> {
  const licenses = isAboutLicenses(request);
  const askedAt = context.clock.now();
  let clean = true;
  if (licenses)
    clean = await readAssignments(context, client, request.locationUid, request.assetIds, signal);
  else await readUsers(context, client, request.locationUid, signal);
  await context.db.transaction().execute(async (trx) => {
    await lockStock(trx, request.assetIds);
    if (!(await isAsItWas(trx, request))) return;
    if (licenses) await settleByMirror(context, trx, request, { ended, askedAt, clean });
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

/** What is known of a request beside the mirror. */
interface Known {
  readonly ended: EventStatus | undefined;
  readonly askedAt: Date;
  /** Whether what the mirror does not show is not there. */
  readonly clean: boolean;
}

async function settleByMirror(
  context: Context,
  trx: Trx,
  request: AppleRequest,
  { ended, askedAt, clean }: Known,
): Promise<void> {
  await leaveToOthers(context, trx, request.id, await pairsOfOthers(trx, request.id));
  const came = await pairsThatCame(trx, request, askedAt);
  await settlePairs(context, trx, request.id, came, { kind: 'done' });
  if (ended === undefined) return;
  const refusals = await refusalsOf(trx, request, ended);
  await settleNamed(context, trx, request, refusals);
  if (!clean) return;
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
  await lockUsersOf(trx, [request.id]);
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
