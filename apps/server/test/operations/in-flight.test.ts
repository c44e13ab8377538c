import { afterAll, beforeAll, expect, it } from 'vitest';
import { openPairs, settlePairs } from '../../src/grants/index.ts';
import { revokeAllOfToken } from '../../src/operations/index.ts';
import { continueAll } from '../../src/operations/workers.ts';
import { openTestContext, type TestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';

let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
});
afterAll(async () => test[Symbol.asyncDispose]());

it('what Apple was still assigning when all licenses were to go back goes back, too, without a person who releases the brake', async () => {
  const { context } = test;
  const { db } = context;
  const organization = new TestOrganization(context);
  const { tokenId } = await organization.location('in-flight');
  const { appId, assetId } = await organization.app({ uid: 'in-flight', tokenId }, 50);
  const group = await organization.group();
  const count = 30;
  for (let n = 10; n < 10 + count; n += 1) {
    const { directoryId } = await organization.device(`INFLIGHT${n}`);
    await organization.join(group, { deviceId: directoryId });
  }
  await organization.assign(appId, group);
  await organization.decide();
  const { id: request } = await db
    .insertInto('associations.appleRequest')
    .values({
      locationUid: 'in-flight',
      op: 'associate',
      epoch: 1,
      state: 'accepted',
      assetIds: [assetId],
      holderIds: [],
      createdAt: context.clock.now(),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await db.updateTable('grants.openChange').set({ requestId: request }).execute();

  const order = { reason: 'We move', agreed: count };
  await revokeAllOfToken(context, tokenId, order, { kind: 'administrator', name: 'Ada' });
  await continueAll(context, context.signal);
  await db.transaction().execute(async (trx) => {
    const pairs = await openPairs(trx, request);
    await settlePairs(context, trx, request, pairs, { kind: 'done' });
  });
  await organization.decide();
  await continueAll(context, context.signal);
  const goingBack = await db
    .selectFrom('grants.openChange')
    .select('op')
    .where('assetId', '=', assetId)
    .execute();
  expect(goingBack).toEqual(Array.from({ length: count }, () => ({ op: 'disassociate' })));
  expect(await db.selectFrom('grants.brake').selectAll().execute()).toEqual([]);
});
