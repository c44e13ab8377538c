import { type Actor, recordAudit } from '../audit/record.ts';
import type { Context } from '../context.ts';
import { hint } from '../db/hints.ts';
import { readToken } from './read-tokens.ts';
import { handOver } from './serving.ts';

/**
 * Forgets a token: its secret, its apps and their assignments. Licenses stay assigned at Apple and apps stay
 * installed: deleting a token is never an unassignment (Law 11). Where another token of the location stands, it serves
 * from now on, and apps and assignments stay with it (behavior 65). Otherwise the location remains as history.
 *
 * @throws Problem `tokenNotFound`
 */
export async function deleteToken(context: Context, id: string, actor: Actor): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    const token = await readToken(trx, id);
    if (token.serving) await handOver(context, trx, token.locationUid, 'any');
    await trx.deleteFrom('library.token').where('id', '=', id).execute();
    await recordAudit(trx, context.clock.now(), actor, {
      action: 'deleteVppToken',
      target: { kind: 'vppToken', id, name: token.displayName },
      detail: { uId: token.locationUid },
    });
    await hint(trx, 'tokens', 'apps', 'locations');
  });
}
