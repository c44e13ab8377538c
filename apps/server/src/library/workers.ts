import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Worker } from '../schedule/worker.ts';
import { readRequested } from './counts.ts';
import { expireTokens } from './credentials.ts';
import { applyNotifications } from './notifications.ts';
import { runSync } from './sync.ts';
import { scheduleDue } from './sync-queue.ts';

/** Locations synced at the same time by one process. */
const lanes = [1, 2];

/** First key of the advisory locks of syncs; the second is a hash of the location. */
const syncLock = 4_219_001;

/** Syncs, Apple's notifications, and single readings in between. */
export function libraryWorkers(context: Context): readonly Worker[] {
  return [
    {
      name: 'library: schedule',
      wokenBy: [],
      run: async () => {
        await expireTokens(context);
        await scheduleDue(context);
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
  ];
}

/**
 * Runs the oldest sync whose location no other process is syncing. The lock is the connection's: a process that is
 * killed loses it, and its sync is found and run again.
 *
 * @returns whether one was run
 */
async function syncNext(context: Context, signal: AbortSignal): Promise<boolean> {
  return context.db.connection().execute(async (connection) => {
    const { rows } = await sql<{ id: string; lock: number }>`
      select s.id, hashtext(t.location_uid) as lock
      from library.sync s join library.token t on t.id = s.token_id
      where s.state in ('waiting', 'running') order by s.created_at`.execute(connection);
    for (const { id, lock } of rows) {
      const taken = await sql<{ taken: boolean }>`
        select pg_try_advisory_lock(${syncLock}, ${lock}) as taken`.execute(connection);
      if (taken.rows[0]?.taken !== true) continue;
      try {
        await runSync(context, id, signal);
      } finally {
        await sql`select pg_advisory_unlock(${syncLock}, ${lock})`.execute(connection);
      }
      return true;
    }
    return false;
  });
}
