import type { LocationClient } from '@allotment/apps-and-books';
import type { Context } from '../context.ts';
import { claimLocation, ownedColumns } from './owner.ts';

/**
 * Asks Apple for the mark of a location that is ours, and leaves the next one there; where another copy of this
 * installation has left its own, the location is paused (Law 11).
 *
 * @throws AppsAndBooksError when Apple cannot be asked now
 */
export async function lookAtMark(
  context: Context,
  client: LocationClient,
  locationUid: string,
  signal: AbortSignal,
): Promise<void> {
  const config = await client.clientConfig(signal);
  const location = await context.db
    .selectFrom('library.location')
    .select(ownedColumns)
    .where('uid', '=', locationUid)
    .executeTakeFirstOrThrow();
  await claimLocation(context, client, location, config, false, signal);
}
