import { describe, expect, it } from 'vitest';
import {
  applicationAttributes,
  applicationConfiguration,
  CommandError,
  DEVICE_QUERIES,
  deviceInformation,
  encodeCommand,
  installApplication,
  installedApplicationList,
  installMedia,
  inviteToProgram,
  managedApplicationList,
  managedMediaList,
  organizationInfo,
  readDeviceInformation,
  readInstallApplication,
  readInstalledApplicationList,
  readInviteToProgram,
  readManagedApplicationList,
  readManagedMediaList,
  readPlist,
  readSettings,
  removeApplication,
  settings,
  type Command,
} from '../src/index.ts';
import { departures, readSchema, schemasPresent } from './support/schema.ts';

const FULL_INSTALL = installApplication({
  adamId: '900100001',
  management: { removeWithProfile: true, preventBackup: true },
  configuration: { site: 'A', nested: { list: [1, 'two', true] } },
  attributes: { Removable: false, AssociatedDomains: ['example.org'] },
  takeOver: true,
  installAsManaged: true,
  iosApp: true,
});

const COMMANDS: [string, Command][] = [
  ['application.install', installApplication({ adamId: '900100001' })],
  ['application.install', FULL_INSTALL],
  ['application.remove', removeApplication('org.example.app')],
  ['application.installed.list', installedApplicationList()],
  [
    'application.installed.list',
    installedApplicationList({ bundleIds: ['a'], managedAppsOnly: true, items: ['Identifier'] }),
  ],
  ['application.managed.list', managedApplicationList()],
  ['application.managed.list', managedApplicationList({ bundleIds: ['org.example.app'] })],
  ['media.install', installMedia('900200001')],
  ['media.managed.list', managedMediaList()],
  ['application.invitetoprogram', inviteToProgram('https://example.org/invite?code=1')],
  ['information.device', deviceInformation()],
  ['settings', settings([organizationInfo('Example School')])],
  [
    'settings',
    settings([
      applicationConfiguration('org.example.app', { site: 'A', list: [1, true] }),
      applicationConfiguration('org.example.app'),
      applicationAttributes('org.example.app', { Removable: false }),
      applicationAttributes('org.example.app'),
    ]),
  ],
];

describe('the answer to Settings', () => {
  it('tells of each thing by itself, as a list and as one', () => {
    const one = { Item: 'OrganizationInfo', Status: 'Acknowledged' };
    const failed = {
      Item: 'ApplicationConfiguration',
      Identifier: 'org.example.app',
      Status: 'Error',
      ErrorChain: [{ ErrorCode: 12029, ErrorDomain: 'MCMDMErrorDomain' }],
    };
    const read = { item: 'OrganizationInfo', bundleId: undefined, status: 'Acknowledged' };
    expect(readSettings({ Settings: one })).toMatchObject([read]);
    expect(readSettings({ Settings: [one, 'odd', failed] })).toMatchObject([
      read,
      { bundleId: 'org.example.app', status: 'Error', errorChain: [{ code: 12029 }] },
    ]);
    expect(readSettings({})).toEqual([]);
    expect(readSettings({ Settings: Array.from({ length: 9_000 }, () => one) })).toHaveLength(64);
  });
});

/** The names our readers look for, by the schema of the command they answer. */
const READ_NAMES: [string, readonly string[]][] = [
  ['application.install', ['Identifier', 'State', 'RejectionReason']],
  [
    'application.managed.list',
    'Status ManagementFlags HasConfiguration IsValidated ExternalVersionIdentifier'.split(' '),
  ],
  [
    'application.installed.list',
    'Identifier Name Version ShortVersion BundleSize DynamicSize AppStoreVendable DeviceBasedVPP HasUpdateAvailable DownloadFailed Source'.split(
      ' ',
    ),
  ],
  ['media.install', ['State', 'RejectionReason']],
  ['media.managed.list', ['iTunesStoreID', 'State']],
  ['information.device', DEVICE_QUERIES],
  ['application.invitetoprogram', ['InvitationResult']],
];

describe('commands', () => {
  it.skipIf(!schemasPresent).each(COMMANDS)(
    "%s is as Apple's schema describes it",
    (file, command) => {
      const schema = readSchema(`commands/${file}.yaml`);
      expect(command.RequestType).toBe(schema.payload.requesttype);
      expect(departures(command, schema.payloadkeys, ['RequestType'])).toEqual([]);
    },
  );

  it('installs by an assigned license, with the Adam ID as an integer', () => {
    expect(installApplication({ adamId: '900100001' })).toEqual({
      RequestType: 'InstallApplication',
      iTunesStoreID: 900100001,
      Options: { PurchaseMethod: 1 },
    });
    expect(encodeCommand('c-1', FULL_INSTALL).toString()).toContain('<integer>900100001</integer>');
  });

  it.each([
    [{ removeWithProfile: true }, 1],
    [{ preventBackup: true }, 4],
    [{ removeWithProfile: true, preventBackup: true }, 5],
  ])('writes management flags %o as %i', (management, flags) => {
    expect(installApplication({ adamId: '1', management })).toMatchObject({
      ManagementFlags: flags,
    });
  });

  it.each(['', '0', '-1', '1.5', '1e3', 'abc', '9'.repeat(16)])(
    'refuses the Adam ID "%s"',
    (adamId) => {
      expect(() => installApplication({ adamId })).toThrow(CommandError);
    },
  );

  it('wraps a command with its UUID', () => {
    expect(readPlist(encodeCommand('c-1', removeApplication('a')))).toEqual({
      CommandUUID: 'c-1',
      Command: { RequestType: 'RemoveApplication', Identifier: 'a' },
    });
  });
});

