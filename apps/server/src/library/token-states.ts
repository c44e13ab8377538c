import {
  AppsAndBooksError,
  ForeignOwnerError,
  LocationMismatchError,
  type MdmInfo,
} from '@allotment/apps-and-books';
import { recordAudit, system } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { hint } from '../db/hints.ts';
import { handOver, lockTokens } from './serving.ts';

/** Every state a token can be in, each with a reason except the first two (behavior L7). */
export type TokenState =
  | 'unknown'
  | 'valid'
  | 'expired'
  | 'invalid'
  | 'assignedToExternalMDM'
  | 'duplicateLocationId';

const expiredNumber = 9621;
/** Apple does not take the token any more, whatever is asked with it. */
const invalidNumbers = new Set([9601, 9622, 9625, 9637, 9647, 9722]);
const expiredReason =
  'A content token is valid for one year, and this one has ended. Download a new one and renew the token with it.';

/**
 * Draws the conclusion from a failure at Apple: a token that has expired, one that Apple takes no more, a location
 * that another service has claimed. Any other failure changes nothing. Where a duplicate stands by, it takes over.
 *
 * @param tokenId whose credential was used: another one may serve the location by now
 */
export async function markCredential(
  context: Context,
  locationUid: string,
  error: unknown,
  tokenId: string,
): Promise<void> {
  if (!(error instanceof AppsAndBooksError)) return;
  const reason = `${error.message} ${error.remedy}`;
  await context.db.transaction().execute(async (trx) => {
    if (error instanceof ForeignOwnerError) {
      await markForeign(context, trx, locationUid, error.owner, reason);
      return;
    }
    const state = stateAfter(error);
    if (state !== undefined) await markUnusable(context, trx, locationUid, state, reason, tokenId);
  });
}

function stateAfter(error: AppsAndBooksError): 'expired' | 'invalid' | undefined {
  if (error.number === expiredNumber) return 'expired';
  const invalid =
    error instanceof LocationMismatchError ||
    (error.number !== undefined && invalidNumbers.has(error.number));
  return invalid ? 'invalid' : undefined;
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
  const serving = (await lockTokens(trx, locationUid)).find((token) => token.serving);
  if (serving !== undefined) await mark(context, trx, serving.id, 'assignedToExternalMDM', reason);
}

async function markUnusable(
  context: Context,
  trx: Trx,
  locationUid: string,
  state: 'expired' | 'invalid',
  reason: string,
  tokenId: string,
): Promise<void> {
  const serving = (await lockTokens(trx, locationUid)).find((token) => token.serving)?.id;
  await mark(context, trx, tokenId, state, reason);
  if (tokenId === serving) await handOver(context, trx, locationUid, 'working');
}

async function mark(
  context: Context,
  trx: Trx,
  tokenId: string,
  state: TokenState,
  reason: string,
): Promise<void> {
  const now = context.clock.now();
  const token = await trx
    .updateTable('library.token')
    .set({ state, stateReason: reason, modifiedAt: now })
    .where('id', '=', tokenId)
    .where('state', '<>', state)
    .returning(['id', 'displayName'])
    .executeTakeFirst();
  if (token === undefined) return;
  await recordAudit(trx, now, system(reason), {
    action: 'changeVppTokenState',
    target: { kind: 'vppToken', id: token.id, name: token.displayName },
    detail: { state },
  });
  await hint(trx, 'tokens', 'locations');
}

/** Tokens past their end are expired, whatever Apple was asked lately (behavior 17). */
export async function expireTokens(context: Context): Promise<void> {
  const due = await context.db
    .selectFrom('library.token')
    .select(['id', 'locationUid'])
    .where('expiresAt', '<=', context.clock.now())
    .where('state', '<>', 'expired')
    .orderBy('id')
    .execute();
  for (const { id, locationUid } of due) {
    await context.db.transaction().execute(async (trx) => expire(context, trx, locationUid, id));
  }
}

async function expire(
  context: Context,
  trx: Trx,
  locationUid: string,
  tokenId: string,
): Promise<void> {
  const token = (await lockTokens(trx, locationUid)).find(({ id }) => id === tokenId);
  // It may have been renewed since it was found.
  if (token === undefined || token.expiresAt > context.clock.now()) return;
  await markUnusable(context, trx, locationUid, 'expired', expiredReason, tokenId);
}
