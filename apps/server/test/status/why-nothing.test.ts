import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { system } from '../../src/audit/record.ts';
import { deleteGroup } from '../../src/directory/index.ts';
import { explainWhy } from '../../src/status/index.ts';
import { type TestContext, openTestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';

let test: TestContext;
let organization: TestOrganization;
let location: { uid: string; tokenId: string };
let groupId: string;
let n = 0;

beforeAll(async () => {
  test = await openTestContext();
  organization = new TestOrganization(test.context);
  location = { uid: 'nothing', ...(await organization.location('nothing')) };
});
afterAll(async () => test[Symbol.asyncDispose]());

beforeEach(async () => {
  n += 1;
  groupId = await organization.group('Staff');
});

async function member(more: Parameters<TestOrganization['device']>[1] = {}) {
  const device = await organization.device(`NOTHING0${n}`, more);
  await organization.join(groupId, { deviceId: device.directoryId });
  return device;
}

/** At which step it stops, and the cause. */
async function why(
  assetId: number,
  whom: { readonly deviceId: string } | { readonly personId: string },
): Promise<string> {
  await organization.decide();
  const asked = { deviceId: null, personId: null, ...whom };
  const { stopsAt, steps } = await explainWhy(test.context, { assetId, ...asked });
  return `${stopsAt}: ${steps.find(({ step }) => step === stopsAt)?.reason?.cause}`;
}

describe('why an assignment comes to nothing', () => {
  it('is that the device has left, or is silent, and not that nobody has asked', async () => {
    const { appId, assetId } = await organization.app(location, 5);
    const { deviceId } = await member();
    await organization.assign(appId, groupId);
    const { db } = test.context;
    await sql`update grants.setting set silent_days = 30`.execute(db);
    await sql`insert into grants.silent_device (device_id, since) values (${deviceId}, ${test.clock.now()})`.execute(
      db,
    );
    expect(await why(assetId, { deviceId })).toMatch(/^assignment: The device has not checked in/);
    const leave = async (state: string, as: string | null) =>
      sql`update devices.device set management_state = ${state}, left_as = ${as} where id = ${deviceId}`.execute(
        db,
      );
    await leave('unenrolled', 'retired');
    expect(await why(assetId, { deviceId })).toBe(
      'assignment: The device was retired: nothing is given to it.',
    );
    await leave('unenrolled', 'wiped');
    expect(await why(assetId, { deviceId })).toMatch(/was wiped/);
    await leave('unenrolled', null);
    expect(await why(assetId, { deviceId })).toMatch(/not managed any more/);
    await leave('discovered', null);
    expect(await why(assetId, { deviceId })).toMatch(/has not enrolled/);
  });

  it('is that the person has no device in use, of an app and of a book', async () => {
    const personId = await organization.person('deviceless');
    await organization.join(groupId, { personId });
    for (const productType of ['App', 'Book'] as const) {
      const { appId, assetId } = await organization.app(location, 5, { productType });
      await organization.assignAs(appId, { groupId, licenseType: 'user' });
      expect(await why(assetId, { personId })).toMatch(/^assignment: The person has no device/);
    }
  });

  it('is that the only group with Uninstall was deleted', async () => {
    const { appId, assetId } = await organization.app(location, 5);
    const { deviceId } = await member();
    await organization.assignAs(appId, { groupId, intent: 'uninstall' });
    expect(await why(assetId, { deviceId })).toBe('assignment: An assignment says Uninstall.');
    await deleteGroup(test.context, groupId, system('test'));
    expect(await why(assetId, { deviceId })).toMatch(/group of the assignments was deleted/);
  });

  it('is not that nobody asked, where the license is there from when the app was Required [L 42]', async () => {
    const { appId, assetId } = await organization.app(location, 1);
    const { deviceId } = await member();
    await organization.assign(appId, groupId);
    await organization.decide();
    await sql`delete from grants.open_change where asset_id = ${assetId}`.execute(test.context.db);
    await sql`update grants.demand set held = true where granted`.execute(test.context.db);
    const late = await organization.device(`NOTHINGLATE${n}`);
    await organization.join(groupId, { deviceId: late.directoryId });
    expect(await why(assetId, late)).toMatch(/^license: /);
    await organization.unassign(appId, groupId);
    await organization.assignAs(appId, { groupId, intent: 'available' });
    expect(await why(assetId, { deviceId })).toMatch(/^command: The device is about to be told/);
    expect(await why(assetId, late)).toMatch(/^assignment: .*nobody has asked/);
    await sql`update grants.demand set asked = true where held`.execute(test.context.db);
    expect(await why(assetId, { deviceId })).toMatch(/^command: /);
    await organization.unassign(appId, groupId);
    await organization.assignAs(appId, { groupId, intent: 'available' });
    expect(await why(assetId, { deviceId })).toMatch(/^assignment: .*nobody has asked/);
  });

  it('is that the group in between was deleted, through which Available came', async () => {
    const { appId, assetId } = await organization.app(location, 5);
    const { deviceId } = await member();
    const outer = await organization.group('Outer');
    await organization.join(outer, { childGroupId: groupId });
    await organization.assignAs(appId, { groupId: outer, intent: 'available' });
    expect(await why(assetId, { deviceId })).toMatch(/nobody has asked/);
    await deleteGroup(test.context, groupId, system('test'));
    expect(await why(assetId, { deviceId })).toMatch(/group of the assignments was deleted/);
  });

  it('is that an app for another platform cannot be removed', async () => {
    const { appId, assetId } = await organization.app(location, 5);
    await sql`update library.app set platform = 'macos' where id = ${appId}`.execute(
      test.context.db,
    );
    const { deviceId } = await member();
    await organization.assignAs(appId, { groupId, intent: 'uninstall' });
    expect(await why(assetId, { deviceId })).toMatch(/for another platform: it cannot be there/);
  });

  it('is that a deleted group gives nothing new, also to a device whose person has a license for others', async () => {
    const { appId, assetId } = await organization.app(location, 5);
    const personId = await organization.person('suspended');
    const first = await organization.device('NOTHINGOLD', { personId });
    await organization.join(groupId, { personId });
    await organization.assignAs(appId, { groupId, licenseType: 'user' });
    await organization.decide();
    await sql`update grants.demand set held = true where granted`.execute(test.context.db);
    await sql`insert into associations.apple_user (location_uid, holder_id, person_id, due, state)
      select ${location.uid}, id, person_id, false, 'associated' from library.holder where person_id = ${personId}`.execute(
      test.context.db,
    );
    await deleteGroup(test.context, groupId, system('test'));
    const second = await organization.device('NOTHINGNEW', { personId });
    expect(await why(assetId, { deviceId: first.deviceId })).toMatch(
      /^command: The device is about to be told/,
    );
    expect(await why(assetId, { deviceId: second.deviceId })).toMatch(
      /^assignment: A group of the assignments was deleted/,
    );
  });
});
