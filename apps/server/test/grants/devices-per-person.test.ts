import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLicensingSettings, updateLicensingSettings } from '../../src/grants/index.ts';
import { type TestContext, openTestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';
import { TestPerson } from './support/person.ts';

const admin = { kind: 'administrator', name: 'Ada' } as const;

let test: TestContext;
let organization: TestOrganization;

beforeAll(async () => {
  test = await openTestContext();
  organization = new TestOrganization(test.context);
});
afterAll(async () => test[Symbol.asyncDispose]());

async function allow(devicesPerPerson: number): Promise<void> {
  const settings = await readLicensingSettings(test.context.db);
  await updateLicensingSettings(test.context, { ...settings, devicesPerPerson }, admin);
}

/** A person with so many devices, and an app that is licensed to them. */
async function person(name: string, devices: number): Promise<number> {
  const location = { uid: name, ...(await organization.location(name)) };
  const { appId, assetId } = await organization.app(location, 5);
  const personId = await organization.person(name);
  for (let i = 0; i < devices; i += 1)
    await organization.device(`${name.toUpperCase()}0000${i}`, { personId });
  const group = await organization.group();
  await organization.join(group, { personId });
  await organization.assignAs(appId, { groupId: group, licenseType: 'user' });
  await organization.decide();
  return assetId;
}

/** How many devices the person's license serves, and to how many it is refused. */
async function served(assetId: number): Promise<readonly [served: number, refused: number]> {
  await organization.decide();
  const rows = await test.context.db
    .selectFrom('grants.placement')
    .select('refused')
    .where('assetId', '=', assetId)
    .where('leaving', '=', false)
    .execute();
  const refused = rows.filter((row) => row.refused === 'deviceLimit').length;
  return [rows.length - refused, refused];
}

/** How many decisions are due. */
async function notes(): Promise<number> {
  const { db } = test.context;
  return (await db.selectFrom('db.note').select('id').where('room', '=', 'grants').execute())
    .length;
}

describe('how many devices a user license serves', () => {
  it('[brief 27] counts for the licenses that are there as soon as it is saved', async () => {
    const assetId = await person('many', 6);
    expect(await served(assetId)).toEqual([5, 1]);
    await allow(6);
    expect(await served(assetId)).toEqual([6, 0]);
    await allow(2);
    expect(await served(assetId)).toEqual([2, 4]);
    await allow(5);
    expect(await served(assetId)).toEqual([5, 1]);
  });

  it('[brief 27] counts those that are to have licenses of their own and wait for these', async () => {
    const six = await TestPerson.with(test, 'six', 6, 1);
    await six.assign([0, 1, 2, 3, 4, 5]);
    const [third = 0] = (await six.served()).slice(2);
    const groupId = await organization.group();
    await organization.join(groupId, { deviceId: six.device(third).directoryId });
    await six.assign([third], { groupId, licenseType: 'device', priority: 1 });
    expect(await six.served()).toContain(third);
    expect(await served(six.assetId)).toEqual([5, 1]);
  });

  it('has nothing decided anew where nobody has so many devices, or it stays', async () => {
    await person('few', 2);
    await allow(7);
    await organization.decide();
    await allow(9);
    expect(await notes()).toBe(0);
    await allow(9);
    expect(await notes()).toBe(0);
    await allow(1);
    expect(await notes()).toBeGreaterThan(0);
  });
});
