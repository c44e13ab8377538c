import {
  AppsAndBooksError,
  ForeignOwnerError,
  type LocationClient,
  LocationMismatchError,
  type MdmInfo,
} from '@allotment/apps-and-books';
import { recordAudit, system } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { hint } from '../db/hints.ts';
import { openToken } from './secrets.ts';

/** Why nothing can be asked of Apple for a location now. */
export type CredentialGap = 'noToken' | 'notChecked' | 'expired' | 'invalid' | 'foreignOwner';

export type Credential =
  | { readonly usable: true; readonly client: LocationClient; readonly tokenId: string }
  | { readonly usable: false; readonly reason: CredentialGap };

const expiredNumber = 9621;
/** Apple does not take the token any more, whatever is asked with it. */
const invalidNumbers = new Set([9601, 9622, 9625, 9637, 9647, 9722]);

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
    .orderBy((order) => order('token.state', '=', 'valid'), 'desc')
    .orderBy('token.createdAt')
    .limit(1)
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

/**
 * Draws the conclusion from a failure at Apple: a token that has expired, one that Apple takes no more, a location
 * that another service has claimed. Any other failure changes nothing.
 */
export async function markCredential(
  context: Context,
  locationUid: string,
  error: unknown,
): Promise<void> {
  if (!(error instanceof AppsAndBooksError)) return;
  const reason = `${error.message} ${error.remedy}`;
  await context.db.transaction().execute(async (trx) => {
    if (error instanceof ForeignOwnerError) {
      await markForeign(context, trx, locationUid, error.owner, reason);
    } else if (error.number === expiredNumber) {
      await markTokens(context, trx, locationUid, 'expired', reason);
    } else if (
      error instanceof LocationMismatchError ||
      (error.number !== undefined && invalidNumbers.has(error.number))
    ) {
      await markTokens(context, trx, locationUid, 'invalid', reason);
    }
  });
}

/** Another service has claimed the location: from now on nothing is asked and nothing is written (behavior 29). */
async function markForeign(
  context: Context,
  trx: Trx,
  locationUid: string,
  owner: MdmInfo,
  reason: string,
): Promise<void> {
  await trx
    .updateTable('library.location')
    .set({ ownerState: 'other', otherOwnerId: owner.id, otherOwnerName: owner.name })
    .where('uid', '=', locationUid)
    .execute();
  await markTokens(context, trx, locationUid, 'assignedToExternalMDM', reason);
}

async function markTokens(
  context: Context,
  trx: Trx,
  locationUid: string,
  state: 'expired' | 'invalid' | 'assignedToExternalMDM',
  reason: string,
): Promise<void> {
  const now = context.clock.now();
  const changed = await trx
    .updateTable('library.token')
    .set({ state, stateReason: reason, modifiedAt: now })
    .where('locationUid', '=', locationUid)
    .where('state', '<>', state)
    .returning(['id', 'displayName'])
    .execute();
  for (const token of changed) {
    await recordAudit(trx, now, system(reason), {
      action: 'changeVppTokenState',
      target: { kind: 'vppToken', id: token.id, name: token.displayName },
      detail: { state },
    });
  }
  if (changed.length > 0) await hint(trx, 'tokens', 'locations');
}

/** Tokens past their end are expired, whatever Apple was asked lately (behavior 17). */
export async function expireTokens(context: Context): Promise<void> {
  const now = context.clock.now();
  const due = await context.db
    .selectFrom('library.token')
    .select(['locationUid'])
    .distinct()
    .where('expiresAt', '<=', now)
    .where('state', '<>', 'expired')
    .execute();
  for (const { locationUid } of due) {
    await context.db
      .transaction()
      .execute(async (trx) =>
        markTokens(
          context,
          trx,
          locationUid,
          'expired',
          'A content token is valid for one year, and this one has ended. Download a new one and renew the token with it.',
        ),
      );
  }
}
