import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import type { Device } from '../../src/devices/device.ts';
import type { DeviceRequest } from '../../src/devices/traits.ts';
import { APP, FleetWorld, SAM, SAM_AT_WORK } from './support/fleet-world.ts';
import type { Dictionary } from './support/mdm-server.ts';
import { without } from './support/profile.ts';

let w: FleetWorld;

beforeAll(async () => {
  w = await FleetWorld.start();
});

afterAll(() => w[Symbol.asyncDispose]());

beforeEach(() => {
  w.reset();
});

const OWN = { installedApps: [{ bundleId: 'org.example.private' }] };

describe('User Enrollment', () => {
  it('names the device by an EnrollmentID and tells nothing of the hardware', async () => {
    const device = await enrolled({ family: 'iPhone' });
    await w.run(device, { RequestType: 'ProfileList' });
    await w.fleet.checkOut(device, false);
    const id = w.server.messages('Authenticate')[0]?.['EnrollmentID'];
    expect(id).toMatch(/^[0-9A-F-]{36}$/);
    for (const { message } of w.server.received) {
      expect(message['EnrollmentID']).toBe(id);
      for (const key of ['UDID', 'SerialNumber', 'IMEI', 'UnlockToken'])
        expect(message).not.toHaveProperty(key);
    }
    expect(w.server.messages('Authenticate')[0]).toMatchObject({ OSVersion: '18.1' });
    expect(w.server.received.map(({ raw }) => raw.toString()).join()).not.toContain(
      device.serialNumber,
    );
  });

  it('has another EnrollmentID after the next enrollment', async () => {
    const device = await enrolled();
    const first = device.enrollment?.enrollmentId;
    await w.fleet.checkOut(device, false);
    await w.fleet.enroll(device, profile());
    expect(device.enrollment?.enrollmentId).not.toBe(first);
  });

  it('ignores the rights, and withholds what no server may know', async () => {
    const device = await enrolled();
    const Queries = 'UDID SerialNumber IMEI AwaitingConfiguration OSVersion iTunesStoreAccountHash';
    const command = {
      RequestType: 'DeviceInformation',
      Queries: [...Queries.split(' '), 'iTunesStoreAccountIsActive'],
    };
    const { QueryResponses } = await w.run(device, command);
    expect(QueryResponses).toEqual({ OSVersion: '18.1' });
  });

  it('lists only managed apps', async () => {
    giveWorkLicense();
    const device = await enrolled(OWN);
    await w.install(device);
    await w.reaches(device, 'Managed');
    const list = await w.run(device, { RequestType: 'InstalledApplicationList' });
    const apps = list['InstalledApplicationList'] as Dictionary[];
    expect(apps.map(({ Identifier }) => Identifier)).toEqual([APP.bundleId]);
  });

  it('runs apps on licenses of the Managed Apple Account, never of the device or the private account', async () => {
    const device = await enrolled();
    w.licenses.held.add(`${APP.adamId}:${device.serialNumber}`);
    w.giveUserLicense();
    expect(await w.install(device)).toMatchObject({ Status: 'Error' });
    giveWorkLicense();
    await w.install(device);
    await w.reaches(device, 'Managed');
    expect(device.promptsShown).toMatchObject({ install: 1, account: 0 });
    expect(w.licenses.asked.every(({ serialNumber }) => serialNumber === undefined)).toBe(true);
  });

  it.each<[string, Dictionary, Partial<DeviceRequest>, string]>([
    ['a purchase of one’s own', { Options: {} }, {}, 'PurchaseMethodNotSupported'],
    [
      'a take-over',
      { ChangeManagementState: 'Managed' },
      { installedApps: [{ bundleId: APP.bundleId }] },
      'ManagementChangeNotSupported',
    ],
    [
      'an app the person has',
      {},
      { installedApps: [{ bundleId: APP.bundleId }] },
      'AppAlreadyInstalled',
    ],
  ])('refuses %s', async (_name, more, traits, RejectionReason) => {
    giveWorkLicense();
    const device = await enrolled(traits);
    expect(await w.install(device, more)).toMatchObject({ RejectionReason });
  });

  it('knows no invitation to the program', async () => {
    const command = {
      RequestType: 'InviteToProgram',
      ProgramID: 'com.apple.cloudvpp',
      InvitationURL: 'https://buy.example/?inviteCode=1',
    };
    expect(await w.run(await enrolled(), command)).toMatchObject({ Status: 'Error' });
  });

  it.each<[string, Partial<DeviceRequest>, Dictionary, RegExp]>([
    ['the person has no Managed Apple Account', { managedAccountId: null }, {}, /needs a Managed/],
    ['the profile is for nobody', {}, { AssignedManagedAppleID: 'x@y.example' }, /needs a Managed/],
    [
      'the profile is for a private account',
      {},
      { AssignedManagedAppleID: SAM.appleAccount ?? '' },
      /needs a Managed/,
    ],
    ['the mode is unknown', {}, { EnrollmentMode: 'byod' }, /must be BYOD or ADDE/],
    ['the device is an Apple TV', { family: 'AppleTV' }, {}, /no User Enrollment/],
  ])('fails when %s', async (_name, traits, mdm, message) => {
    const device = w.create(person(traits));
    await expect(w.fleet.enroll(device, profile(mdm))).rejects.toThrow(message);
    expect(w.server.received).toEqual([]);
  });

  it('is made with the account that the profile assigns', async () => {
    const device = w.create({ personId: SAM.personId });
    await w.fleet.enroll(
      device,
      profile({ AssignedManagedAppleID: SAM_AT_WORK.appleAccount ?? '' }),
    );
    expect(device.enrollment?.workAccount).toEqual(SAM_AT_WORK);
  });

  it('account-driven device enrollment shows the device as ever', async () => {
    await w.fleet.enroll(w.create(), profile({ EnrollmentMode: 'ADDE', AccessRights: 8191 }));
    expect(w.server.messages('Authenticate')[0]).toHaveProperty('UDID');
  });
});

describe('a Managed Apple Account in the store', () => {
  it('is told by its hash, and its licenses count', async () => {
    giveWorkLicense();
    const device = await w.enrolled(person({ storeAccount: 'managed' }), false);
    const Queries = ['iTunesStoreAccountHash'];
    const answer = await w.run(device, { RequestType: 'DeviceInformation', Queries });
    expect(answer).toMatchObject({
      QueryResponses: { iTunesStoreAccountHash: SAM_AT_WORK.idHash },
    });
    await w.install(device);
    await w.reaches(device, 'Managed');
  });
});

function person(traits: Partial<DeviceRequest>): Partial<DeviceRequest> {
  return { personId: SAM.personId, managedAccountId: SAM_AT_WORK.personId, ...traits };
}

function profile(more: Dictionary = {}): string {
  const mdm = { ...without(w.parts.mdm, 'AccessRights'), EnrollmentMode: 'BYOD', ...more };
  return w.serve({ ...w.parts, mdm });
}

async function enrolled(traits: Partial<DeviceRequest> = {}): Promise<Device> {
  const device = w.create(person(traits));
  await w.fleet.enroll(device, profile());
  return device;
}

function giveWorkLicense(): void {
  w.licenses.held.add(`${APP.adamId}:${SAM_AT_WORK.idHash}`);
}
