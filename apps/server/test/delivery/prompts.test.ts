import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { listAlerts } from '../../src/alerts/index.ts';
import { StagePeople } from '../associations/support/people.ts';
import { FleetStage, type SimulatedDevice } from '../support/fleet-stage.ts';
import { notability, pages, sameValue } from '../support/stage.ts';

let stage: FleetStage;
let people: StagePeople;
let organizationId: string;

beforeAll(async () => {
  stage = await FleetStage.open();
  people = new StagePeople(stage);
  const { organizations } = await stage.harness.apple.get<{
    organizations: { organizationId: string }[];
  }>('/_control/state');
  organizationId = organizations[0]?.organizationId ?? '';
});
afterAll(async () => stage[Symbol.asyncDispose]());

let names = 0;

/** Somebody with a device and an Apple Account who is to have the app by a user license. */
async function personWith(
  traits: Readonly<Record<string, unknown>>,
  account: { readonly managed?: boolean } = {},
): Promise<{ serialNumber: string; personId: string; groupId: string }> {
  names += 1;
  const name = `prompted${names}`;
  const address = `${name}@example.com`;
  const whoAtApple = await people.withAccount(
    address,
    account.managed === true ? organizationId : undefined,
  );
  const personId = await people.organization.person(name);
  if (account.managed === true) await stage.harness.api.patch(`/v1.0/users/${personId}`, {});
  const serialNumber = await stage.device(
    { personId: whoAtApple, storeAccount: 'own', ...traits },
    personId,
  );
  const groupId = await people.organization.group();
  await people.organization.join(groupId, { personId });
  return { serialNumber, personId, groupId };
}

async function prompts(serialNumber: string): Promise<SimulatedDevice['promptsShown']> {
  return (await stage.simulated(serialNumber)).promptsShown;
}

/** How many apps are there, and which remedies the reason names. */
async function notInstalled(serialNumber: string): Promise<object> {
  const { value } = await stage.harness.api.get<{ value: { id: string; serialNumber: string }[] }>(
    '/api/devices',
  );
  const id = value.find((one) => one.serialNumber === serialNumber)?.id;
  const { apps } = await stage.harness.api.get<{ apps: { reason: { next: string } | null }[] }>(
    `/api/devices/${id}`,
  );
  const next = apps.map(({ reason }) => reason?.next ?? '').join(' ');
  const device = await stage.simulated(serialNumber);
  return {
    apps: device.apps.length,
    remedies: ['allow it', 'device license'].filter((remedy) => next.includes(remedy)),
  };
}

const none = { invite: 0, install: 0, account: 0, management: 0, update: 0 };

describe('what a person is asked, by a user license', () => {
  it.each([
    [
      '[brief 50] on a device of their own',
      { supervised: false },
      { invite: 1, install: 1, account: 1 },
    ],
    [
      '[brief 51] on an unsupervised device',
      { supervised: false },
      { invite: 1, install: 1, account: 1 },
    ],
    ['[brief 52] on a supervised device', { supervised: true }, { invite: 1, account: 1 }],
  ])('%s', async (_where, traits, asked) => {
    const { serialNumber, groupId } = await personWith(traits);
    await stage.wantFor(notability, groupId, { licenseType: 'user' });
    await stage.stands(serialNumber, notability, 'installed');
    expect(await prompts(serialNumber)).toEqual({ ...none, ...asked });
  });
});

describe('what a person is asked, by a device license', () => {
  it.each([
    ['[brief 53] on a device of their own', { supervised: false }, { install: 1 }],
    ['[brief 54] on an unsupervised device', { supervised: false }, { install: 1 }],
    ['[brief 55] on a supervised device', {}, {}],
    ['[brief 56] on a kiosk', { singleApp: 'com.apple.Pages' }, {}],
  ])('%s', async (_where, traits, asked) => {
    const serialNumber = await stage.device(traits);
    await stage.want(pages, [serialNumber]);
    await stage.stands(serialNumber, pages, 'installed');
    expect(await prompts(serialNumber)).toEqual({ ...none, ...asked });
  });
});

