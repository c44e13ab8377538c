import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestContext, openTestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';

const hourMs = 60 * 60_000;
let test: TestContext;
let organization: TestOrganization;

beforeAll(async () => {
  test = await openTestContext();
  organization = new TestOrganization(test.context);
});
afterAll(async () => test[Symbol.asyncDispose]());

it('what was taken back is kept in mind for the day in which it counts for the brake, and no longer', async () => {
  const { db } = test.context;
  const location = { uid: 'day', ...(await organization.location('day')) };
  const { appId, assetId } = await organization.app(location, 5);
  const group = await organization.group();
  const devices = [];
  for (const n of [1, 2, 3]) devices.push(await organization.device(`TAKENBACK${n}`));
  for (const { directoryId } of devices) await organization.join(group, { deviceId: directoryId });
  await organization.assign(appId, group);
  await organization.decide();
  await db.updateTable('grants.demand').set({ held: true }).execute();
  await db.deleteFrom('grants.openChange').execute();
  const remembered = async (): Promise<number> =>
    (await db.selectFrom('grants.takenBack').where('assetId', '=', assetId).execute()).length;

  const [first, second, third] = devices.map(({ directoryId }) => directoryId);
  await organization.leave(group, first ?? '');
  await organization.decide();
  test.clock.advance(23 * hourMs);
  await organization.leave(group, second ?? '');
  await organization.decide();
  expect(await remembered()).toBe(2);
  test.clock.advance(2 * hourMs);
  await organization.leave(group, third ?? '');
  await organization.decide();
  expect(await remembered()).toBe(2);
});
