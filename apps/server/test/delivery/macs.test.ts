import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { leaveNote } from '../../src/db/notes.ts';
import { handleCheckin } from '../../src/devices/index.ts';
import { explainPair } from '../../src/grants/index.ts';
import { StagePeople } from '../associations/support/people.ts';
import { FleetStage } from '../support/fleet-stage.ts';

const pagesForMac = '409201541';
const pride = '1900000001';

let stage: FleetStage;
let people: StagePeople;
let appId: string;
let bookId: string;

beforeAll(async () => {
  stage = await FleetStage.open();
  people = new StagePeople(stage);
  await stage.buy([
    { adamId: pagesForMac, quantity: 20 },
    { adamId: pride, quantity: 5 },
  ]);
  const { api } = stage.harness;
  const [token] = (await api.get<{ value: { id: string }[] }>('/api/tokens')).value;
  await api.post(`/beta/deviceAppManagement/vppTokens/${token?.id}/syncLicenses`);
  const known = async (path: string): Promise<string | undefined> => {
    const { value } = await api.get<{ value: { id: string; adamId: string }[] }>(path);
    return value.find(({ adamId }) => adamId === pagesForMac || adamId === pride)?.id;
  };
  [appId, bookId] = await vi.waitFor(
    async () => {
      const ids = [await known('/api/apps'), await known('/api/books')];
      if (ids.includes(undefined)) throw new Error('the titles were not synced yet');
      return ids.map((id) => id ?? '') as [string, string];
    },
    { timeout: 60_000, interval: 50 },
  );
});
afterAll(async () => stage[Symbol.asyncDispose]());

/** Somebody with a Mac, in a group of their own. */
async function personWithMac(name: string, traits: Readonly<Record<string, unknown>> = {}) {
  const whoAtApple = await people.withAccount(`${name}@example.com`);
  const personId = await people.organization.person(name);
  const groupId = await people.organization.group();
  await people.organization.join(groupId, { personId });
  const serialNumber = await stage.device(
    { family: 'Mac', osVersion: '15.1', personId: whoAtApple, storeAccount: 'own', ...traits },
    { personId },
  );
  if (!('personId' in traits))
    await stage.comes(100, async () => (await rowOf(serialNumber)).userChannel, true);
  return { serialNumber, personId, groupId, whoAtApple };
}

/** The app is Required for the groups, with user licenses. */
const assign = async (...groupIds: readonly string[]): Promise<unknown> =>
  stage.harness.api.put(`/api/apps/${appId}/assignments`, {
    assignments: groupIds.map((groupId) => ({
      target: { kind: 'group', groupId },
      intent: 'required',
      licenseType: 'user',
    })),
  });

/** The device of the server, and the channel of its person. */
async function rowOf(serialNumber: string) {
  return stage.harness.context.db
    .selectFrom('devices.device')
    .selectAll()
    .where('serialNumber', '=', serialNumber)
    .executeTakeFirstOrThrow();
}

/** What was told on which channel, in order, without the questions. */
async function toldTo(serialNumber: string): Promise<readonly string[]> {
  const rows = await stage.harness.context.db
    .selectFrom('devices.command as command')
    .innerJoin('devices.enrollment as enrollment', 'enrollment.id', 'command.enrollmentId')
    .innerJoin('devices.device as device', 'device.id', 'command.deviceId')
    .select(['command.requestType', 'enrollment.userId'])
    .where('device.serialNumber', '=', serialNumber)
    .where('command.requestType', 'in', [...acts])
    .orderBy('command.position')
    .execute();
  return rows.map(
    ({ requestType, userId }) => `${requestType} on ${userId === null ? 'device' : 'user'}`,
  );
}

const acts = [
  'InviteToProgram',
  'InstallApplication',
  'InstallMedia',
  'ManagedMediaList',
  'RemoveApplication',
];

const installedOn = async (serialNumber: string): Promise<number> =>
  (await stage.simulated(serialNumber)).apps.filter(({ installed }) => installed).length;

