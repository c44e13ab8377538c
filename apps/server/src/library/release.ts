import { type LocationClient, RefusedError } from '@allotment/apps-and-books';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { credentialFor } from './credentials.ts';
import { releasedInfo } from './owner.ts';

/** What Apple let us withdraw of a location; otherwise why not, in a sentence. */
export interface Withdrawn {
  readonly notifications: true | string;
  readonly claim: true | string;
}

/**
 * Takes our address and our claim off a location at Apple, as far as Apple lets us. Its interface knows no way to name
 * nobody, so the claim is marked as given up: another Allotment takes the location without asking.
 *
 * @throws AppsAndBooksError when Apple cannot be asked now
 */
export async function releaseLocation(
  context: Context,
  locationUid: string,
  signal: AbortSignal,
): Promise<Withdrawn> {
  const credential = await credentialFor(context, locationUid);
  if (!credential.usable) {
    const why = `Apple was not asked: the content token could not be used (${credential.reason}).`;
    return { notifications: why, claim: why };
  }
  const { client } = credential;
  return {
    notifications: await tried(client, { notificationTypes: [] }, signal),
    claim: await tried(client, { mdmInfo: releasedInfo(context) }, signal),
  };
}

/**
 * The location is not given up after all: what may be withdrawn by now is not believed to be there any more. The next
 * sync, or the writer before it sends anything, subscribes and claims again.
 */
export async function claimAnew(trx: Trx, locationUid: string): Promise<void> {
  await trx
    .updateTable('library.location')
    .set({ subscribedAt: null, lineageKnown: false })
    .where('uid', '=', locationUid)
    .execute();
}

async function tried(
  client: LocationClient,
  change: Parameters<LocationClient['updateClientConfig']>[0],
  signal: AbortSignal,
): Promise<true | string> {
  try {
    await client.updateClientConfig(change, signal);
    return true;
  } catch (error) {
    if (error instanceof RefusedError) return `Apple refused: ${error.message}`;
    throw error;
  }
}
