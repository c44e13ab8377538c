import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Database } from '../db/connect.ts';

/** First key of the advisory locks; the second is a hash of the location. */
const room = 4_219_001;

/**
 * Holds a location while it is claimed or synced: one at a time over all processes. The lock is the connection's, so
 * that a process that is killed loses it.
 */
export async function withLocation<T>(
  context: Context,
  locationUid: string,
  act: () => Promise<T>,
): Promise<T> {
  return context.db.connection().execute(async (connection) => {
    await sql`select pg_advisory_lock(${room}, hashtext(${locationUid}))`.execute(connection);
    return releasing(connection, locationUid, act);
  });
}

/** The same, unless somebody else holds the location: then nothing is done. @returns whether it was done */
export async function ifLocationFree(
  context: Context,
  locationUid: string,
  act: () => Promise<void>,
): Promise<boolean> {
  return context.db.connection().execute(async (connection) => {
    const { rows } = await sql<{ taken: boolean }>`
      select pg_try_advisory_lock(${room}, hashtext(${locationUid})) as taken`.execute(connection);
    if (rows[0]?.taken !== true) return false;
    await releasing(connection, locationUid, act);
    return true;
  });
}

async function releasing<T>(
  connection: Database,
  locationUid: string,
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await act();
  } finally {
    await sql`select pg_advisory_unlock(${room}, hashtext(${locationUid}))`.execute(connection);
  }
}