/** What keeps the app from the device, and how many licenses of it are assigned. */
async function refused(serialNumber: string): Promise<object> {
  const { context } = stage.harness;
  const { assetId } = await context.db
    .selectFrom('library.app')
    .select('assetId')
    .where('id', '=', appId)
    .executeTakeFirstOrThrow();
  const { id: deviceId } = await rowOf(serialNumber);
  const { notApplicable } = await explainPair(context, { assetId, deviceId, personId: null });
  return { notApplicable, assigned: (await stage.asset(pagesForMac))?.assigned };
}

/** What the Mac says on its person's channel, as it does in its enrollment. */
async function channelSays(
  serialNumber: string,
  kind: 'checkOut' | 'tokenUpdate',
  who?: string,
): Promise<void> {
  const { context } = stage.harness;
  const rows = await context.db
    .selectFrom('devices.enrollment')
    .selectAll()
    .where('deviceId', '=', (await rowOf(serialNumber)).id)
    .execute();
  const device = rows.find(({ userId }) => userId === null);
  const userId = who ?? rows.find((row) => row.userId !== null)?.userId ?? undefined;
  if (!device?.udid || !device.topic || !device.certificateSha256)
    throw new Error('the Mac is not enrolled');
  const at = context.clock.now();
  const sender = {
    certificateSha256: device.certificateSha256,
    commonName: undefined,
    subject: '',
    authoritySha256: '',
    notBefore: at,
    notAfter: at,
  };
  const said = { id: device.udid, idKind: 'UDID', userId, topic: device.topic } as const;
  const token = { token: Buffer.alloc(32, 1), pushMagic: 'again', userShortName: undefined };
  const message =
    kind === 'checkOut'
      ? ({ kind, ...said } as const)
      : ({
          kind,
          ...said,
          ...token,
          unlockToken: undefined,
          awaitingConfiguration: undefined,
        } as const);
  await handleCheckin(context, sender, message);
}

describe('a user license on a Mac', () => {
  it('is offered, installed and followed by way of its person’s channel, and goes with the assignment [L 53]', async () => {
    const { serialNumber, personId, groupId } = await personWithMac('ada');
    await assign(groupId);
    await stage.stands(serialNumber, pagesForMac, 'installed');
    expect(await people.user(personId)).toMatchObject({ state: 'associated' });
    expect(await stage.simulated(serialNumber)).toMatchObject({
      promptsShown: { invite: 1, install: 0, account: 1 },
      apps: [{ state: 'Managed', deviceLicensed: false }],
    });
    expect(await stage.asset(pagesForMac)).toMatchObject({ assigned: 1 });
    await assign();
    await stage.comes(3_000, async () => installedOn(serialNumber), 0);
    expect(await toldTo(serialNumber)).toEqual([
      'InviteToProgram on user',
      'InstallApplication on user',
      'RemoveApplication on device',
    ]);
    await stage.comes(3_000, async () => (await stage.asset(pagesForMac))?.assigned, 0);
  });

  it('is Not applicable and takes no seat where the Mac has no channel of its person', async () => {
    const { serialNumber, groupId } = await personWithMac('ben', {
      personId: undefined,
      storeAccount: 'none',
    });
    expect(await rowOf(serialNumber)).toMatchObject({ userChannel: false });
    await assign(groupId);
    const none = { notApplicable: 'noUserChannel', assigned: 0 };
    await stage.comes(3_000, async () => refused(serialNumber), none);
    expect(await toldTo(serialNumber)).toEqual([]);
    expect(await stage.task(serialNumber, pagesForMac)).toBeUndefined();
  });

  it('goes back with the channel and comes back with it; what is installed stays', async () => {
    const { serialNumber, groupId } = await personWithMac('cleo');
    await assign(groupId);
    await stage.stands(serialNumber, pagesForMac, 'installed');
    await channelSays(serialNumber, 'checkOut');
    const none = { notApplicable: 'noUserChannel', assigned: 0 };
    await stage.comes(60_000, async () => refused(serialNumber), none);
    expect(await installedOn(serialNumber)).toBe(1);
    await channelSays(serialNumber, 'tokenUpdate');
    await stage.comes(3_000, async () => refused(serialNumber), {
      notApplicable: null,
      assigned: 1,
    });
    await stage.stands(serialNumber, pagesForMac, 'installed');
  });

  it('is told anew on the channel of who signs in next, where the one before went with it', async () => {
    const { serialNumber, personId, whoAtApple, groupId } = await personWithMac('dora');
    await stage.control(serialNumber, 'offline');
    await assign(groupId);
    await stage.comes(3_000, async () => (await people.user(personId))?.state, 'registered');
    await people.accept(personId, whoAtApple);
    await stage.stands(serialNumber, pagesForMac, 'commanded', 'waitingForDevice');
    await channelSays(serialNumber, 'tokenUpdate', 'SOMEBODY-ELSE');
    const installs = async (): Promise<readonly string[]> => {
      const rows = await stage.harness.context.db
        .selectFrom('devices.command as command')
        .innerJoin('devices.enrollment as enrollment', 'enrollment.id', 'command.enrollmentId')
        .select(['command.state as command', 'enrollment.state as channel'])
        .where('command.deviceId', '=', (await rowOf(serialNumber)).id)
        .where('command.requestType', '=', 'InstallApplication')
        .orderBy('command.position')
        .execute();
      return rows.map(({ command, channel }) => `${command}, ${channel}`);
    };
    await stage.comes(3_000, installs, ['canceled, replaced', 'queued, enrolled']);
    const { id } = await rowOf(serialNumber);
    await stage.harness.context.db
      .updateTable('devices.device')
      .set({ userChannel: false })
      .where('id', '=', id)
      .execute();
    await leaveNote(stage.harness.context.db, 'delivery', 'device', id);
    await stage.stands(serialNumber, pagesForMac, 'blocked', 'noUserChannel');
    await channelSays(serialNumber, 'tokenUpdate', 'SOMEBODY-ELSE');
    await stage.stands(serialNumber, pagesForMac, 'commanded', 'waitingForDevice');
    await channelSays(serialNumber, 'checkOut', 'SOMEBODY-ELSE');
    await stage.comes(3_000, async () => stage.task(serialNumber, pagesForMac), undefined);
    expect(new Set(await installs())).toEqual(
      new Set(['canceled, replaced', 'canceled, checkedOut']),
    );
  });
});

