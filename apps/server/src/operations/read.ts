import { type Actor, recordAudit } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Database } from '../db/connect.ts';
import { hint } from '../db/hints.ts';
import { Problem } from '../errors.ts';
import { claimAnew, isTokenId, liftDeletionPause } from '../library/index.ts';
import type { Operation } from './operation.ts';
import { readServing } from './read-serving.ts';

/** The latest operations, newest first; of one token, or of all. */
export async function listOperations(
  db: Database,
  query: { readonly tokenId?: string | undefined; readonly top: number },
): Promise<readonly Operation[]> {
  const operations = db.selectFrom('operations.operation').selectAll();
  const { tokenId } = query;
  return (tokenId === undefined ? operations : operations.where('tokenId', '=', tokenId))
    .orderBy('createdAt', 'desc')
    .orderBy('id')
    .limit(query.top)
    .execute();
}

/** @throws Problem `operationNotFound` */
export async function readOperation(db: Database, id: string): Promise<Operation> {
  const operation = isTokenId(id)
    ? await db
        .selectFrom('operations.operation')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirst()
    : undefined;
  if (operation === undefined) {
    throw new Problem('notFound', 'operationNotFound', `There is no operation ${id}.`);
  }
  return operation;
}

/**
 * Stops an operation where it stands: what it did stays done. Of a revoke the holds stay, and the location stays closed
 * until it is opened again; of a deletion the location goes on as before.
 *
 * @throws Problem `operationNotFound`, `operationEnded`
 */
export async function cancelOperation(context: Context, id: string, actor: Actor): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    const { kind, locationUid, tokenId, tokenName } = await readOperation(trx, id);
    const now = context.clock.now();
    const canceled = await trx
      .updateTable('operations.operation')
      .set({ state: 'canceled', finishedAt: now, waitsFor: null })
      .where('id', '=', id)
      .where('state', '=', 'running')
      .returning('step')
      .executeTakeFirst();
    if (canceled === undefined) {
      throw new Problem('conflict', 'operationEnded', 'The operation has ended already.');
    }
    if (kind === 'deleteToken') {
      await liftDeletionPause(trx, locationUid);
      if (canceled.step === 'withdrawing') {
        // Part of it may be withdrawn, or is being: whoever does that holds the location, and the sync comes after it.
        await claimAnew(trx, locationUid);
        await readServing(context, trx, locationUid);
      }
    }
    await recordAudit(trx, now, actor, {
      action: kind === 'revokeAll' ? 'cancelRevokeAll' : 'cancelDeleteVppToken',
      target: { kind: 'vppToken', id: tokenId, name: tokenName },
      detail: { operation: id },
    });
    await hint(trx, 'tokens', 'locations');
  });
}
