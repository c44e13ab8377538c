import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lockStock, takeUnsent } from '../../src/grants/index.ts';
import { decideMany } from '../../src/grants/pass.ts';
import { type TestContext, openTestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';
import { untilWaiting } from '../support/until-waiting.ts';

let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
});
afterAll(async () => test[Symbol.asyncDispose]());

it('what is granted while the writer waits for other titles is left to the next time: its title is not held', async () => {
  const { context } = test;
  const organization = new TestOrganization(context);
  const uid = 'unsent';
  const location = { uid, ...(await organization.location(uid)) };
  const group = await organization.group();
  const { directoryId } = await organization.device('UNSENT000001');
  await organization.join(group, { deviceId: directoryId });
  const [earlier, later] = [
    await organization.app(location, 5),
    await organization.app(location, 5),
  ];
  await organization.assign(earlier.appId, group);
  await organization.decide();
  await organization.assign(later.appId, group);
  const take = async (): Promise<readonly number[]> =>
    context.db.transaction().execute(async (trx) => {
      const unsent = await takeUnsent(context, trx, {
        locationUid: uid,
        urgentOnly: false,
        sendable: sql`true`,
        mayComeLate: sql`false`,
        limit: 100,
      });
      return unsent.map(({ assetId }) => assetId).toSorted((one, other) => one - other);
    });

  const { taken } = await context.db.transaction().execute(async (holding) => {
    await lockStock(holding, [earlier.assetId]);
    return context.db.transaction().execute(async (deciding) => {
      await decideMany(context, deciding, { assetIds: [later.assetId], groupId: null });
      const taking = take();
      await untilWaiting(test.context);
      return { taken: taking };
    });
  });
  expect(await taken).toEqual([earlier.assetId]);
  expect(await take()).toEqual([earlier.assetId, later.assetId]);
});
