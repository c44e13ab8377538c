import { AppsAndBooksError, type LocationClient } from '@allotment/apps-and-books';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { decisionsWait, passRuns } from '../grants/index.ts';
import { credentialFor, lookAtMark, markCredential } from '../library/index.ts';
import { checkDue } from './check.ts';
import { type Lease, endQuiet, holdLease, keepQuiet } from './lease.ts';
import { planUsers } from './people.ts';
import { planRequests } from './plan.ts';
import { giveBackPlanned, recover } from './requests.ts';
import { sendNext } from './send.ts';

/** The writer waits this long at most for decisions that are still under way, so that they share its requests. */
const gatherMs = 3_000;
/** A large change is decided step by step: all of it shares its requests, if that takes no longer than this. */
const gatherPassMs = 5 * 60_000;

/**
 * Asks and sends what is due for one location, unless another process does.
 *
 * @returns false when the location is to be left alone for now
 */
export async function serveLocation(
  context: Context,
  processId: string,
  locationUid: string,
  signal: AbortSignal,
): Promise<boolean> {
  const lease = await holdLease(context, processId, locationUid);
  if (lease === undefined) return false;
  await recover(context, lease);
  const credential = await credentialFor(context, locationUid);
  if (!credential.usable) return false;
  const { client } = credential;
  try {
    const asked = await checkDue(context, lease, client, signal);
    const sent = await write(context, processId, lease, client, signal);
    if (asked + sent > 0 && lease.failures > 0) await endQuiet(context, lease);
    return true;
  } catch (error) {
    if (signal.aborted) throw error;
    await markCredential(context, locationUid, error, credential.tokenId);
    await keepQuiet(context, lease, error instanceof AppsAndBooksError ? error.retryAfterMs : 0);
    await giveBackUnsent(context, lease);
    context.log.warn({ err: error, location: locationUid }, 'a location is left alone for a while');
    return false;
  }
}

/** What waits for longer than a moment is planned anew when it can be sent: decisions can still change it. */
async function giveBackUnsent(context: Context, { locationUid, epoch }: Lease): Promise<void> {
  await context.db
    .transaction()
    .execute(async (trx) => giveBackPlanned(trx, locationUid, epoch, context.clock.now()));
}

/** Packs what is open and sends it. @returns how many requests were sent */
async function write(
  context: Context,
  processId: string,
  lease: Lease,
  client: LocationClient,
  signal: AbortSignal,
): Promise<number> {
  const { locationUid } = lease;
  const location = await context.db
    .selectFrom('library.location')
    .select(['pausedAt', 'notifications', 'lineageKnown'])
    .where('uid', '=', locationUid)
    .executeTakeFirstOrThrow();
  if (location.pausedAt !== null) {
    await giveBackUnsent(context, lease);
    return 0;
  }
  if (!location.lineageKnown) {
    // The note that this leaves lets the writer go on.
    await lookAtMark(context, client, locationUid, signal);
    return 0;
  }
  const gathering = await stillGathering(context, locationUid);
  if (gathering && !(await isUrgent(context, locationUid))) return 0;
  await plan(context, lease, gathering, signal);
  let sent = 0;
  while (!signal.aborted && (await holdLease(context, processId, locationUid)) !== undefined) {
    // Somebody who waits comes before what was planned already.
    if (sent > 0 && (await isUrgent(context, locationUid)))
      await plan(context, lease, true, signal);
    if (!(await sendNext(context, lease, client, location.notifications === 'on', signal))) break;
    sent += 1;
  }
  return sent;
}

async function plan(
  context: Context,
  lease: Lease,
  urgentOnly: boolean,
  signal: AbortSignal,
): Promise<void> {
  const { limits } = await context.apple.serviceConfig(signal);
  await context.db.transaction().execute(async (trx) => {
    await planUsers(context, trx, lease, limits.maxUsers);
    await planRequests(context, trx, lease, limits, urgentOnly);
  });
}

/** Decisions are still being made and none of the open changes that are due has waited too long. */
async function stillGathering(context: Context, locationUid: string): Promise<boolean> {
  if (!(await decisionsWait(context.db))) return false;
  const now = context.clock.now();
  const oldest = await context.db
    .selectFrom('grants.openChange as change')
    .innerJoin('library.asset as asset', 'asset.id', 'change.assetId')
    .select((one) => one.fn.min('change.createdAt').as('since'))
    .where('asset.locationUid', '=', locationUid)
    .where('change.requestId', 'is', null)
    .where('change.notBefore', '<=', now)
    .executeTakeFirst();
  const since = oldest?.since?.getTime() ?? Number.NEGATIVE_INFINITY;
  const mostMs = (await passRuns(context.db, locationUid)) ? gatherPassMs : gatherMs;
  return now.getTime() - since < mostMs;
}

/** Whether a person waits for something that can be sent now. */
async function isUrgent(context: Context, locationUid: string): Promise<boolean> {
  const now = context.clock.now();
  const { rows } = await sql<{ urgent: boolean }>`select exists (
    select from grants.open_change c join library.asset a on a.id = c.asset_id
    where a.location_uid = ${locationUid} and c.urgent and c.request_id is null and c.not_before <= ${now}
      and not exists (select from associations.apple_user u
        where u.location_uid = ${locationUid} and u.holder_id = c.holder_id and u.state in ('absent', 'retired')
          and (u.request_id is not null or u.retry_at > ${now}))) as urgent`.execute(context.db);
  return rows[0]?.urgent === true;
}
