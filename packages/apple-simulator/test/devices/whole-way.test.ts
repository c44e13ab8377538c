import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';

import { PushClient } from '../push/push-client.ts';
import { Box, type Json } from '../support/box.ts';
import { installCommand } from './support/fleet-world.ts';
import { MdmServer, type Dictionary } from './support/mdm-server.ts';
import { ELLIPTIC, OpenSsl } from './support/openssl.ts';
import { PROFILE_TYPE, profileParts, profileXml } from './support/profile.ts';

/** Pages: in the simulator's catalog, for iPhone and iPad. */
const ADAM_ID = '361309726';
const BUNDLE_ID = 'com.apple.Pages';
const DAY = 86_400;

const openSsl = new OpenSsl();
let server: MdmServer;
let box: Box;
let uId: string;
let sender: PushClient;

beforeAll(async () => {
  const authority = openSsl.authority();
  const tls = openSsl.certify(authority, '/CN=localhost', 'subjectAltName=DNS:localhost', ELLIPTIC);
  server = await MdmServer.start(tls, authority.certificate);
  box = await Box.start({ speed: 0, trust: authority.certificate });
  ({ uId } = await box.location([{ adamId: ADAM_ID, quantity: 5 }]));
  const certificate = await box.control('push-certificates', {});
  const { simulator } = box;
  sender = new PushClient(
    { url: simulator.pushUrl, ca: simulator.pushCa },
    certificate as { certificate: string; key: string; topic: string },
  );
  const parts = profileParts(server.url, openSsl.pkcs12(openSsl.certify(authority, '/CN=device')));
  const mdm = { ...parts.mdm, Topic: String(certificate['topic']) };
  server.profiles.set('/enroll', { type: PROFILE_TYPE, body: profileXml({ ...parts, mdm }) });
});

