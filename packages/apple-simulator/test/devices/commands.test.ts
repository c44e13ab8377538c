import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { APP, FleetWorld, SAM, installCommand } from './support/fleet-world.ts';
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

async function withRights(accessRights: number) {
  const device = w.create({ personId: SAM.personId });
  const mdm = { ...w.parts.mdm, AccessRights: accessRights };
  await w.fleet.enroll(device, w.serve({ ...w.parts, mdm }));
  return device;
}

function codes(result: Dictionary): unknown[] {
  return (result['ErrorChain'] as Dictionary[]).map(({ ErrorCode }) => ErrorCode);
}

describe('malformed commands are answered with CommandFormatError', () => {
  it.each<[string, Dictionary]>([
    ['without RequestType', {}],
    ['iTunesStoreID as text', installCommand({ iTunesStoreID: APP.adamId })],
    ['iTunesStoreID as a real', installCommand({ iTunesStoreID: 1.5 })],
    ['iTunesStoreID and Identifier', installCommand({ Identifier: APP.bundleId })],
    ['none of the three names', without(installCommand({}), 'iTunesStoreID')],
    ['an unknown PurchaseMethod', installCommand({ Options: { PurchaseMethod: 2 } })],
    ['PurchaseMethod as text', installCommand({ Options: { PurchaseMethod: '1' } })],
    ['ManagementFlags out of range', installCommand({ ManagementFlags: 2 })],
    ['Configuration as text', installCommand({ Configuration: '<dict/>' })],
    ['Removable as text', installCommand({ Attributes: { Removable: 'false' } })],
    ['another ChangeManagementState', installCommand({ ChangeManagementState: 'Unmanaged' })],
    ['Queries missing', { RequestType: 'DeviceInformation' }],
    ['Queries as text', { RequestType: 'DeviceInformation', Queries: 'UDID' }],
    ['Identifiers of numbers', { RequestType: 'ManagedApplicationList', Identifiers: [1] }],
    ['an unknown item', { RequestType: 'InstalledApplicationList', Items: ['IsAppStoreVendable'] }],
    ['RemoveApplication of nothing', { RequestType: 'RemoveApplication' }],
    ['InviteToProgram without a link', { RequestType: 'InviteToProgram', ProgramID: 'x' }],
    ['Settings as a dictionary', { RequestType: 'Settings', Settings: {} }],
  ])('%s', async (_name, command) => {
    const device = await w.enrolled();
    const result = await w.run(device, command);
    expect(result).toMatchObject({ Status: 'CommandFormatError', UDID: device.udid });
    expect(codes(result)).toEqual([12008]);
    expect(w.states(device)).toEqual([]);
  });
});

describe('commands', () => {
  it('unknown ones are answered with error 12021', async () => {
    const result = await w.run(await w.enrolled(), { RequestType: 'MakeCoffee' });
    expect(result['Status']).toBe('Error');
    expect(codes(result)).toEqual([12021]);
    const television = await w.enrolled({ family: 'AppleTV' });
    const invite = { RequestType: 'InviteToProgram', ProgramID: 'x', InvitationURL: 'https://x' };
    expect(codes(await w.run(television, invite))).toEqual([12021]);
  });

  it.each<[Dictionary, number]>([
    [installCommand(), 8191 - 4096],
    [{ RequestType: 'ManagedApplicationList' }, 8191 - 4096],
    [{ RequestType: 'RemoveApplication', Identifier: 'x' }, 8191 - 4096],
    [{ RequestType: 'InstalledApplicationList' }, 8191 - 256],
    [{ RequestType: 'Settings', Settings: [] }, 8191 - 2048],
    [{ RequestType: 'ProfileList' }, 8188],
  ])('%o fails without its right', async (command, rights) => {
    expect(codes(await w.run(await withRights(rights), command))).toEqual([12007]);
  });

  it('keys that devices do not know are passed over, and told in the journal', async () => {
    const device = await w.enrolled();
    const result = await w.run(device, { RequestType: 'ProfileList', ManagedOnli: true });
    expect(result['Status']).toBe('Acknowledged');
    expect(w.world.journal.entries('command.unknown-keys').at(-1)).toMatchObject({
      serialNumber: device.serialNumber,
      keys: ['Command.ManagedOnli'],
    });
  });
});

describe('DeviceInformation', () => {
  const Queries = [
    'UDID',
    'SerialNumber',
    'OSVersion',
    'AvailableDeviceCapacity',
    'IsSupervised',
    'iTunesStoreAccountIsActive',
    'iTunesStoreAccountHash',
    'NoSuchQuery',
  ];

  it('answers what the rights allow and leaves out the rest', async () => {
    const device = await withRights(8191);
    const full = await w.run(device, { RequestType: 'DeviceInformation', Queries });
    expect(full['QueryResponses']).toEqual({
      UDID: device.udid,
      SerialNumber: device.serialNumber,
      OSVersion: '18.1',
      AvailableDeviceCapacity: 32.5,
      IsSupervised: false,
      iTunesStoreAccountIsActive: true,
      iTunesStoreAccountHash: SAM.idHash,
    });
    const fewer = await w.run(await withRights(4096), {
      RequestType: 'DeviceInformation',
      Queries,
    });
    expect(Object.keys(fewer['QueryResponses'] as Dictionary)).toEqual([
      'UDID',
      'iTunesStoreAccountIsActive',
      'iTunesStoreAccountHash',
    ]);
    const least = await w.run(await withRights(16), { RequestType: 'DeviceInformation', Queries });
    expect(least['QueryResponses']).not.toHaveProperty('iTunesStoreAccountHash');
  });

  it('tells the hash of whoever is signed in', async () => {
    expect(await accountHash('none')).toBeUndefined();
    expect(await accountHash('other')).toMatch(/^[A-Za-z0-9+/]{27}=$/);
    expect(await accountHash('other')).not.toBe(SAM.idHash);
  });
});

