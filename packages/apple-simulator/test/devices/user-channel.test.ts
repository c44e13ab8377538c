import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import type { Device } from '../../src/devices/device.ts';
import type { DeviceRequest } from '../../src/devices/traits.ts';
import { APP, FleetWorld, SAM, SAM_AT_WORK, installCommand } from './support/fleet-world.ts';
import type { Dictionary } from './support/mdm-server.ts';

let w: FleetWorld;

beforeAll(async () => {
  w = await FleetWorld.start();
});

afterAll(() => w[Symbol.asyncDispose]());

beforeEach(() => {
  w.reset();
});

const INVITATION = {
  RequestType: 'InviteToProgram',
  ProgramID: 'com.apple.cloudvpp',
  InvitationURL: 'https://buy.example/?inviteCode=code-1',
};
const NATIVE = { ...APP, families: ['mac' as const], minimumOsVersion: '13.0' };

describe('the channel of a Mac’s person', () => {
  it('opens after that of the device: UserAuthenticate, then a TokenUpdate of its own', async () => {
    const mac = await enrolled({ family: 'Mac', personId: SAM.personId });
    const UserID = mac.enrollment?.user?.userId;
    expect(w.server.messages('UserAuthenticate')).toEqual([
      { MessageType: 'UserAuthenticate', UDID: mac.udid, UserID },
    ]);
    const [ofDevice, ofPerson] = w.server.messages('TokenUpdate');
    expect(ofDevice).not.toHaveProperty('UserID');
    expect(ofPerson).toMatchObject({
      UDID: mac.udid,
      UserID,
      UserShortName: 'sam',
      UserLongName: 'Sam',
      NotOnConsole: false,
    });
    expect(ofPerson?.['Token']).not.toEqual(ofDevice?.['Token']);
  });

  it('idles and answers with the person’s ids, after a push to its own token', async () => {
    const mac = await enrolled({ family: 'Mac', personId: SAM.personId });
    const { pushToken = '', pushMagic: magic = '', userId } = mac.enrollment?.user ?? {};
    const uuid = w.server.enqueue({ RequestType: 'ProfileList' });
    w.push.tokens.accept(pushToken, { magic, lifetimeMs: 1000 });
    await vi.waitFor(() => expect(w.server.results(uuid)).toHaveLength(1));
    expect(w.server.messages('Idle')).toMatchObject([{ UDID: mac.udid, UserID: userId }]);
    expect(w.server.results(uuid)).toMatchObject([{ Status: 'Acknowledged', UserID: userId }]);
  });

  it.each<[string, Partial<DeviceRequest>, string[], { status: number; body?: string }]>([
    ['the server says 410', {}, CAPABLE(), { status: 410 }],
    ['the server wants a password', {}, CAPABLE(), { status: 200, body: challenge('abc') }],
    ['the server wants no such channels', {}, [], { status: 200 }],
    ['nobody is signed in', { personId: null }, CAPABLE(), { status: 200 }],
  ])('does not open when %s', async (_name, traits, capabilities, answer) => {
    w.server.refuse = ({ message }) =>
      message['MessageType'] === 'UserAuthenticate' ? answer : undefined;
    const request = { family: 'Mac' as const, personId: SAM.personId, ...traits };
    const mac = await enrolled(request, capabilities);
    expect(mac.enrollment?.confirmed).toBe(true);
    expect(mac.enrollment?.user).toBeUndefined();
    expect(w.server.messages('TokenUpdate')).toHaveLength(1);
    await expect(w.fleet.checkIn(mac, { channel: 'user' })).rejects.toThrow(/no person/);
  });

  it('opens with an empty challenge, and ends with the enrollment', async () => {
    w.server.refuse = ({ message }) =>
      message['MessageType'] === 'UserAuthenticate'
        ? { status: 200, body: challenge('') }
        : undefined;
    const mac = await enrolled({ family: 'Mac', personId: SAM.personId });
    const token = mac.enrollment?.user?.pushToken ?? '';
    expect(w.push.tokens.status(token).kind).toBe('registered');
    await w.fleet.checkOut(mac, false);
    expect(w.push.tokens.status(token).kind).toBe('unregistered');
  });

  it('takes user licenses, and the channel of the device takes device licenses', async () => {
    w.titles.set(APP.adamId, NATIVE);
    w.giveUserLicense();
    const mac = await enrolled({ family: 'Mac', personId: SAM.personId });
    const InstallAsManaged = true;
    // macOS acknowledges first, and is silent about what goes wrong afterwards.
    expect(await w.install(mac, { InstallAsManaged })).toMatchObject({ Status: 'Acknowledged' });
    await vi.waitFor(() => expect(mac.apps.get(APP.bundleId)?.busy).toBe(false));
    expect(mac.apps.get(APP.bundleId)?.installed).toBeUndefined();
    expect(await w.status(mac)).toBeUndefined();
    await runForPerson(mac, installCommand({ InstallAsManaged }));
    await w.reaches(mac, 'Managed');
    expect(mac.promptsShown).toMatchObject({ install: 0, account: 1 });
    const other = await enrolled({ family: 'Mac', personId: SAM.personId });
    w.licenses.held.clear();
    w.licenses.held.add(`${APP.adamId}:${other.serialNumber}`);
    await runForPerson(other, installCommand({ InstallAsManaged }));
    await vi.waitFor(() => expect(other.apps.get(APP.bundleId)?.busy).toBe(false));
    expect(other.apps.get(APP.bundleId)?.installed).toBeUndefined();
    await w.install(other, { InstallAsManaged });
    await w.reaches(other, 'Managed');
  });

  it('takes invitations and books, which the channel of the device does not know', async () => {
    w.titles.set('19', { ...APP, adamId: '19', bundleId: '', kind: 'book', minimumOsVersion: '' });
    w.licenses.held.add(`19:${SAM.idHash}`);
    const book = { RequestType: 'InstallMedia', MediaType: 'Book', iTunesStoreID: 19 };
    const mac = await enrolled({ family: 'Mac', personId: SAM.personId });
    for (const command of [INVITATION, book]) {
      expect(await w.run(mac, command)).toMatchObject({ Status: 'Error' });
      expect(await runForPerson(mac, command)).toMatchObject({ Status: 'Acknowledged' });
    }
    await vi.waitFor(() => expect([...mac.books.values()][0]?.state).toBe('Installed'));
  });

  it('NotNow is repeated on it after the unlock, and a stored push comes back online', async () => {
    const mac = await enrolled({ family: 'Mac', personId: SAM.personId, locked: true });
    expect(await runForPerson(mac, INVITATION)).toMatchObject({ Status: 'NotNow' });
    w.fleet.change(mac, { locked: false });
    await vi.waitFor(() => expect(w.server.messages('Acknowledged')).toHaveLength(1));
    w.fleet.change(mac, { online: false });
    const { pushToken = '', pushMagic: magic = '' } = mac.enrollment?.user ?? {};
    w.push.tokens.accept(pushToken, { magic, lifetimeMs: 1000 });
    const uuid = w.server.enqueue({ RequestType: 'ProfileList' });
    w.fleet.change(mac, { online: true });
    await vi.waitFor(() =>
      expect(w.server.results(uuid)).toMatchObject([{ UserShortName: 'sam' }]),
    );
  });
});

