import { afterAll, beforeAll, expect, it } from 'vitest';
import { busyLocations } from '../../src/associations/lease.ts';
import { ensurePersonHolders } from '../../src/library/index.ts';
import { type TestContext, openTestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';

let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
});
afterAll(async () => test[Symbol.asyncDispose]());

/** A location in which a license of a person is to change whose user Apple refuses to create for now. */
async function changing(op: 'associate' | 'disassociate'): Promise<void> {
  const { context, clock } = test;
  const { db } = context;
  const organization = new TestOrganization(context);
  const { tokenId } = await organization.location(op);
  await db
    .updateTable('library.location')
    .set({ ownerState: 'ours' })
    .where('uid', '=', op)
    .execute();
  const { assetId } = await organization.app({ uid: op, tokenId }, 5);
  const personId = await organization.person(op);
  await db.transaction().execute(async (trx) => ensurePersonHolders(context, trx, [personId]));
  const { id: holderId } = await db
    .selectFrom('library.holder')
    .select('id')
    .where('personId', '=', personId)
    .executeTakeFirstOrThrow();
  const now = clock.now();
  const retryAt = new Date(now.getTime() + 60 * 60_000);
  await db
    .insertInto('associations.appleUser')
    .values({ locationUid: op, holderId, personId, due: true, retryAt })
    .execute();
  await db
    .insertInto('grants.openChange')
    .values({ assetId, holderId, op, createdAt: now, notBefore: now })
    .execute();
}

it('a license of somebody without a user is taken back at once, and given once the user is there', async () => {
  await changing('associate');
  await changing('disassociate');
  expect(await busyLocations(test.context.db, test.clock.now())).toEqual(['disassociate']);
});
