import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { hint } from '../db/hints.ts';
import { enqueueSync } from './sync-queue.ts';

/** States in which the serving token's credential is of no use any more. */
export const wornOut: ReadonlySet<string> = new Set(['expired', 'invalid']);

/** What a duplicate says of itself (behavior L9). */
export function duplicateReason(servingName: string): string {
  return `Another token of the same location, "${servingName}", serves it: this one is not synced and stands by. Delete either of the two, no app goes with it.`;
}

/**
 * Holds a location; its tokens come after it. Whoever takes both, or several tokens of it, takes them in this order, or
 * waits for somebody who waits for them.
 */
export async function lockLocation(trx: Trx, locationUid: string): Promise<void> {
  await trx
    .selectFrom('library.location')
    .select('uid')
    .where('uid', '=', locationUid)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow();
}

/** Holds all tokens of a location, in the order of their ids. */
export async function lockTokens(trx: Trx, locationUid: string) {
  return trx
    .selectFrom('library.token')
    .select(['id', 'displayName', 'state', 'expiresAt', 'serving'])
    .where('locationUid', '=', locationUid)
    .orderBy('id')
    .forUpdate()
    .execute();
}

/**
 * Lets another token of a location serve it, where there is one: its credential is used from now on, and the apps with
 * their assignments become its own. The location's tokens are locked: who has one of them already had all of them before it.
 *
 * @param which `working`: only one that Apple is likely to take; `any`: whichever is left
 * @returns whether another one serves now
 */
export async function handOver(
  context: Context,
  trx: Trx,
  locationUid: string,
  which: 'working' | 'any',
): Promise<boolean> {
  const tokens = await lockTokens(trx, locationUid);
  const now = context.clock.now();
  const others = tokens
    .filter((token) => !token.serving)
    .toSorted((a, b) => b.expiresAt.getTime() - a.expiresAt.getTime());
  const working = others.find(
    (token) => token.state === 'duplicateLocationId' && token.expiresAt > now,
  );
  const next = working ?? (which === 'any' ? others[0] : undefined);
  if (next === undefined) return false;
  const before = tokens.find((token) => token.serving);
  await trx
    .updateTable('library.token')
    .set({ serving: false })
    .where('locationUid', '=', locationUid)
    .execute();
  await trx
    .updateTable('library.token')
    .set({
      serving: true,
      modifiedAt: now,
      ...(next === working ? { state: 'unknown' as const, stateReason: null } : {}),
    })
    .where('id', '=', next.id)
    .execute();
  if (before !== undefined) {
    await trx
      .updateTable('library.app')
      .set({ tokenId: next.id })
      .where('tokenId', '=', before.id)
      .execute();
  }
  await explainDuplicates(trx, locationUid, next.displayName);
  if (next === working) await enqueueSync(context, trx, next.id, 'first');
  await hint(trx, 'tokens', 'apps', 'locations');
  return true;
}

/** Has the duplicates of a location name the token that serves it. */
export async function explainDuplicates(
  trx: Trx,
  locationUid: string,
  servingName: string,
): Promise<void> {
  await trx
    .updateTable('library.token')
    .set({ stateReason: duplicateReason(servingName) })
    .where('locationUid', '=', locationUid)
    .where('state', '=', 'duplicateLocationId')
    .execute();
}