describe('lists', () => {
  it('InstalledApplicationList tells the apps, all keys or only those asked for', async () => {
    const device = await w.enrolled({
      installedApps: [{ bundleId: 'org.example.own', version: '1.2' }],
    });
    await w.install(device);
    await w.reaches(device, 'Managed');
    const full = await w.run(device, { RequestType: 'InstalledApplicationList' });
    expect(full['InstalledApplicationList']).toEqual([
      expect.objectContaining({
        Identifier: 'org.example.own',
        Version: '1.2',
        DeviceBasedVPP: false,
      }),
      expect.objectContaining({
        Identifier: APP.bundleId,
        Version: '4.2',
        ShortVersion: '4.2',
        DeviceBasedVPP: true,
        AppStoreVendable: false,
        ExternalVersionIdentifier: APP.externalVersionId,
      }),
    ]);
    const narrow = {
      RequestType: 'InstalledApplicationList',
      ManagedAppsOnly: true,
      Items: ['Version'],
    };
    expect((await w.run(device, narrow))['InstalledApplicationList']).toEqual([
      { Identifier: APP.bundleId, Version: '4.2' },
    ]);
    const one = { RequestType: 'InstalledApplicationList', Identifiers: ['org.example.own'] };
    expect((await w.run(device, one))['InstalledApplicationList']).toHaveLength(1);
  });

  it('HasUpdateAvailable lags behind the store by up to a day', async () => {
    const device = await w.enrolled();
    await w.install(device);
    await w.reaches(device, 'Managed');
    const newer = { ...APP, adamId: '900100009', externalVersionId: APP.externalVersionId + 1 };
    w.titles.set(APP.adamId, { ...newer, adamId: APP.adamId });
    const known = async () => {
      const result = await w.run(device, { RequestType: 'InstalledApplicationList' });
      return (result['InstalledApplicationList'] as Dictionary[])[0]?.['HasUpdateAvailable'];
    };
    expect(await known()).toBe(false);
    await w.world.clock.advance(86_400_000);
    expect(await known()).toBe(true);
    w.titles.set(APP.adamId, APP);
  });

  it('ProfileList tells the enrollment profile with its payloads', async () => {
    const result = await w.run(await w.enrolled(), { RequestType: 'ProfileList' });
    expect(result['ProfileList']).toEqual([
      expect.objectContaining({
        PayloadUUID: w.parts.outer['PayloadUUID'],
        IsManaged: true,
        PayloadContent: [
          expect.objectContaining({ PayloadType: 'com.apple.security.pkcs12' }),
          expect.objectContaining({ PayloadType: 'com.apple.mdm' }),
        ],
      }),
    ]);
  });
});

describe('Settings', () => {
  it('apply one by one: one may fail while the command is acknowledged', async () => {
    const device = await w.enrolled();
    await w.install(device);
    await w.reaches(device, 'Managed');
    const Settings = [
      { Item: 'OrganizationInfo', OrganizationInfo: { OrganizationName: 'Example District' } },
      { Item: 'ApplicationConfiguration', Identifier: APP.bundleId, Configuration: { site: 'A' } },
      { Item: 'ApplicationConfiguration', Identifier: 'org.example.absent' },
      { Item: 'DeviceName', DeviceName: 'Cart 3' },
      { Item: 'Ringtone' },
    ];
    const result = await w.run(device, { RequestType: 'Settings', Settings });
    expect(result['Status']).toBe('Acknowledged');
    expect((result['Settings'] as Dictionary[]).map(({ Status }) => Status)).toEqual([
      'Acknowledged',
      'Acknowledged',
      'Error',
      'Error',
      'Error',
    ]);
    expect(device.organizationName).toBe('Example District');
    const list = await w.run(device, { RequestType: 'ManagedApplicationList' });
    expect(list['ManagedApplicationList']).toMatchObject({
      [APP.bundleId]: { HasConfiguration: true },
    });
  });
});

async function accountHash(storeAccount: 'none' | 'other'): Promise<unknown> {
  const device = await w.enrolled({ personId: SAM.personId, storeAccount });
  const Queries = ['iTunesStoreAccountHash'];
  const result = await w.run(device, { RequestType: 'DeviceInformation', Queries });
  return (result['QueryResponses'] as Dictionary)['iTunesStoreAccountHash'];
}
