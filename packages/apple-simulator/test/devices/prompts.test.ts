import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { APP, FleetWorld, SAM } from './support/fleet-world.ts';
import type { Dictionary } from './support/mdm-server.ts';

let w: FleetWorld;

beforeAll(async () => {
  w = await FleetWorld.start();
});

afterAll(() => w[Symbol.asyncDispose]());

beforeEach(() => {
  w.reset();
});

const NEWER = { ...APP, version: '5.0', externalVersionId: APP.externalVersionId + 1 };
const OWN_COPY = { installedApps: [{ bundleId: APP.bundleId }] };

describe('who is asked, by the table of prompts', () => {
  // Invite, install prompt, Apple Account prompt.
  it.each<[string, boolean, 'user' | 'device', [number, number, number]]>([
    ['unsupervised, user license', false, 'user', [1, 1, 1]],
    ['supervised, user license', true, 'user', [1, 0, 1]],
    ['unsupervised, device license', false, 'device', [0, 1, 0]],
    ['supervised, device license', true, 'device', [0, 0, 0]],
  ])('%s', async (_name, supervised, license, [invites, installs, accounts]) => {
    const device = await w.enrolled({ supervised, personId: SAM.personId }, license === 'device');
    if (license === 'user') {
      await w.run(device, invitation());
      w.giveUserLicense();
    }
    await w.install(device);
    await w.reaches(device, 'Managed');
    expect(device.promptsShown).toEqual({
      invite: invites,
      install: installs,
      account: accounts,
      management: 0,
      update: 0,
    });
  });

  it('an update is silent, unless the app is in use', async () => {
    const device = await w.enrolled({ supervised: true, appsInUse: [APP.bundleId] });
    await w.install(device);
    await w.reaches(device, 'Managed');
    w.titles.set(APP.adamId, NEWER);
    await w.install(device);
    await w.reaches(device, 'Managed');
    expect(device.promptsShown).toMatchObject({ install: 0, update: 1 });
    w.fleet.change(device, { appsInUse: [] });
    w.titles.set(APP.adamId, { ...NEWER, externalVersionId: NEWER.externalVersionId + 1 });
    await w.install(device);
    await vi.waitFor(() => expect(device.apps.get(APP.bundleId)?.busy).toBe(false));
    expect(device.promptsShown.update).toBe(1);
  });
});

describe('a person', () => {
  it('who declines is told of once, and the app does not come', async () => {
    const device = await w.enrolled({ promptAnswer: 'decline' });
    await w.install(device);
    await w.reaches(device, 'UserRejected');
    expect(await w.status(device)).toBe('UserRejected');
    expect(await w.status(device)).toBeUndefined();
    expect(device.apps.get(APP.bundleId)?.installed).toBeUndefined();
  });

  it('who is not signed in leaves the app in PromptingForLogin until they are', async () => {
    w.giveUserLicense();
    const device = await w.enrolled(
      { supervised: true, personId: SAM.personId, storeAccount: 'none' },
      false,
    );
    await w.install(device);
    await w.reaches(device, 'PromptingForLogin');
    await w.world.clock.advance(3 * 86_400_000);
    expect(await w.status(device)).toBe('PromptingForLogin');
    w.fleet.change(device, { storeAccount: 'own' });
    await w.reaches(device, 'Managed');
  });

  it('signed in with another account finds no license', async () => {
    w.giveUserLicense();
    const device = await w.enrolled({ personId: SAM.personId, storeAccount: 'other' }, false);
    expect(await w.install(device)).toMatchObject({ Status: 'Error' });
  });

  it('cannot sign in on a kiosk, where a device license installs all the same', async () => {
    w.giveUserLicense();
    const kiosk = { supervised: true, singleApp: 'org.example.kiosk', personId: SAM.personId };
    const device = await w.enrolled(kiosk, false);
    await w.install(device);
    await w.reaches(device, 'PromptingForLogin');
    w.fleet.change(device, { singleApp: null });
    await w.reaches(device, 'Managed');
    const other = await w.enrolled(kiosk);
    await w.install(other);
    await expect(w.reaches(other, 'Managed')).resolves.toBeUndefined();
  });

  it('cannot answer while the device is locked', async () => {
    const device = await w.enrolled({ promptAnswer: 'ignore' });
    await w.install(device);
    await w.reaches(device, 'Prompting');
    w.fleet.change(device, { locked: true, promptAnswer: 'accept' });
    await w.world.clock.advance(86_400_000);
    await w.reaches(device, 'Prompting');
    w.fleet.change(device, { locked: false });
    await expect(w.reaches(device, 'Managed')).resolves.toBeUndefined();
  });

  it('who deletes a managed app leaves ManagedButUninstalled, and it can be installed again', async () => {
    const device = await w.enrolled({ supervised: true });
    await w.install(device);
    await w.reaches(device, 'Managed');
    w.fleet.removeApp(device, APP.bundleId);
    expect(await w.status(device)).toBe('ManagedButUninstalled');
    await w.install(device, { Attributes: { Removable: false } });
    await w.reaches(device, 'Managed');
    expect(() => w.fleet.removeApp(device, APP.bundleId)).toThrow(/not removable/);
  });

  it('who installs the app first is told of once as UserInstalledApp', async () => {
    const device = await w.enrolled({ promptAnswer: 'ignore' });
    await w.install(device);
    await w.reaches(device, 'Prompting');
    w.fleet.installApp(device, APP.bundleId);
    expect(await w.status(device)).toBe('UserInstalledApp');
    expect(await w.status(device)).toBeUndefined();
  });
});

