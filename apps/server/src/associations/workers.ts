import type { Context } from '../context.ts';
import type { Worker } from '../schedule/worker.ts';
import { drainEvents } from './events.ts';
import { busyLocations, releaseLeases } from './lease.ts';
import { readDueUsers } from './read-users.ts';
import { serveLocation } from './writer.ts';

/** The location writers: few, large requests to Apple, and what became of them. */
export function associationsWorkers(context: Context, processId: string): readonly Worker[] {
  return [
    ...eventWorkers(context),
    {
      name: 'associations: users',
      wokenBy: ['associations'],
      run: async (signal) => readDueUsers(context, signal),
    },
    locationWriter(context, processId),
  ];
}

/**
 * While one settles what Apple says of licenses, the other reads what is next; they settle at the same time where they
 * are about other titles. What it says of users is left to the first.
 */
function eventWorkers(context: Context): readonly Worker[] {
  return ([undefined, 'event'] as const).map((kind, i) => ({
    name: `associations: events ${i + 1}`,
    wokenBy: ['associations'],
    run: async () => drainEvents(context, kind),
  }));
}

/** Locations served at the same time: one that Apple answers slowly does not keep the others waiting. */
const locationsAtOnce = 8;

function locationWriter(context: Context, processId: string): Worker {
  const serving = new Map<string, Promise<void>>();
  const again = new Set<string>();
  const serve = async (uid: string, signal: AbortSignal): Promise<void> => {
    try {
      let goesOn: boolean;
      do {
        again.delete(uid);
        goesOn = await serveLocation(context, processId, uid, signal);
      } while (goesOn && again.has(uid) && !signal.aborted);
    } catch (error) {
      if (!signal.aborted) {
        context.log.error({ err: error, location: uid }, 'a location could not be served');
      }
    } finally {
      serving.delete(uid);
    }
  };
  return {
    name: 'associations: writer',
    wokenBy: ['associations'],
    run: async (signal) => {
      for (const uid of await busyLocations(context.db, context.clock.now())) {
        if (serving.has(uid)) again.add(uid);
        else if (serving.size < locationsAtOnce) serving.set(uid, serve(uid, signal));
      }
      return false;
    },
    end: async () => {
      await Promise.all(serving.values());
      await releaseLeases(context, processId);
    },
  };
}
