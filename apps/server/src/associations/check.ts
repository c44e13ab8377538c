import {
  AppsAndBooksError,
  type EventStatus,
  type LocationClient,
} from '@allotment/apps-and-books';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { type Pairs, openPairs, settlePairs } from '../grants/index.ts';
import { markCredential, readAssignments } from '../library/index.ts';
import { endSettled } from './events.ts';
import type { Lease } from './lease.ts';
import { type AppleRequest, giveBack } from './requests.ts';

const statusPauseMs = 30_000;
const statusAfterNotificationsMs = 5 * 60_000;
/** Apple's events take seconds to minutes; after this a pending one is treated as lost and the facts are read. */
const pendingTooLongMs = 10 * 60_000;
/** How long the assignments must go on showing nothing of a request of unknown outcome before it is sent again. */
const unknownTooLongMs = 3 * 60_000;
const eventNotFound = 9708;

/** The pause before the outcome of a lost answer is asked for. */
export const unknownCheckMs = 5_000;

/** The pause before the first status poll: notifications come first where Apple sends them. */
export function firstCheckMs(notifications: boolean): number {
  return notifications ? statusAfterNotificationsMs : statusPauseMs;
}

/** Asks Apple what became of the requests of a location that are due. */
export async function checkDue(
  context: Context,
  lease: Lease,
  client: LocationClient,
  signal: AbortSignal,
): Promise<void> {
  const due = await context.db
    .selectFrom('associations.appleRequest')
    .selectAll()
    .where('locationUid', '=', lease.locationUid)
    .where('state', 'in', ['accepted', 'unknown'])
    .where('nextCheckAt', '<=', context.clock.now())
    .orderBy('id')
    .limit(20)
    .execute();
  for (const request of due) {
    try {
      if (request.state === 'accepted' && request.eventId !== null) {
        await checkStatus(context, request, request.eventId, client, signal);
      } else {
        await checkFacts(context, request, client, signal);
      }
    } catch (error) {
      if (!(error instanceof AppsAndBooksError)) throw error;
      await markCredential(context, lease.locationUid, error);
      await checkAgain(context, request, error.retryAfterMs ?? statusPauseMs);
      context.log.warn(
        { err: error, request: request.id },
        'Apple did not say what became of a request',
      );
      return;
    }
  }
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
  if (status.status === 'PENDING') {
    const age = context.clock.now().getTime() - (request.acceptedAt ?? request.createdAt).getTime();
    if (age < pendingTooLongMs) await checkAgain(context, request, statusPauseMs);
    else await checkFacts(context, request, client, signal);
    return;
  }
  const complete = await context.db
    .transaction()
    .execute(async (trx) => settleStatus(context, trx, request, status));
  if (!complete) await checkFacts(context, request, client, signal);
}

/** Settles by `/status`. False when Apple's numbers leave pairs unexplained: then the facts decide. */
async function settleStatus(
  context: Context,
  trx: Trx,
  request: AppleRequest,
  status: EventStatus,
): Promise<boolean> {
  let refused = 0;
  for (const failure of status.failures) {
    const pairs = await pairsNamed(trx, request, failure.errorInfo);
    refused += pairs.assetIds.length;
    await settlePairs(context, trx, request.id, pairs, {
      kind: 'refused',
      number: failure.errorNumber,
      message: failure.errorMessage,
    });
  }
  const explained =
    status.status === 'COMPLETE' || status.numCompleted + refused >= status.numRequested;
  if (explained)
    await settlePairs(context, trx, request.id, await openPairs(trx, request.id), { kind: 'done' });
  await endSettled(context, trx, [request.id]);
  return explained;
}

/** The pairs of a request that a failure names; a kind of target it does not name is meant whole. */
async function pairsNamed(
  trx: Trx,
  request: AppleRequest,
  info: EventStatus['failures'][number]['errorInfo'],
): Promise<Pairs> {
  const assets = info?.assets ?? [];
  const holders = [...(info?.serialNumbers ?? []), ...(info?.clientUserIds ?? [])];
  const { rows } = await sql<{ assetId: number; holderId: number }>`
    select a.id as asset_id, h.id as holder_id
    from library.asset a cross join library.holder h
    where a.id = any(${request.assetIds}::int[]) and h.id = any(${request.holderIds}::int[])
      and (${assets.length === 0} or (a.adam_id, a.pricing_param) in (
        select * from unnest(${assets.map((asset) => asset.adamId)}::text[], ${assets.map((asset) => asset.pricingParam ?? 'STDQ')}::text[])))
      and (${holders.length === 0} or h.key = any(${holders}::text[]))`.execute(trx);
  return { assetIds: rows.map((row) => row.assetId), holderIds: rows.map((row) => row.holderId) };
}

/**
 * Reads what Apple has assigned of a request's assets: an unknown outcome is found out by asking (Law 3). What has
 * come true is settled; what has not is waited for, and after a while given back to the writer.
 */
async function checkFacts(
  context: Context,
  request: AppleRequest,
  client: LocationClient,
  signal: AbortSignal,
): Promise<void> {
  await readAssignments(context, client, request.locationUid, request.assetIds, signal);
  await context.db.transaction().execute(async (trx) => {
    const present = request.op === 'associate';
    const { rows } = await sql<{ assetId: number; holderId: number }>`
      select c.asset_id, c.holder_id from grants.open_change c
      left join library.license l on l.asset_id = c.asset_id and l.holder_id = c.holder_id
      where c.request_id = ${request.id} and coalesce(l.present, false) = ${present}`.execute(trx);
    await settlePairs(
      context,
      trx,
      request.id,
      { assetIds: rows.map((row) => row.assetId), holderIds: rows.map((row) => row.holderId) },
      { kind: 'done' },
    );
    await endSettled(context, trx, [request.id]);
    await waitOrGiveBack(context, trx, request);
  });
}

async function waitOrGiveBack(context: Context, trx: Trx, request: AppleRequest): Promise<void> {
  const open = await openPairs(trx, request.id);
  if (open.assetIds.length === 0) return;
  const now = context.clock.now();
  const limitMs = request.state === 'unknown' ? unknownTooLongMs : pendingTooLongMs;
  const ageMs = now.getTime() - (request.sentAt ?? request.createdAt).getTime();
  if (ageMs >= limitMs) {
    await giveBack(trx, request, 'abandoned', now, {
      number: undefined,
      message: 'Apple shows nothing of this request; it is sent again.',
    });
    return;
  }
  await trx
    .updateTable('associations.appleRequest')
    .set({
      nextCheckAt: new Date(
        now.getTime() + Math.min(statusPauseMs, Math.max(unknownCheckMs, ageMs / 2)),
      ),
    })
    .where('id', '=', request.id)
    .execute();
}

async function checkAgain(context: Context, request: AppleRequest, pauseMs: number): Promise<void> {
  await context.db
    .updateTable('associations.appleRequest')
    .set({ nextCheckAt: new Date(context.clock.now().getTime() + pauseMs) })
    .where('id', '=', request.id)
    .execute();
}
