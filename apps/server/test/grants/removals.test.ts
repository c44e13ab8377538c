import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestContext, openTestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';

let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
});
afterAll(async () => test[Symbol.asyncDispose]());

it('an app that is to be removed while its license goes back says since when', async () => {
  const { context, clock } = test;
  const { db } = context;
  const organization = new TestOrganization(context);
  const uid = 'removal';
  const location = { uid, ...(await organization.location(uid)) };
  const { appId, assetId } = await organization.app(location, 5);
  const groupId = await organization.group();
  const { directoryId } = await organization.device('REMOVE000001');
  await organization.join(groupId, { deviceId: directoryId });
  await organization.assign(appId, groupId);
  await organization.decide();
  // Apple has assigned it.
  await db.deleteFrom('grants.openChange').execute();
  await db.updateTable('grants.demand').set({ held: true }).execute();
  await organization.unassign(appId, groupId);
  await organization.decide();
  const demand = async () =>
    db
      .selectFrom('grants.demand')
      .select(['wanted', 'uninstall', 'changedAt'])
      .where('assetId', '=', assetId)
      .executeTakeFirstOrThrow();
  const leaving = await demand();
  expect(leaving).toMatchObject({ wanted: false, uninstall: false });

  clock.advance(60_000);
  await organization.assignAs(appId, { groupId, intent: 'uninstall' });
  await organization.decide();
  const removed = await demand();
  expect(removed).toMatchObject({ wanted: false, uninstall: true });
  expect(removed.changedAt.getTime() - leaving.changedAt.getTime()).toBeGreaterThanOrEqual(60_000);
});