it('a book waits for the channel of the person on their Mac, and the person is invited when it opens', async () => {
  const { serialNumber, personId, groupId } = await personWithMac('fred');
  await stage.comes(100, async () => (await rowOf(serialNumber)).userChannel, true);
  await channelSays(serialNumber, 'checkOut');
  await stage.harness.api.put(`/api/books/${bookId}/assignments`, {
    assignments: [{ target: { kind: 'group', groupId }, intent: 'required', licenseType: 'user' }],
  });
  await stage.comes(3_000, async () => (await people.user(personId))?.state, 'registered');
  await stage.comes(60_000, async () => invitations(personId), 0);
  await channelSays(serialNumber, 'tokenUpdate');
  await stage.comes(100, async () => invitations(personId), 1);
  expect((await people.user(personId))?.state).toBe('registered');
});

async function invitations(personId: string): Promise<number> {
  const rows = await stage.harness.context.db
    .selectFrom('delivery.invitation as invitation')
    .innerJoin('library.holder as holder', 'holder.id', 'invitation.holderId')
    .select('holder.id')
    .where('holder.personId', '=', personId)
    .execute();
  return rows.length;
}

it('a book goes to the channel of the person on a Mac, which tells no more of it [L 53]', async () => {
  const { serialNumber, groupId } = await personWithMac('emil');
  await stage.harness.api.put(`/api/books/${bookId}/assignments`, {
    assignments: [{ target: { kind: 'group', groupId }, intent: 'required', licenseType: 'user' }],
  });
  const book = async (): Promise<object> => {
    const row = await stage.harness.context.db
      .selectFrom('delivery.book')
      .select(['state', 'reason', 'nextAt'])
      .where('deviceId', '=', (await rowOf(serialNumber)).id)
      .executeTakeFirst();
    return { ...row };
  };
  await stage.comes(3_000, book, { state: 'installing', reason: 'bookTaken', nextAt: null });
  expect(await toldTo(serialNumber)).toEqual(['InviteToProgram on user', 'InstallMedia on user']);
  expect((await stage.simulated(serialNumber)).books).toMatchObject([{ state: 'Installed' }]);
});
