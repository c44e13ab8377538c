import { AppsAndBooksError, type LocationClient } from '@allotment/apps-and-books';
import type { Context } from '../context.ts';
import { decisionsWait } from '../grants/index.ts';
import { credentialFor, markCredential } from '../library/index.ts';
import { checkDue } from './check.ts';
import { type Lease, endQuiet, holdLease, keepQuiet } from './lease.ts';
import { planRequests } from './plan.ts';
import { giveBackPlanned, recover } from './requests.ts';
import { sendNext } from './send.ts';

/** The writer waits this long at most for decisions that are still under way, so that they share its requests. */
const gatherMs = 3_000;

/** Asks and sends what is due for one location, unless another process does. */
export async function serveLocation(
  context: Context,
  processId: string,
  locationUid: string,
  signal: AbortSignal,
): Promise<void> {
  const lease = await holdLease(context, processId, locationUid);
  if (lease === undefined) return;
  await recover(context, lease);
  const credential = await credentialFor(context, locationUid);
  if (!credential.usable) return;
  const { client } = credential;
  try {
    const asked = await checkDue(context, lease, client, signal);
    const sent = await write(context, processId, lease, client, signal);
    if (asked + sent > 0 && lease.failures > 0) await endQuiet(context, lease);
  } catch (error) {
    if (signal.aborted) throw error;
    await markCredential(context, locationUid, error);
    await keepQuiet(context, lease, error instanceof AppsAndBooksError ? error.retryAfterMs : 0);
    context.log.warn({ err: error, location: locationUid }, 'a location is left alone for a while');
  }
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
    .select(['pausedAt', 'notifications'])
    .where('uid', '=', locationUid)
    .executeTakeFirstOrThrow();
  if (location.pausedAt !== null) {
    await context.db
      .transaction()
      .execute(async (trx) => giveBackPlanned(trx, locationUid, lease.epoch, context.clock.now()));
    return 0;
  }
  if (await stillGathering(context, locationUid)) return 0;
  const { limits } = await context.apple.serviceConfig(signal);
  await context.db.transaction().execute(async (trx) => planRequests(context, trx, lease, limits));
  let sent = 0;
  while (!signal.aborted && (await holdLease(context, processId, locationUid)) !== undefined) {
    if (!(await sendNext(context, lease, client, location.notifications === 'on', signal))) break;
    sent += 1;
  }
  return sent;
}

/** Decisions are still being made and none of the open changes has waited too long. */
async function stillGathering(context: Context, locationUid: string): Promise<boolean> {
  if (!(await decisionsWait(context.db))) return false;
  const oldest = await context.db
    .selectFrom('grants.openChange as change')
    .innerJoin('library.asset as asset', 'asset.id', 'change.assetId')
    .select((one) => one.fn.min('change.createdAt').as('since'))
    .where('asset.locationUid', '=', locationUid)
    .where('change.requestId', 'is', null)
    .executeTakeFirst();
  const since = oldest?.since?.getTime() ?? Number.NEGATIVE_INFINITY;
  return context.clock.now().getTime() - since < gatherMs;
}
