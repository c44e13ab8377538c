import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { listAlerts } from '../../src/alerts/index.ts';
import { StagePeople } from '../associations/support/people.ts';
import { FleetStage, type SimulatedDevice } from '../support/fleet-stage.ts';
import { notability, pages, sameValue } from '../support/stage.ts';

let stage: FleetStage;
let people: StagePeople;

beforeAll(async () => {
  stage = await FleetStage.open();
  people = new StagePeople(stage);
});
afterAll(async () => stage[Symbol.asyncDispose]());

let names = 0;

interface Link {
  readonly ownership?: 'company' | 'personal';
  readonly kiosk?: boolean;
}

/** Somebody with a device and an Apple Account who is to have the app by a user license. */
async function personWith(
  traits: Readonly<Record<string, unknown>>,
  link: Link = {},
): Promise<{ serialNumber: string; personId: string; groupId: string }> {
  names += 1;
  const name = `prompted${names}`;
  const whoAtApple = await people.withAccount(`${name}@example.com`);
  const personId = await people.organization.person(name);
  const serialNumber = await stage.device(
    { personId: whoAtApple, storeAccount: 'own', ...traits },
    { personId, ...link },
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

/** What the server knows of the facts that a row of the table is about. */
async function facts(serialNumber: string): Promise<object> {
  const { supervised, ownership, kiosk } = await stage.harness.context.db
    .selectFrom('devices.device')
    .select(['supervised', 'ownership', 'kiosk'])
    .where('serialNumber', '=', serialNumber)
    .executeTakeFirstOrThrow();
  return { supervised, ownership, kiosk };
}

const own = { supervised: false, ownership: 'personal', kiosk: false } as const;
const unsupervised = { supervised: false, ownership: 'company', kiosk: false } as const;
const supervised = { supervised: true, ownership: 'company', kiosk: false } as const;
const kiosk = { supervised: true, ownership: 'company', kiosk: true } as const;
/** A kiosk is locked to one app, which the server is not told: its link says what it is. */
const locked = { supervised: true, singleApp: 'com.apple.Pages' };

const linkOf = ({ ownership, kiosk }: Required<Link>): Link => ({ ownership, kiosk });

describe('what a person is asked, by a user license', () => {
  it.each([
    ['[brief 50] on a device of their own', own, { invite: 1, install: 1, account: 1 }],
    [
      '[brief 51] on an unsupervised device of the company',
      unsupervised,
      { invite: 1, install: 1, account: 1 },
    ],
    ['[brief 52] on a supervised device of the company', supervised, { invite: 1, account: 1 }],
  ])('%s', async (_where, row, asked) => {
    const { serialNumber, groupId } = await personWith({ supervised: row.supervised }, linkOf(row));
    await stage.wantFor(notability, groupId, { licenseType: 'user' });
    await stage.stands(serialNumber, notability, 'installed');
    expect(await facts(serialNumber)).toEqual(row);
    expect(await prompts(serialNumber)).toEqual({ ...none, ...asked });
  });
});

describe('what a person is asked, by a device license', () => {
  it.each([
    ['[brief 53] on a device of their own', own, { install: 1 }],
    ['[brief 54] on an unsupervised device of the company', unsupervised, { install: 1 }],
    ['[brief 55] on a supervised device of the company', supervised, {}],
    ['[brief 56] on a kiosk', kiosk, {}],
  ])('%s', async (_where, row, asked) => {
    const traits = row.kiosk ? locked : { supervised: row.supervised };
    const { serialNumber, groupId } = await personWith(
      { storeAccount: 'none', ...traits },
      linkOf(row),
    );
    await stage.wantFor(pages, groupId);
    await stage.stands(serialNumber, pages, 'installed');
    expect(await facts(serialNumber)).toEqual(row);
    expect(await prompts(serialNumber)).toEqual({ ...none, ...asked });
  });
});

it('[brief 57] on a kiosk nothing is promised by a user license: the app waits for who cannot sign in', async () => {
  const { serialNumber, groupId } = await personWith(locked, linkOf(kiosk));
  await stage.wantFor(notability, groupId, { licenseType: 'user' });
  await stage.held(notability, 1);
  await stage.comes(60_000, async () => notInstalled(serialNumber), {
    apps: 0,
    remedies: ['allow it', 'device license'],
  });
  expect(await stage.task(serialNumber, notability)).toBeUndefined();
});

it('[brief 58] warns of user licenses for kiosks before they are assigned, and afterwards', async () => {
  const { groupId } = await personWith(locked, linkOf(kiosk));
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
