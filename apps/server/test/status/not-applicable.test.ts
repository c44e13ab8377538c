import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

const serials = async (page: { top?: number; skip?: number }) => {
  const { count, value } = await notApplicableStatuses(test.context, appId, page);
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
