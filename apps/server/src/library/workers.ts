import type { Context } from '../context.ts';
import type { Worker } from '../schedule/worker.ts';
import { compareNext } from './compare.ts';
import { readRequested } from './counts.ts';
import { applyNotifications } from './notifications.ts';
import { fetchIcons } from './icons.ts';
import { ifLocationFree } from './location-lock.ts';
import { runSync } from './sync.ts';
import { scheduleDue } from './sync-queue.ts';
import { expireTokens } from './token-states.ts';

/** Locations synced at the same time by one process. */
const lanes = [1, 2];

/** Syncs, Apple's notifications, and single readings in between. */
export function libraryWorkers(context: Context): readonly Worker[] {
  return [
    {
      name: 'library: schedule',
      wokenBy: [],
      run: async () => {
        await expireTokens(context);
        await scheduleDue(context);
        await compareNext(context);
        return false;
      },
    },
    ...lanes.map((lane) => ({
      name: `library: sync ${lane}`,
      wokenBy: ['library'],
      run: async (signal: AbortSignal) => syncNext(context, signal),
    })),
    {
      name: 'library: notifications',
      wokenBy: ['library'],
      run: async () => applyNotifications(context),
    },
    {
      name: 'library: counts',
      wokenBy: ['library'],
      run: async (signal) => readRequested(context, signal),
    },
    {
      name: 'library: icons',
      wokenBy: [],
      run: async (signal) => fetchIcons(context, signal),
    },
  ];
}

/** Runs the oldest sync whose location nobody holds. @returns whether one was run */
async function syncNext(context: Context, signal: AbortSignal): Promise<boolean> {
  const open = await context.db
    .selectFrom('library.sync as sync')
    .innerJoin('library.token as token', 'token.id', 'sync.tokenId')
    .select(['sync.id', 'token.locationUid'])
    .where('sync.state', 'in', ['waiting', 'running'])
    .orderBy('sync.createdAt')
    .execute();
  for (const { id, locationUid } of open) {
    if (await ifLocationFree(context, locationUid, async () => runSync(context, id, signal))) {
      return true;
    }
  }
  return false;
}