describe('an invitation to the program', () => {
  it.each<[Dictionary, string]>([
    [invitation({ ProgramID: 'com.apple.vpp' }), 'InvalidProgramID'],
    [invitation({ InvitationURL: 'not a link' }), 'InvalidInvitationURL'],
    [
      invitation({ InvitationURL: 'https://buy.example/?inviteCode=%25inviteCode%25' }),
      'InvalidInvitationURL',
    ],
  ])('%o gives %s', async (command, InvitationResult) => {
    const device = await w.enrolled({ personId: SAM.personId });
    expect(await w.run(device, command)).toMatchObject({
      Status: 'Acknowledged',
      InvitationResult,
    });
    expect(device.promptsShown.invite).toBe(0);
  });

  it.each([
    ['declines', { promptAnswers: { invite: 'decline' } }],
    ['is not signed in', { storeAccount: 'none' }],
    ['has no store', { storeDisabled: true }],
  ] as const)('is not accepted by a person who %s', async (_name, traits) => {
    const device = await w.enrolled({ personId: SAM.personId, ...traits });
    expect(await w.run(device, invitation())).toMatchObject({ InvitationResult: 'Acknowledged' });
    await w.world.clock.advance(86_400_000);
    expect(device.promptsShown.invite).toBe(1);
    expect(w.licenses.accepted).toEqual([]);
  });

  it('waits for the unlock of a locked device', async () => {
    const device = await w.enrolled({ personId: SAM.personId, locked: true });
    expect(await w.run(device, invitation())).toMatchObject({ Status: 'NotNow' });
  });
});

describe('taking over an app the person has', () => {
  const TAKE_OVER = { ChangeManagementState: 'Managed' };

  it.each([
    [true, 'accept', 0, 'Managed'],
    [false, 'accept', 1, 'Managed'],
    [false, 'decline', 1, 'ManagementRejected'],
  ] as const)('supervised %s, person says %s', async (supervised, promptAnswer, prompts, end) => {
    const device = await w.enrolled({ ...OWN_COPY, supervised, promptAnswer });
    expect(await w.install(device, TAKE_OVER)).toMatchObject({ State: 'Queued' });
    await w.reaches(device, end);
    expect(device.promptsShown.management).toBe(prompts);
    expect(device.apps.get(APP.bundleId)?.installed).toBeDefined();
    expect(await w.status(device)).toBe(end);
    expect(await w.status(device)).toBe(end === 'Managed' ? 'Managed' : undefined);
  });
});

function invitation(change: Dictionary = {}): Dictionary {
  return {
    RequestType: 'InviteToProgram',
    ProgramID: 'com.apple.cloudvpp',
    InvitationURL: 'https://buy.example/accept?inviteCode=code-1&mt=8',
    ...change,
  };
}
