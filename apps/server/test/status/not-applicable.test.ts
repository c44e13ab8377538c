import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unfitDevices } from '../../src/grants/index.ts';
import { notApplicableStatuses } from '../../src/status/index.ts';
import { openTestContext, type TestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';

let test: TestContext;
let organization: TestOrganization;
let appId: string;

beforeAll(async () => {
  test = await openTestContext();
  organization = new TestOrganization(test.context);
  const location = { uid: 'unfit', ...(await organization.location('unfit')) };
  ({ appId } = await organization.app(location, 10, { minimumOsVersion: '17.0' }));
  const groupId = await organization.group();
  for (const [serialNumber, osVersion] of [
    ['UNFIT000001', '18.1'],
    ['UNFIT000002', '15.1'],
    ['UNFIT000003', '16.7'],
    ['UNFIT000004', '15.0'],
  ] as const) {
    const { directoryId } = await organization.device(serialNumber, { osVersion });
    await organization.join(groupId, { deviceId: directoryId });
  }
  await organization.assign(appId, groupId);
  await organization.decide();
});
afterAll(async () => test[Symbol.asyncDispose]());

const serials = async (page: { top?: number; skip?: number }, ofApp = appId) => {
  const { count, value } = await notApplicableStatuses(test.context, ofApp, page);
  return { count, serials: value.map((one) => one.serialNumber) };
};

describe('devices that an app is meant for and that cannot use it', () => {
  it('are listed with the reason and the next step, and take no license', async () => {
    const { count, value } = await notApplicableStatuses(test.context, appId, {});
    expect(count).toBe(3);
    expect(value[0]).toMatchObject({
      serialNumber: 'UNFIT000002',
      license: { state: 'none', position: null },
      command: null,
      installation: null,
      installState: 'notApplicable',
      installStateDetail: 'minimumOsVersionNotMet',
      errorCode: 0,
      reason: { cause: 'The app needs a later OS.', who: 'person' },
    });
    const demand = await test.context.db.selectFrom('grants.demand').select('holderId').execute();
    expect(demand).toHaveLength(1);
  });

  it('come in pages, by name', async () => {
    expect(await serials({ top: 2 })).toEqual({
      count: 3,
      serials: ['UNFIT000002', 'UNFIT000003'],
    });
    expect(await serials({ top: 2, skip: 2 })).toEqual({ count: 3, serials: ['UNFIT000004'] });
    expect(await serials({ top: 2, skip: 4 })).toEqual({ count: 3, serials: [] });
  });

  it('are no longer listed once they can', async () => {
    await test.context.db
      .updateTable('devices.device')
      .set({ osVersion: '18.0' })
      .where('serialNumber', '=', 'UNFIT000004')
      .execute();
    expect((await serials({})).serials).toEqual(['UNFIT000002', 'UNFIT000003']);
  });
});

it('counts and lists the same devices where some have not enrolled, and none twice', async () => {
  const { db } = test.context;
  const location = { uid: 'ahead', ...(await organization.location('ahead')) };
  const app = await organization.app(location, 10);
  const groupId = await organization.group();
  const personId = await organization.person('user');
  const nobodys = await organization.device('AHEAD000001');
  const refusing = await organization.device('AHEAD000003', { personId });
  const { id: expected } = await db
    .insertInto('directory.device')
    .values({ serialNumber: 'AHEAD000002', createdAt: test.clock.now() })
    .returning('id')
    .executeTakeFirstOrThrow();
  for (const deviceId of [nobodys.directoryId, expected, refusing.directoryId])
    await organization.join(groupId, { deviceId });
  const settings = JSON.stringify({ licensesAhead: true });
  await organization.assignAs(app.appId, { groupId, licenseType: 'user', settings });
  await organization.decide();
  await sql`insert into delivery.task (device_id, bundle_id, asset_id, holder_id, app_id, state, changed_at)
    select device_id, ${`org.example.app${app.adamId}`}, asset_id, holder_id, app_id, 'notApplicable', ${test.clock.now()}
    from grants.placement where device_id = ${refusing.deviceId}`.execute(db);
  expect(await unfitDevices(test.context, app.appId)).toHaveLength(2);
  const pages = [];
  for (const skip of [0, 1, 2]) pages.push(await serials({ top: 1, skip }, app.appId));
  expect(pages.map((page) => page.serials)).toEqual([['AHEAD000001'], ['AHEAD000003'], []]);
  expect(pages[0]?.count).toBe(2);
  expect(await serials({}, app.appId)).toEqual({
    count: 2,
    serials: ['AHEAD000001', 'AHEAD000003'],
  });
});
