import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { APP, FleetWorld, SAM, installCommand } from './support/fleet-world.ts';

let w: FleetWorld;

beforeAll(async () => {
  w = await FleetWorld.start();
});

afterAll(() => w[Symbol.asyncDispose]());

beforeEach(() => {
  w.reset();
});

const EVERYTHING =
  'UDID SerialNumber OSVersion ProductName Model ModelName IMEI DeviceCapacity AvailableDeviceCapacity ' +
  'BatteryLevel IsSupervised IsMultiUser IsAppleSilicon iTunesStoreAccountIsActive AwaitingConfiguration';

describe('what a device says of itself', () => {
  it.each([
    ['iPhone', ['IMEI', 'IsMultiUser'], ['IsAppleSilicon']],
    ['Mac', ['IsAppleSilicon'], ['IMEI', 'IsMultiUser']],
    [
      'AppleTV',
      ['Model'],
      ['DeviceCapacity', 'AvailableDeviceCapacity', 'BatteryLevel', 'IMEI', 'IsMultiUser'],
    ],
    [
      'Vision',
      ['DeviceCapacity', 'ProductName'],
      ['iTunesStoreAccountIsActive', 'Model', 'IMEI', 'IsMultiUser'],
    ],
  ] as const)('%s', async (family, present, absent) => {
    const device = await w.enrolled({ family });
    const Queries = EVERYTHING.split(' ');
    const { QueryResponses } = await w.run(device, { RequestType: 'DeviceInformation', Queries });
    for (const query of [...present, 'SerialNumber', 'OSVersion'])
      expect(QueryResponses).toHaveProperty(query);
    for (const query of absent) expect(QueryResponses).not.toHaveProperty(query);
  });
});

describe('a vision device', () => {
  it('installs, updates and removes what is made for it, and refuses the rest', async () => {
    w.titles.set(APP.adamId, { ...APP, families: ['realityDevice', 'ipad'] });
    const device = await w.enrolled({ family: 'Vision', supervised: true });
    await w.install(device, { Attributes: { Removable: false } });
    await w.reaches(device, 'Managed');
    await w.run(device, { RequestType: 'RemoveApplication', Identifier: APP.bundleId });
    expect(await w.status(device)).toBeUndefined();
    w.titles.set(APP.adamId, APP);
    expect(await w.install(device)).toMatchObject({ RejectionReason: 'NotSupported' });
  });

  it('compares the version only with a title made for visionOS', async () => {
    const title = { ...APP, families: ['realityDevice' as const] };
    w.titles.set(APP.adamId, { ...title, minimumOsVersion: '2.4' });
    const device = await w.enrolled({ family: 'Vision' });
    expect(await w.install(device)).toMatchObject({ RejectionReason: 'NotSupported' });
  });
});

describe('an Apple TV', () => {
  it('installs while “locked”, for it has no lock, and knows neither books nor MDMOptions', async () => {
    w.titles.set(APP.adamId, { ...APP, families: ['tvos'] });
    const device = await w.enrolled({ family: 'AppleTV', supervised: true, locked: true });
    await w.install(device);
    await w.reaches(device, 'Managed');
    expect(await w.run(device, { RequestType: 'ManagedMediaList' })).toMatchObject({
      Status: 'Error',
    });
    const Settings = [
      { Item: 'MDMOptions', MDMOptions: {} },
      { Item: 'DeviceName', DeviceName: 'Lobby' },
    ];
    expect(await w.run(device, { RequestType: 'Settings', Settings })).toMatchObject({
      Settings: [{ Status: 'Error' }, { Status: 'Acknowledged' }],
    });
  });
});

describe('the country of the store', () => {
  it('hides what is not for sale there, whatever the licenses', async () => {
    w.titles.set(APP.adamId, { ...APP, absentIn: ['de'] });
    const here = await w.enrolled({ storefront: 'us', supervised: true });
    await w.install(here);
    await w.reaches(here, 'Managed');
    const there = await w.enrolled({ storefront: 'DE', supervised: true });
    expect(await w.install(there)).toMatchObject({ RejectionReason: 'CouldNotVerifyAppID' });
    w.titles.set('19', { ...APP, adamId: '19', bundleId: '', kind: 'book', absentIn: ['de'] });
    const book = { RequestType: 'InstallMedia', MediaType: 'Book', iTunesStoreID: 19 };
    const reader = await w.enrolled({ storefront: 'de', personId: SAM.personId });
    expect(await w.run(reader, book)).toMatchObject({
      RejectionReason: 'CouldNotVerifyITunesStoreID',
    });
  });
});