describe('a Mac', () => {
  it.each([
    ['a Mac app', NATIVE, {}, undefined],
    ['an iOS app', { ...APP, families: ['iphone', 'mac'] as const }, {}, 'Other'],
    [
      'an iOS app named so',
      { ...APP, families: ['iphone', 'mac'] as const },
      { iOSApp: true },
      undefined,
    ],
    ['an app for phones only, named so', APP, { iOSApp: true }, 'Other'],
  ])('installs or refuses %s', async (_name, title, more, RejectionReason) => {
    w.titles.set(APP.adamId, title);
    const mac = await w.enrolled({ family: 'Mac' });
    const answer = await w.install(mac, { InstallAsManaged: true, ...more });
    expect(answer['RejectionReason']).toBe(RejectionReason);
    if (RejectionReason === undefined) await w.reaches(mac, 'Managed');
  });
});

describe('a shared iPad', () => {
  const SHARED = { family: 'iPad', multiUser: true, supervised: true } as const;

  it('says so, and hands out nothing that unlocks it', async () => {
    const device = await w.enrolled(SHARED);
    const command = { RequestType: 'DeviceInformation', Queries: ['IsMultiUser'] };
    expect(await w.run(device, command)).toMatchObject({ QueryResponses: { IsMultiUser: true } });
    expect(w.server.messages('TokenUpdate')[0]).not.toHaveProperty('UnlockToken');
    const plain = await w.enrolled({ family: 'iPad' });
    expect(await w.run(plain, command)).toMatchObject({ QueryResponses: { IsMultiUser: false } });
  });

  it('installs on device licenses only', async () => {
    w.giveUserLicense();
    const device = await w.enrolled({ ...SHARED, personId: SAM.personId }, false);
    const RejectionReason = 'PurchaseMethodNotSupportedInMultiUser';
    expect(await w.install(device)).toMatchObject({ RejectionReason });
    expect(await w.install(device, { Options: {} })).toMatchObject({ RejectionReason });
    w.licenses.held.clear();
    w.licenses.held.add(`${APP.adamId}:${device.serialNumber}`);
    await w.install(device);
    await w.reaches(device, 'Managed');
  });

  it('takes invitations only on the channel of whoever is signed in', async () => {
    const device = await enrolled({ ...SHARED, managedAccountId: SAM_AT_WORK.personId });
    expect(w.server.messages('UserAuthenticate')).toEqual([]);
    expect(w.server.messages('TokenUpdate')[1]).toMatchObject({
      UserID: 'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF',
      UserShortName: SAM_AT_WORK.appleAccount,
    });
    expect(await w.run(device, INVITATION)).toMatchObject({ Status: 'Error' });
    expect(await runForPerson(device, INVITATION)).toMatchObject({ Status: 'Acknowledged' });
  });

  it('takes no documents of the organization', async () => {
    const device = await w.enrolled(SHARED);
    const command = {
      RequestType: 'InstallMedia',
      MediaType: 'Book',
      MediaURL: 'https://x.example/a.pdf',
      PersistentID: 'a',
    };
    expect(await w.run(device, command)).toMatchObject({
      RejectionReason: 'EnterpriseBooksNotSupportedInMultiUser',
    });
  });
});

function CAPABLE(): string[] {
  return ['com.apple.mdm.per-user-connections'];
}

function challenge(text: string): string {
  return `<?xml version="1.0"?><plist version="1.0"><dict><key>DigestChallenge</key><string>${text}</string></dict></plist>`;
}

async function enrolled(
  traits: Partial<DeviceRequest>,
  ServerCapabilities: string[] = CAPABLE(),
): Promise<Device> {
  const device = w.create(traits);
  await w.fleet.enroll(
    device,
    w.serve({ ...w.parts, mdm: { ...w.parts.mdm, ServerCapabilities } }),
  );
  return device;
}

/** Queues a command and lets the device turn to the server on the channel of its person. */
async function runForPerson(device: Device, command: Dictionary): Promise<Dictionary | undefined> {
  const uuid = w.server.enqueue(command);
  await w.fleet.checkIn(device, { channel: 'user' });
  return w.server.results(uuid)[0];
}
