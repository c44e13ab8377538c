import type { Context } from '../context.ts';
import { notesWait } from '../db/notes.ts';
import { credentialFor } from '../library/index.ts';
import type { Worker } from '../schedule/worker.ts';
import { checkDue } from './check.ts';
import { drainEvents } from './events.ts';
import { busyLocations, holdLease, releaseLeases } from './lease.ts';
import { planRequests } from './plan.ts';
import { recover } from './requests.ts';
import { sendNext } from './send.ts';

/** The writer waits this long at most for decisions that are still under way, so that they share its requests. */
const gatherMs = 3_000;

/** The location writers: few, large requests to Apple, and what became of them. */
export function associationsWorkers(context: Context, processId: string): readonly Worker[] {
  context.signal.addEventListener('abort', () => {
    releaseLeases(context, processId).catch((error: unknown) =>
      context.log.debug({ err: error }, 'leases were not released; they expire'),
    );
  });
  return [
    {
      name: 'associations: events',
      wokenBy: ['associations'],
      run: async () => drainEvents(context),
    },
    {
      name: 'associations: writer',
      wokenBy: ['associations'],
      run: async (signal) => {
        const locations = await busyLocations(context.db, context.clock.now());
        await Promise.all(locations.map(async (uid) => serve(context, processId, uid, signal)));
        return false;
      },
    },
  ];
}

async function serve(
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
  await checkDue(context, lease, credential.client, signal);
  const location = await context.db
    .selectFrom('library.location')
    .select(['pausedAt', 'notifications'])
    .where('uid', '=', locationUid)
    .executeTakeFirstOrThrow();
  if (location.pausedAt !== null || (await stillGathering(context, locationUid))) return;
  const { limits } = await context.apple.serviceConfig(signal);
  const packing = { maxAssets: limits.maxAssets, maxHolders: limits.maxSerialNumbers };
  await context.db.transaction().execute(async (trx) => planRequests(context, trx, lease, packing));
  while (!signal.aborted && (await holdLease(context, processId, locationUid)) !== undefined) {
    if (
      !(await sendNext(context, lease, credential.client, location.notifications === 'on', signal))
    )
      return;
  }
}

/** Decisions are still being made and none of the open changes has waited too long. */
async function stillGathering(context: Context, locationUid: string): Promise<boolean> {
  if (!(await notesWait(context.db, 'grants'))) return false;
  const oldest = await context.db
    .selectFrom('grants.openChange as change')
    .innerJoin('library.asset as asset', 'asset.id', 'change.assetId')
    .select((one) => one.fn.min('change.createdAt').as('since'))
    .where('asset.locationUid', '=', locationUid)
    .where('change.requestId', 'is', null)
    .executeTakeFirst();
  const since = oldest?.since ?? undefined;
  return since !== undefined && context.clock.now().getTime() - since.getTime() < gatherMs;
}