describe('Setup Assistant', () => {
  const AWAITING = { supervised: true, awaitingConfiguration: true };

  it('is told in TokenUpdate and DeviceInformation, until the server ends it', async () => {
    const device = await w.enrolled(AWAITING);
    expect(w.server.messages('TokenUpdate')).toMatchObject([{ AwaitingConfiguration: true }]);
    const query = { RequestType: 'DeviceInformation', Queries: ['AwaitingConfiguration'] };
    const told = async () => (await w.run(device, query))['QueryResponses'];
    expect(await told()).toEqual({ AwaitingConfiguration: true });
    const done = { RequestType: 'DeviceConfigured' };
    expect(await w.run(device, done)).toMatchObject({ Status: 'Acknowledged' });
    expect(await told()).toEqual({ AwaitingConfiguration: false });
    expect(await w.run(device, done)).toMatchObject({ Status: 'Error' });
  });

  it.each([
    ['before iOS 16', 'iPhone', { osVersion: '15.7' }],
    ['before tvOS 16', 'AppleTV', { osVersion: '15.7' }],
    ['on an unsupervised device', 'iPad', { supervised: false }],
  ] as const)(
    'NotNow %s, and the install follows by itself afterwards',
    async (_name, family, traits) => {
      w.titles.set(APP.adamId, {
        ...APP,
        families: ['iphone', 'ipad', 'tvos'],
        minimumOsVersion: '15.0',
      });
      const device = await w.enrolled({ family, ...AWAITING, ...traits });
      expect(await w.install(device)).toMatchObject({ Status: 'NotNow' });
      w.fleet.change(device, { awaitingConfiguration: false });
      await w.reaches(device, 'Managed');
    },
  );

  it('from iOS 16 on supervised devices take device licenses, and user licenses fail', async () => {
    const device = await w.enrolled(AWAITING);
    await w.install(device);
    await w.reaches(device, 'Managed');
    w.giveUserLicense();
    const other = await w.enrolled({ ...AWAITING, personId: SAM.personId }, false);
    expect(await w.install(other)).toMatchObject({
      Status: 'Error',
      ErrorChain: [{ ErrorCode: 12040 }],
    });
  });

  it('puts off invitations and books', async () => {
    const device = await w.enrolled({ ...AWAITING, personId: SAM.personId });
    for (const command of [
      { RequestType: 'InviteToProgram', ProgramID: 'x', InvitationURL: 'x' },
      { RequestType: 'InstallMedia', MediaType: 'Book', iTunesStoreID: 19 },
    ]) {
      w.server.clear();
      expect(await w.run(device, command)).toMatchObject({ Status: 'NotNow' });
    }
  });
});

describe('what the server has set for managed apps', () => {
  const Identifiers = [APP.bundleId, 'org.example.unknown'];

  it('is told back, as Settings changed it', async () => {
    const device = await w.enrolled({ supervised: true });
    const more = { Configuration: { site: 'A' }, Attributes: { Removable: false } };
    await w.install(device, more);
    await w.reaches(device, 'Managed');
    const configurations = async () =>
      (await w.run(device, { RequestType: 'ManagedApplicationConfiguration', Identifiers }))[
        'ApplicationConfigurations'
      ];
    const attributes = async () =>
      (await w.run(device, { RequestType: 'ManagedApplicationAttributes', Identifiers }))[
        'ApplicationAttributes'
      ];
    const Identifier = APP.bundleId;
    expect(await configurations()).toEqual([{ Identifier, Configuration: { site: 'A' } }]);
    expect(await attributes()).toEqual([{ Identifier, Attributes: { Removable: false } }]);
    const Settings = [
      { Item: 'ApplicationConfiguration', Identifier, Configuration: { site: 'B' } },
      { Item: 'ApplicationAttributes', Identifier, Attributes: { VPNUUID: 'v' } },
    ];
    expect(await w.run(device, { RequestType: 'Settings', Settings })).toMatchObject({
      Settings: [{ Status: 'Acknowledged' }, { Status: 'Acknowledged' }],
    });
    expect(await configurations()).toEqual([{ Identifier, Configuration: { site: 'B' } }]);
    expect(await attributes()).toEqual([{ Identifier, Attributes: { VPNUUID: 'v' } }]);
    await w.run(device, {
      RequestType: 'Settings',
      Settings: [{ Item: 'ApplicationConfiguration', Identifier }],
    });
    expect(await configurations()).toEqual([{ Identifier }]);
  });

  it('prompts name the organization, once it has been set', async () => {
    const device = await w.enrolled({ promptAnswer: 'ignore' });
    const OrganizationInfo = { OrganizationName: 'Example District' };
    await w.run(device, {
      RequestType: 'Settings',
      Settings: [{ Item: 'OrganizationInfo', OrganizationInfo }],
    });
    await w.run(device, installCommand());
    await vi.waitFor(() => expect(device.openPrompts.size).toBe(1));
    expect([...device.openPrompts][0]?.organization).toBe('Example District');
    expect(w.world.journal.entries('prompt.shown').at(-1)).toMatchObject({
      organization: 'Example District',
    });
  });
});
