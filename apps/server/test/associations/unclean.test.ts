import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { checkDue } from '../../src/associations/check.ts';
import { openTestContext, type TestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';

const uid = 'unclean';

let test: TestContext;
beforeEach(async () => {
  test = await openTestContext();
});
afterEach(async () => test[Symbol.asyncDispose]());

/** A request with one title for so many devices, as it stands with Apple. */
async function request(devices: number, more: object): Promise<void> {
  const { db, clock } = test.context;
  const organization = new TestOrganization(test.context);
  const place = { uid, ...(await organization.location(uid)) };
  const { appId, assetId } = await organization.app(place, devices);
  const groupId = await organization.group();
  for (let n = 100; n < 100 + devices; n += 1) {
    const { directoryId } = await organization.device(`UNCLEAN${n}`);
    await organization.join(groupId, { deviceId: directoryId });
  }
  await organization.assign(appId, groupId);
  await organization.decide();
  const changes = await db.selectFrom('grants.openChange').select('holderId').execute();
  const { id } = await db
    .insertInto('associations.appleRequest')
    .values({
      locationUid: uid,
      op: 'associate',
      assetIds: [assetId],
      holderIds: changes.map(({ holderId }) => holderId),
      epoch: 1,
      nextCheckAt: clock.now(),
      createdAt: clock.now(),
      sentAt: clock.now(),
      ...more,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await db.updateTable('grants.openChange').set({ requestId: id }).execute();
}

/** What is due is asked for; Apple shows no assignment. @returns the failures of those refused by now */
async function asked(clean: boolean): Promise<readonly (number | null)[]> {
  const { context } = test;
  const client = context.apple.location({ sToken: 'token' });
  vi.spyOn(client, 'eventStatus').mockResolvedValue({
    status: 'COMPLETE',
    type: 'ASSOCIATE',
    numRequested: 2,
    numCompleted: 1,
    failures: [{ errorNumber: 9709, errorMessage: 'None is left.', errorInfo: undefined }],
  });
  vi.spyOn(client, 'assignments').mockResolvedValue({
    versionId: 'version',
    clean,
    pages: 1,
    rows: 0,
    restarts: 0,
  });
  const lease = { locationUid: uid, epoch: 2, taken: false, failures: 0 };
  await checkDue(context, lease, client, context.signal);
  const refused = await context.db
    .selectFrom('grants.demand')
    .select('failure')
    .where('granted', '=', false)
    .execute();
  return refused.map(({ failure }) => failure);
}

it('what an ended event brought about is not taken for refused because a list that changed while it was read does not show it', async () => {
  await request(2, { state: 'accepted', eventId: 'ended', acceptedAt: test.clock.now() });
  expect(await asked(false)).toEqual([]);
  test.clock.advance(60_000);
  expect(await asked(true)).toEqual([9709, 9709]);
});

it('nor are many pairs of which Apple said what can mean two things', async () => {
  await request(21, { state: 'unknown', errorNumber: 9616, errorMessage: 'Already assigned.' });
  expect(await asked(false)).toEqual([]);
  test.clock.advance(60_000);
  expect(await asked(true)).toEqual(Array.from({ length: 21 }, () => 9616));
});