afterAll(async () => {
  sender[Symbol.dispose]();
  await box[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  openSsl[Symbol.dispose]();
});

beforeEach(() => {
  server.clear();
});

async function enrolled(traits: object): Promise<string> {
  const made = await box.control('devices', { devices: [{ family: 'iPhone', ...traits }] });
  const [device] = made['devices'] as { serialNumber: string }[];
  const serialNumber = device?.serialNumber ?? '';
  await box.control(`devices/${serialNumber}/enroll`, { url: `${server.url}/enroll` });
  return serialNumber;
}

/** Queues a command and wakes the device, as a server would with what it learned from TokenUpdate. */
async function push(command: Dictionary): Promise<void> {
  server.enqueue(command);
  const update = server.messages('TokenUpdate').at(-1);
  const token = Buffer.from(update?.['Token'] as Uint8Array).toString('hex');
  const answer = await sender.send(token, JSON.stringify({ mdm: update?.['PushMagic'] }));
  expect(answer.status).toBe(200);
}

async function apps(serialNumber: string): Promise<Json[]> {
  return (await box.control(`devices/${serialNumber}`))['apps'] as Json[];
}

it('a device license, once assigned at Apple, lets the device install after a push', async () => {
  const serialNumber = await enrolled({ supervised: true });
  const command = installCommand({ iTunesStoreID: Number(ADAM_ID) });
  await push(command);
  await vi.waitFor(() => expect(server.messages('Error')).toHaveLength(1));
  const assignments = [{ adamId: ADAM_ID, serialNumbers: [serialNumber] }];
  await box.control('assignments', { uId, assignments });
  await push(command);
  await vi.waitFor(async () =>
    expect(await apps(serialNumber)).toEqual([
      expect.objectContaining({ adamId: ADAM_ID, state: 'Managed', deviceLicensed: true }),
    ]),
  );
});

it('a person accepts the invitation on the device, and the user license installs', async () => {
  const people = [{ name: 'Sam', appleAccount: 'sam@example.org' }];
  const [sam] = (await box.control('people', { people }))['people'] as { personId: string }[];
  const users = [{ clientUserId: 'u-1' }];
  const [user] = (await box.control('users', { uId, users }))['users'] as { inviteCode: string }[];
  const serialNumber = await enrolled({ personId: sam?.personId });
  const InvitationURL = `https://buy.example/?inviteCode=${user?.inviteCode}`;
  await push({ RequestType: 'InviteToProgram', ProgramID: 'com.apple.cloudvpp', InvitationURL });
  await vi.waitFor(async () =>
    expect(await box.journal('invitation.opened')).toEqual([
      expect.objectContaining({ serialNumber, known: true }),
    ]),
  );
  await box.control('assignments', {
    uId,
    assignments: [{ adamId: ADAM_ID, clientUserIds: ['u-1'] }],
  });
  await push(installCommand({ iTunesStoreID: Number(ADAM_ID) }));
  await vi.waitFor(async () =>
    expect(await apps(serialNumber)).toEqual([
      expect.objectContaining({ state: 'Managed', deviceLicensed: false }),
    ]),
  );
  expect(await box.control(`devices/${serialNumber}`)).toMatchObject({
    promptsShown: { invite: 1, install: 1, account: 1, management: 0, update: 0 },
  });
});

it('after its license is taken back an app runs for 30 days, and again when the license is back', async () => {
  const serialNumber = await enrolled({ supervised: true });
  const assignments = [{ adamId: ADAM_ID, serialNumbers: [serialNumber] }];
  await box.control('assignments', { uId, assignments });
  await push(installCommand({ iTunesStoreID: Number(ADAM_ID) }));
  await vi.waitFor(async () =>
    expect(await apps(serialNumber)).toMatchObject([{ state: 'Managed', usableUntil: null }]),
  );
  await box.control('assignments', { uId, operation: 'disassociate', assignments });
  await box.advance(29 * DAY);
  expect(await opens(serialNumber)).toBe(true);
  expect(await validated()).toEqual([true, true]);
  await box.advance(DAY);
  expect(await opens(serialNumber)).toBe(false);
  expect(await apps(serialNumber)).toMatchObject([
    { state: 'Managed', installed: true, usable: false, usableUntil: expect.any(String) },
  ]);
  expect(await validated()).toEqual([false, false]);
  await box.control('assignments', { uId, assignments });
  expect(await opens(serialNumber)).toBe(true);
  expect(await apps(serialNumber)).toMatchObject([{ usable: true, usableUntil: null }]);
});

it('a device license takes the place of a user license without a word', async () => {
  const people = [{ name: 'Kim', appleAccount: 'kim@example.org' }];
  const [kim] = (await box.control('people', { people }))['people'] as { personId: string }[];
  const personId = kim?.personId;
  await box.control('users', { uId, users: [{ clientUserId: 'u-2', personId }] });
  const serialNumber = await enrolled({ personId });
  const users = [{ adamId: ADAM_ID, clientUserIds: ['u-2'] }];
  await box.control('assignments', { uId, assignments: users });
  const command = installCommand({ iTunesStoreID: Number(ADAM_ID) });
  await push(command);
  const runsOn = async (deviceLicensed: boolean) =>
    expect(await apps(serialNumber)).toMatchObject([{ state: 'Managed', deviceLicensed }]);
  await vi.waitFor(() => runsOn(false));
  const devices = [{ adamId: ADAM_ID, serialNumbers: [serialNumber] }];
  await box.control('assignments', { uId, assignments: devices });
  await push(command);
  await vi.waitFor(() => runsOn(true));
  await box.control('assignments', { uId, operation: 'disassociate', assignments: users });
  await box.advance(31 * DAY);
  expect(await opens(serialNumber)).toBe(true);
  expect(await box.control(`devices/${serialNumber}`)).toMatchObject({
    promptsShown: { install: 1, account: 1 },
  });
});

async function opens(serialNumber: string): Promise<boolean> {
  const url = `${box.simulator.url}/_control/devices/${serialNumber}/open-app`;
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ bundleId: BUNDLE_ID });
  const { status } = await fetch(url, { method: 'POST', headers, body });
  expect([200, 409]).toContain(status);
  return status === 200;
}

/** IsValidated of the app, as both lists tell it. */
async function validated(): Promise<unknown[]> {
  const Identifiers = [BUNDLE_ID];
  await push({ RequestType: 'InstalledApplicationList', Identifiers });
  await push({ RequestType: 'ManagedApplicationList', Identifiers });
  await vi.waitFor(() => expect(server.pending).toBe(0));
  const [installed, managed] = server.messages('Acknowledged').slice(-2);
  const [app] = (installed?.['InstalledApplicationList'] ?? []) as Dictionary[];
  const list = managed?.['ManagedApplicationList'] as Record<string, Dictionary>;
  return [app?.['IsValidated'], list[BUNDLE_ID]?.['IsValidated']];
}
