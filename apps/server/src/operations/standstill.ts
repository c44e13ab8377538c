import type { Context } from '../context.ts';
import { type CredentialGap, credentialFor } from '../library/index.ts';

const gaps: Readonly<Record<CredentialGap, string>> = {
  noToken: 'The location has no content token.',
  notChecked: 'Whether the content token works is being found out.',
  expired: 'The content token has expired: renew it.',
  invalid: 'Apple does not take the content token: renew it.',
  foreignOwner: 'Another service manages the location.',
};

/** Why Apple cannot be asked about a location now, in a sentence; undefined when it can. */
export async function credentialGap(
  context: Context,
  locationUid: string,
): Promise<string | undefined> {
  const credential = await credentialFor(context, locationUid);
  return credential.usable ? undefined : gaps[credential.reason];
}

/** Why nothing can be sent to Apple for a location now, in a sentence; undefined when it can. */
export async function standstill(
  context: Context,
  locationUid: string,
): Promise<string | undefined> {
  const { pausedAt, pausedReason } = await context.db
    .selectFrom('library.location')
    .select(['pausedAt', 'pausedReason'])
    .where('uid', '=', locationUid)
    .executeTakeFirstOrThrow();
  if (pausedAt !== null) return `The location is paused: ${pausedReason ?? 'no reason was given'}`;
  return credentialGap(context, locationUid);
}
