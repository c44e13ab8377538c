import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { checkDue } from '../../src/associations/check.ts';
import { openTestContext, type TestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';

const MINUTE = 60_000;
const location = 'late-word';

let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
});
afterAll(async () => test[Symbol.asyncDispose]());

/** A request of unknown outcome, sent eleven minutes ago, with one pair. */
async function unknownRequest(): Promise<number> {
  const { db, clock } = test.context;
  const organization = new TestOrganization(test.context);
  const place = { uid: location, ...(await organization.location(location)) };
  const { appId, assetId } = await organization.app(place, 5);
  const { directoryId } = await organization.device('LATEWORD01');
  const groupId = await organization.group();
  await organization.join(groupId, { deviceId: directoryId });
  await organization.assign(appId, groupId);
  await organization.decide();
  const change = await db
    .selectFrom('grants.openChange')
    .select('holderId')
    .where('assetId', '=', assetId)
    .executeTakeFirstOrThrow();
  const at = new Date(clock.now().getTime() - 11 * MINUTE);
  const { id } = await db
    .insertInto('associations.appleRequest')
    .values({
      locationUid: location,
      op: 'associate',
      assetIds: [assetId],
      holderIds: [change.holderId],
      epoch: 1,
      state: 'unknown',
      nextCheckAt: clock.now(),
      createdAt: at,
      sentAt: at,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await db
    .updateTable('grants.openChange')
    .set({ requestId: id })
    .where('assetId', '=', assetId)
    .execute();
  return id;
}

it('a request that Apple accepts while its facts are read is not given up', async () => {
  const { context } = test;
  const id = await unknownRequest();
  const request = context.db.selectFrom('associations.appleRequest').where('id', '=', id);
  let asked = 0;
  const client = context.apple.location({ sToken: 'token' });
  vi.spyOn(client, 'assignments').mockImplementation(async () => {
    asked += 1;
    await context.db
      .updateTable('associations.appleRequest')
      .set({ state: 'accepted', eventId: 'late', acceptedAt: context.clock.now() })
      .where('id', '=', id)
      .execute();
    return { versionId: 'version', clean: true, pages: 1, rows: 0, restarts: 0 };
  });
  const lease = { locationUid: location, epoch: 2, taken: false, failures: 0 };
  await checkDue(context, lease, client, context.signal);
  expect(asked).toBe(1);
  expect(await request.select(['state', 'eventId', 'errorMessage']).executeTakeFirst()).toEqual({
    state: 'accepted',
    eventId: 'late',
    errorMessage: null,
  });
});