/** A person whose device is a kiosk. */
async function personWithKiosk(): Promise<{ serialNumber: string; groupId: string }> {
  const { serialNumber, groupId } = await personWith({ singleApp: 'com.apple.Pages' });
  await stage.harness.context.db
    .updateTable('devices.device')
    .set({ kiosk: true })
    .where('serialNumber', '=', serialNumber)
    .execute();
  return { serialNumber, groupId };
}

it('[brief 57] on a kiosk nothing is promised by a user license: the app waits for who cannot sign in', async () => {
  const { serialNumber, groupId } = await personWithKiosk();
  await stage.wantFor(notability, groupId, { licenseType: 'user' });
  await stage.held(notability, 1);
  await stage.comes(60_000, async () => notInstalled(serialNumber), {
    apps: 0,
    remedies: ['allow it', 'device license'],
  });
  expect(await stage.task(serialNumber, notability)).toBeUndefined();
});

it('[brief 58] warns of user licenses for kiosks before they are assigned, and afterwards', async () => {
  const { groupId } = await personWithKiosk();
  const { id } = await stage.app(notability);
  const assignments = [
    { target: { kind: 'group', groupId }, intent: 'required', licenseType: 'user' },
  ];
  expect(await stage.harness.api.post(`/api/apps/${id}/what-if`, { assignments })).toMatchObject({
    prompts: { invitedPeople: 0, kiosksWithUserLicense: 1 },
    warnings: [{ code: 'kioskWithUserLicense' }],
  });
  await stage.wantFor(notability, groupId, { licenseType: 'user' });
  const warned = async (): Promise<boolean> => {
    const query = { state: 'open', top: 50, skip: 0 } as const;
    const { rows } = await listAlerts(stage.harness.context.db, query);
    return rows.some(({ kind }) => kind === 'kioskWithUserLicense');
  };
  await stage.comes(60_000, warned, true);
});

it('[brief 72] [brief 73] a store that a policy switches off ends a user license, and two remedies are named', async () => {
  const { serialNumber, personId, groupId } = await personWith({ storeDisabled: true });
  await stage.wantFor(notability, groupId, { licenseType: 'user' });
  const shown = async (): Promise<boolean> => {
    const { value } = await stage.harness.api.get<{
      value: { invitation: { shownAt: string | null } | null }[];
    }>(`/api/people/${personId}/apple-users`);
    return typeof value[0]?.invitation?.shownAt === 'string';
  };
  await stage.comes(1_000, shown, true);
  expect(await people.user(personId)).toMatchObject({ state: 'registered' });
  await stage.comes(30_000, async () => notInstalled(serialNumber), {
    apps: 0,
    remedies: ['allow it', 'device license'],
  });
});

/** What assigning an app to somebody new with an unsupervised device would come to. */
async function foretold(licenseType: 'user' | 'device'): Promise<unknown> {
  const { groupId } = await personWith({ supervised: false });
  const { id } = await stage.app(pages);
  const assignments = [{ target: { kind: 'group', groupId }, intent: 'required', licenseType }];
  return stage.harness.api.post(`/api/apps/${id}/what-if`, { assignments });
}

it('says beforehand who would be asked what', async () => {
  expect(await foretold('user')).toMatchObject({
    prompts: { invitedPeople: 1, installDevices: 1, signInDevices: 1, kiosksWithUserLicense: 0 },
    warnings: [],
  });
  expect(await foretold('device')).toMatchObject({
    prompts: { invitedPeople: 0, installDevices: 1, signInDevices: 0 },
  });
});

it('[brief 70] [brief 71] invites a person once, on one device, and installs nothing before it is accepted', async () => {
  const { serialNumber, personId, groupId } = await personWith({
    promptAnswers: { invite: 'decline' },
  });
  await stage.wantFor(notability, groupId, { licenseType: 'user' });
  await vi.waitFor(async () => sameValue((await prompts(serialNumber)).invite, 1), 20_000);
  const users = await stage.harness.api.get(`/api/people/${personId}/apple-users`);
  expect(users).toMatchObject({
    value: [{ state: 'registered', invitation: { serialNumber, tries: 1 } }],
  });
  await stage.wantFor(pages, groupId, { licenseType: 'user' });
  await stage.held(pages, 1);
  expect(await stage.task(serialNumber, notability)).toBeUndefined();
  expect((await stage.simulated(serialNumber)).apps).toEqual([]);
});
