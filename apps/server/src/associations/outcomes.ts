import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { type Pairs, moveToRequest, postponePairs, settlePairs } from '../grants/index.ts';
import { requestCounts } from '../library/index.ts';
import { knownUsersOf } from './gone-users.ts';
import type { AppleRequest } from './requests.ts';
import { type Said, userIsGone } from './users.ts';
import { setUsersAside } from './users-aside.ts';

/** Passes by itself: sent again after growing pauses, the seat stays taken. */
const passes: ReadonlySet<number> = new Set([
  9603, 9610, 9626, 9627, 9630, 9631, 9632, 9643, 9644, 9646, 9729,
]);
const licenseNotFound = 9610;

/**
 * What an answer says by which nothing is decided yet: Apple is asked for the assignment of the very pairs. For an
 * associate, "already assigned" is success, or another person with the same Apple Account has the title (behavior 10).
 * For a disassociate, a user who is gone has taken the license back to the stock, or the user is only not found yet.
 */
const doubtful: Readonly<Record<string, ReadonlySet<number>>> = {
  associate: new Set([9616]),
  disassociate: userIsGone,
};

/** What is said of two people with one Apple Account. */
export const sharedAccount = 9616;

/** A request whose event named some of its pairs. */
type Sent = Pick<AppleRequest, 'id' | 'op' | 'locationUid' | 'epoch'>;

/** Draws the conclusion from a refusal of pairs of a request: waiting, mending, asking again, or marking them. */
export async function concludeRefused(
  context: Context,
  trx: Trx,
  request: Sent,
  pairs: Pairs,
  said: Said,
): Promise<void> {
  if (pairs.assetIds.length === 0) return;
  if (doubtful[request.op]?.has(said.number) === true) {
    await setAside(context, trx, request, pairs, said);
  } else if (userIsGone.has(said.number)) {
    const people = await knownUsersOf(trx, request, pairs.holderIds);
    await setUsersAside(context, trx, request.id, people, said);
    await postponePairs(context, trx, request.id, pairs, said);
  } else if (passes.has(said.number) && !isReturned(request, said)) {
    // The re-check: counts that are wrong are found out before it is sent again.
    if (said.number === licenseNotFound) await requestCounts(trx, [...new Set(pairs.assetIds)]);
    await postponePairs(context, trx, request.id, pairs, said);
  } else {
    await settlePairs(context, trx, request.id, pairs, { kind: 'refused', ...said });
  }
}

/** There is no license to take back: what was asked for has come true. */
function isReturned(request: Sent, said: Said): boolean {
  return request.op === 'disassociate' && said.number === licenseNotFound;
}

/** Doubtful pairs get a row of their own, whose outcome is found out by asking (Law 3). It is never sent. */
async function setAside(
  context: Context,
  trx: Trx,
  request: Sent,
  pairs: Pairs,
  said: Said,
): Promise<void> {
  const now = context.clock.now();
  const assetIds = [...new Set(pairs.assetIds)].toSorted((one, other) => one - other);
  for (const assetId of assetIds) {
    const holderIds = pairs.holderIds.filter((_, i) => pairs.assetIds[i] === assetId);
    const { id } = await trx
      .insertInto('associations.appleRequest')
      .values({
        locationUid: request.locationUid,
        op: request.op,
        epoch: request.epoch,
        state: 'unknown',
        assetIds: [assetId],
        holderIds: holderIds.toSorted((one, other) => one - other),
        errorNumber: said.number,
        errorMessage: said.message,
        createdAt: now,
        sentAt: now,
        nextCheckAt: now,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await moveToRequest(trx, request.id, id, [assetId], holderIds);
  }
  await sql`insert into db.note (room, kind, key) values ('associations', 'location', ${request.locationUid})`.execute(
    trx,
  );
}

/** What Apple said of the pairs of a request that was set aside; undefined for one that was sent. */
export function doubtOf(request: AppleRequest): Said | undefined {
  if (request.state !== 'unknown' || request.errorNumber === null) return undefined;
  return { number: request.errorNumber, message: request.errorMessage ?? '' };
}
