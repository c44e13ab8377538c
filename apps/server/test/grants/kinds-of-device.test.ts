import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeManagedAppleIdsFrom } from '../../src/associations/index.ts';
import { updatePerson } from '../../src/directory/index.ts';
import { explainPair, requestTitle } from '../../src/grants/index.ts';
import { deviceStatuses } from '../../src/status/index.ts';
import { actor, type Mdm, openMdm } from '../devices/support/mdm.ts';
import { TestDevice } from '../devices/support/test-device.ts';
import { TestOrganization } from '../support/organization.ts';

let mdm: Mdm;
let organization: TestOrganization;
let location: { uid: string; tokenId: string };
beforeAll(async () => {
  mdm = await openMdm();
  organization = new TestOrganization(mdm.context);
  location = { uid: 'L-1', ...(await organization.location('L-1')) };
});
afterAll(async () => mdm[Symbol.asyncDispose]());

/** An app for a group that has the device, with that type of license. */
async function assigned(
  directoryDeviceId: string,
  licenseType: 'device' | 'user',
  where = location,
) {
  const groupId = await organization.group();
  await organization.join(groupId, { deviceId: directoryDeviceId });
  const app = await organization.app(where, 5);
  await organization.assignAs(app.appId, { groupId, licenseType });
  return app;
}

/** What comes of the app on the device: the reason why not, or how many licenses are wanted. */
async function outcome(assetId: number, deviceId: string) {
  await organization.decide();
  const { notApplicable } = await explainPair(mdm.context, { assetId, deviceId, personId: null });
  return notApplicable ?? (await organization.line(assetId)).filter((one) => one.wanted).length;
}

const row = async (serialNumber: string) =>
  mdm.context.db
    .selectFrom('devices.device')
    .select(['id', 'directoryDeviceId'])
    .where('serialNumber', '=', serialNumber)
    .executeTakeFirstOrThrow();

/** Enrolls for a person and tells whether it is a Shared iPad. */
async function enroll(serialNumber: string, personId: string, isMultiUser: boolean) {
  // The same hardware whenever it comes.
  const device = new TestDevice(mdm, serialNumber, `UDID-OF-${serialNumber}`);
  await device.enroll(personId);
  await device.session(({ requestType }) => ({
    status: 'Acknowledged',
    result:
      requestType === 'DeviceInformation' ? { QueryResponses: { IsMultiUser: isMultiUser } } : {},
  }));
  return row(serialNumber);
}

describe('what a device can use', () => {
  it('is device licenses alone on a Shared iPad, from when it says that it is one [L 26]', async () => {
    const ann = await organization.person('Ann');
    const { id, directoryDeviceId } = await enroll('C02KINDS001', ann, false);
    const byUser = await assigned(directoryDeviceId, 'user');
    const byDevice = await assigned(directoryDeviceId, 'device');
    expect(await outcome(byUser.assetId, id)).toBe(1);
    await enroll('C02KINDS001', ann, true);
    expect(await outcome(byUser.assetId, id)).toBe('sharedDevice');
    expect((await organization.line(byUser.assetId)).some((one) => one.wanted)).toBe(false);
    expect(await outcome(byDevice.assetId, id)).toBe(1);
  });

  it('is nothing that is Available on a Shared iPad: nobody can ask for it there [L 26]', async () => {
    const personId = await organization.person('Cleo');
    const { id: deviceId } = await enroll('C02KINDS026', personId, false);
    const groupId = await organization.group();
    await organization.join(groupId, { personId });
    const { appId, assetId } = await organization.app(location, 5);
    await organization.assignAs(appId, { groupId, intent: 'available' });
    const ask = async (): Promise<void> =>
      requestTitle(mdm.context, { appId, deviceId, personId }, actor);
    await ask();
    expect(await outcome(assetId, deviceId)).toBe(1);
    await enroll('C02KINDS026', personId, true);
    expect(await outcome(assetId, deviceId)).toBe(0);
    await expect(ask()).rejects.toMatchObject({ code: 'sharedDevice' });
    expect(await outcome(assetId, deviceId)).toBe(0);
  });

  it('is device licenses alone where somebody enrolled it for others, by a link that names nobody [L 25]', async () => {
    const device = new TestDevice(mdm, 'C02KINDS025');
    await device.enroll();
    const { id, directoryDeviceId } = await row('C02KINDS025');
    const byUser = await assigned(directoryDeviceId, 'user');
    const byDevice = await assigned(directoryDeviceId, 'device');
    expect(await outcome(byUser.assetId, id)).toBe('noPrimaryUser');
    expect(await outcome(byDevice.assetId, id)).toBe(1);
    await device.enroll(await organization.person('Dora'));
    expect(await outcome(byUser.assetId, id)).toBe(1);
  });

  it('is user licenses of a Managed Apple Account alone under User Enrollment [L 17]', async () => {
    const ben = await organization.person('Ben');
    const { id, directoryDeviceId } = await enroll('C02KINDS002', ben, false);
    const byUser = await assigned(directoryDeviceId, 'user');
    const byDevice = await assigned(directoryDeviceId, 'device');
    await mdm.context.db
      .updateTable('devices.device')
      .set({ userEnrollment: true })
      .where('id', '=', id)
      .execute();
    expect(await outcome(byDevice.assetId, id)).toBe('userEnrollment');
    expect(await outcome(byUser.assetId, id)).toBe('noManagedAccount');
    await updatePerson(mdm.context, ben, { managedAppleId: 'ben@appleid.example.org' }, actor);
    expect(await outcome(byUser.assetId, id)).toBe(1);
  });

  it('is user licenses under User Enrollment where the location takes the accounts from the user principal names', async () => {
    const dan = await organization.person('Dan');
    const elsewhere = { uid: 'L-2', ...(await organization.location('L-2')) };
    const { id, directoryDeviceId } = await enroll('C02KINDS003', dan, false);
    await mdm.context.db
      .updateTable('devices.device')
      .set({ userEnrollment: true })
      .where('id', '=', id)
      .execute();
    const byUser = await assigned(directoryDeviceId, 'user');
    const other = await assigned(directoryDeviceId, 'user', elsewhere);
    expect(await outcome(byUser.assetId, id)).toBe('noManagedAccount');
    await takeManagedAppleIdsFrom(mdm.context, location.uid, 'userPrincipalName', actor);
    expect(await outcome(byUser.assetId, id)).toBe(1);
    expect(await outcome(other.assetId, id)).toBe('noManagedAccount');
    const { value } = await deviceStatuses(mdm.context.db, { appId: byUser.appId });
    expect(value).toMatchObject([{ deviceId: id, license: { state: 'granted' } }]);
    await takeManagedAppleIdsFrom(mdm.context, location.uid, 'directory', actor);
    expect(await outcome(byUser.assetId, id)).toBe('noManagedAccount');
    expect((await organization.line(byUser.assetId)).some((one) => one.wanted)).toBe(false);
  });
});