describe('answers', () => {
  it('reads the answer to an install, rejected or not', () => {
    expect(readInstallApplication({ Identifier: 'org.example.app', State: 'Queued' })).toEqual({
      bundleId: 'org.example.app',
      state: 'Queued',
      rejectionReason: undefined,
    });
    expect(readInstallApplication({ RejectionReason: 'AppAlreadyInstalled' })).toMatchObject({
      rejectionReason: 'AppAlreadyInstalled',
    });
  });

  it('reads managed apps by bundle identifier', () => {
    const list = {
      ManagedApplicationList: {
        'org.example.app': {
          Status: 'Managed',
          ManagementFlags: 1,
          HasConfiguration: true,
          IsValidated: true,
          ExternalVersionIdentifier: 860000001,
        },
        'org.example.odd': { Status: 7 },
        'org.example.junk': 'junk',
      },
    };
    expect(readManagedApplicationList(list)).toEqual([
      {
        bundleId: 'org.example.app',
        status: 'Managed',
        managementFlags: 1,
        hasConfiguration: true,
        isValidated: true,
        externalVersionId: 860000001,
      },
      {
        bundleId: 'org.example.odd',
        status: undefined,
        managementFlags: undefined,
        hasConfiguration: undefined,
        isValidated: undefined,
        externalVersionId: undefined,
      },
    ]);
  });

  it('reads installed apps and skips what has no identifier', () => {
    const list = {
      InstalledApplicationList: [
        {
          Identifier: 'org.example.app',
          Name: 'App',
          ShortVersion: '4.2',
          BundleSize: 12,
          AppStoreVendable: false,
          DeviceBasedVPP: true,
        },
        { Name: 'nameless' },
        3,
      ],
    };
    expect(readInstalledApplicationList(list)).toHaveLength(1);
    expect(readInstalledApplicationList(list)[0]).toMatchObject({
      bundleId: 'org.example.app',
      shortVersion: '4.2',
      bundleBytes: 12,
      appStoreVendable: false,
      deviceLicensed: true,
      hasUpdateAvailable: undefined,
    });
  });

  it('reads what a device tells of itself, leaving out what it leaves out', () => {
    const answer = {
      QueryResponses: {
        IsSupervised: true,
        OSVersion: '18.1',
        DeviceCapacity: 64.5,
        iTunesStoreAccountHash: 'h=',
      },
    };
    expect(readDeviceInformation(answer)).toMatchObject({
      isSupervised: true,
      osVersion: '18.1',
      capacity: 64.5,
      storeAccountHash: 'h=',
      serialNumber: undefined,
    });
  });

  it('reads how an invitation went', () => {
    expect(readInviteToProgram({ InvitationResult: 'Acknowledged' })).toEqual({
      result: 'Acknowledged',
    });
  });

  it('survives answers of the wrong shape', () => {
    for (const wrong of [
      {},
      { ManagedApplicationList: 'x', InstalledApplicationList: {}, QueryResponses: [] },
    ]) {
      expect(readManagedApplicationList(wrong)).toEqual([]);
      expect(readInstalledApplicationList(wrong)).toEqual([]);
      expect(readDeviceInformation(wrong)).toMatchObject({ udid: undefined });
    }
  });

  it('reads books by their Adam IDs as text, and those of the store alone', () => {
    const Books = [
      { iTunesStoreID: 900200001, State: 'Installed' },
      { PersistentID: 'org.example.manual', State: 'Managed' },
      { iTunesStoreID: 900200002 },
      { iTunesStoreID: -1, State: 'Installed' },
      'none',
    ];
    expect(readManagedMediaList({ Books })).toEqual([
      { adamId: '900200001', state: 'Installed' },
      { adamId: '900200002', state: undefined },
    ]);
    expect(readManagedMediaList({ Books: 'none' })).toEqual([]);
  });

  it.skipIf(!schemasPresent).each(READ_NAMES)(
    "to %s are read only under names Apple's schema has",
    (file, names) => {
      const known = JSON.stringify(readSchema(`commands/${file}.yaml`).responsekeys);
      for (const name of names) expect(known).toContain(`"key":"${name}"`);
    },
  );
});
