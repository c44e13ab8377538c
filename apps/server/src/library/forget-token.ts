import { type Actor, recordAudit } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { hint } from '../db/hints.ts';
import { liftDeletionPause } from './pause.ts';
import { readToken, tokenNotFound } from './read-tokens.ts';
import { handOver, lockLocation, lockTokens } from './serving.ts';

/**
 * Removes a token: its secret, and with the last one of a location the apps and their assignments. Where another token
 * of the location stands, it serves from now on, and the apps stay with it (behavior 65). The location, its titles and
 * who holds them remain as history. What grants makes of that is the caller's business.
 *
 * @returns whether the location has no token any more
 * @throws Problem `tokenNotFound`
 */
export async function forgetToken(
  context: Context,
  trx: Trx,
  id: string,
  actor: Actor,
): Promise<boolean> {
  const { locationUid } = await readToken(trx, id);
  await lockLocation(trx, locationUid);
  // Which of them serves is certain only now.
  const token = (await lockTokens(trx, locationUid)).find((one) => one.id === id);
  if (token === undefined) throw tokenNotFound(id);
  const inherited = !token.serving || (await handOver(context, trx, locationUid, 'any'));
  await trx.deleteFrom('library.token').where('id', '=', id).execute();
  if (!inherited) await forgetClaim(trx, locationUid);
  await recordAudit(trx, context.clock.now(), actor, {
    action: 'deleteVppToken',
    target: { kind: 'vppToken', id, name: token.displayName },
    detail: { uId: locationUid, lastOfLocation: !inherited },
  });
  await hint(trx, 'tokens', 'apps', 'locations');
  return !inherited;
}

/** Nothing is asked of Apple for the location any more, and its notifications are not taken. */
async function forgetClaim(trx: Trx, locationUid: string): Promise<void> {
  await trx
    .updateTable('library.location')
    .set({
      ownerState: 'none',
      takeOver: false,
      otherOwnerId: null,
      otherOwnerName: null,
      notificationSecret: null,
      secretBefore: null,
      secretBeforeUntil: null,
      subscribedAt: null,
      notifications: 'off',
      notificationsError: null,
      lineage: null,
      nextLineage: null,
      lineageAt: null,
      assetsVersion: null,
      assignmentsVersion: null,
    })
    .where('uid', '=', locationUid)
    .execute();
  await liftDeletionPause(trx, locationUid);
}
