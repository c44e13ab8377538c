import type { LocationClient } from '@allotment/apps-and-books';
import type { Context } from '../context.ts';
import { openToken } from './secrets.ts';

/** Why nothing can be asked of Apple for a location now. */
export type CredentialGap = 'noToken' | 'notChecked' | 'expired' | 'invalid' | 'foreignOwner';

export type Credential =
  | { readonly usable: true; readonly client: LocationClient; readonly tokenId: string }
  | { readonly usable: false; readonly reason: CredentialGap };

/**
 * The client of a location that is ours: its answers are checked to be of this location and to name us as its
 * management service. Whether the location is paused is the caller's business.
 */
export async function credentialFor(context: Context, locationUid: string): Promise<Credential> {
  const token = await context.db
    .selectFrom('library.token as token')
    .innerJoin('library.location as location', 'location.uid', 'token.locationUid')
    .select(['token.id', 'token.secret', 'token.state', 'token.expiresAt', 'location.ownerState'])
    .where('token.locationUid', '=', locationUid)
    .where('token.serving', '=', true)
    .executeTakeFirst();
  if (token === undefined) return { usable: false, reason: 'noToken' };
  if (token.expiresAt <= context.clock.now() || token.state === 'expired') {
    return { usable: false, reason: 'expired' };
  }
  if (token.state === 'assignedToExternalMDM' || token.ownerState === 'other') {
    return { usable: false, reason: 'foreignOwner' };
  }
  if (token.state === 'invalid') return { usable: false, reason: 'invalid' };
  if (token.state !== 'valid' || token.ownerState !== 'ours') {
    return { usable: false, reason: 'notChecked' };
  }
  return { usable: true, client: boundClient(context, locationUid, token), tokenId: token.id };
}

/** A client whose answers must be of this location and name us as its management service. */
export function boundClient(
  context: Context,
  locationUid: string,
  token: { readonly id: string; readonly secret: Buffer },
): LocationClient {
  return context.apple.location({
    sToken: openToken(context, token),
    uId: locationUid,
    mdmId: context.installationId,
  });
}
