import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Trx } from '../../src/db/connect.ts';
import { closeLocation, lockStock, reopenLocation } from '../../src/grants/index.ts';
import { type TestContext, openTestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';
import { untilWaiting } from '../support/until-waiting.ts';

let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
});
afterAll(async () => test[Symbol.asyncDispose]());

const admin = { kind: 'administrator', name: 'Ada' } as const;

it('what is bought while closing or reopening a location waits for its other titles is closed or reopened with them', async () => {
  const { context } = test;
  const { db } = context;
  const organization = new TestOrganization(context);
  const uid = 'closed';
  const location = { uid, ...(await organization.location(uid)) };
  const buy = async (): Promise<number> => {
    const { assetId } = await organization.app(location, 5);
    await organization.decide();
    return assetId;
  };
  const reasons = async () => {
    const rows = await db
      .selectFrom('grants.stock')
      .select('closedToGrants')
      .orderBy('assetId')
      .execute();
    return rows.map((row) => row.closedToGrants);
  };
  const owned = await buy();
  const buyBeside = async (act: (trx: Trx) => Promise<unknown>): Promise<void> => {
    const { done } = await db.transaction().execute(async (trx) => {
      await lockStock(trx, [owned]);
      const acting = db.transaction().execute(act);
      await untilWaiting(test.context);
      await buy();
      return { done: acting };
    });
    await done;
  };

  await buyBeside(async (trx) => closeLocation(context, trx, uid, 'all back', admin));
  expect(await reasons()).toEqual(['all back', 'all back']);
  await buyBeside(async (trx) => reopenLocation(context, trx, uid, admin));
  expect(await reasons()).toEqual([null, null, null]);
});
