import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeNotes } from '../../src/db/notes.ts';
import { newPortion } from '../../src/db/portions.ts';
import { whereSaved } from '../../src/delivery/setup.ts';
import { setPrimaryUser } from '../../src/devices/index.ts';
import { deletePerson } from '../../src/directory/index.ts';
import { actor, openMdm, type Mdm } from '../devices/support/mdm.ts';
import { FleetStage } from '../support/fleet-stage.ts';
import { TestOrganization } from '../support/organization.ts';
import { notability } from '../support/stage.ts';
import { AssignedApp } from './support/assigned.ts';

const HOUR = 60 * 60_000;

let mdm: Mdm;

beforeAll(async () => {
  mdm = await openMdm();
});
afterAll(async () => mdm[Symbol.asyncDispose]());

const at = (server: string) => ({ configuration: { server } });
const setUp = (app: AssignedApp, configuration?: object, attributes?: object) => ({
  RequestType: 'Settings',
  Settings: [
    {
      Item: 'ApplicationConfiguration',
      Identifier: app.bundleId,
      ...(configuration && { Configuration: configuration }),
    },
    {
      Item: 'ApplicationAttributes',
      Identifier: app.bundleId,
      ...(attributes && { Attributes: attributes }),
    },
  ],
});

/** Installed with a configuration. */
async function installed(settings: object = at('a')): Promise<AssignedApp> {
  const app = await AssignedApp.open(mdm, { settings: { ...settings } });
  await app.session();
  expect(await app.task()).toMatchObject({ state: 'installed' });
  expect(await app.tells()).toEqual([]);
  return app;
}

describe('what an assignment says of an app that is installed already [L 37]', () => {
  it('is told when it changes, once, and not again once the device took it', async () => {
    const app = await installed();
    const settings = { ...at('b'), isRemovable: false, vpnConfigurationId: 'VPN-1' };
    await app.save({ settings });
    expect(await app.tells()).toEqual([
      setUp(app, { server: 'b' }, { Removable: false, VPNUUID: 'VPN-1' }),
    ]);
    await app.save({ settings });
    expect(await app.tells()).toEqual([]);
    mdm.clock.advance(25 * HOUR);
    expect(await app.tells()).toEqual([]);
  });

  it.each([
    ['Mac', undefined],
    ['AppleTV', { Removable: false }],
    ['iPhone', { Removable: false, VPNUUID: 'VPN-1' }],
  ])(
    '%s is told only what Apple’s systems know there, at once and later',
    async (family, known) => {
      const more = { isRemovable: false, vpnConfigurationId: 'VPN-1', onMacs: true };
      const app = await AssignedApp.open(mdm, { settings: { ...at('a'), ...more } }, family);
      const [install] = await app.session();
      expect(install).toMatchObject({ requestType: 'InstallApplication' });
      expect(install?.command['Attributes']).toEqual(known);
      expect(install?.command['Configuration']).toEqual({ server: 'a' });
      expect(await app.tells()).toEqual([]);
      await app.save({ settings: { ...at('b'), ...more } });
      const [{ Settings: [, attributes] = [] } = {}] = (await app.tells()) as {
        Settings?: object[];
      }[];
      expect(attributes).toEqual(
        known && { Item: 'ApplicationAttributes', Identifier: app.bundleId, Attributes: known },
      );
      mdm.clock.advance(25 * HOUR);
      expect(await app.tells()).toEqual([]);
    },
  );

  it('is the last word, also where it is the first one again, and nothing where nothing is said any more', async () => {
    const app = await installed();
    await app.save({ settings: at('b') });
    await app.save({ settings: at('a') });
    expect(await app.tells()).toEqual([setUp(app, { server: 'a' })]);
    await app.save({ settings: { configuration: null } });
    expect(await app.tells()).toEqual([setUp(app)]);
    expect(await app.tells()).toEqual([]);
  });

  it('is told again a day later where the device did not take it, and not before', async () => {
    const app = await installed();
    await app.save({ settings: at('b') });
    const ErrorChain = [{ ErrorCode: 12029, ErrorDomain: 'MCMDMErrorDomain' }];
    const failed = {
      Item: 'ApplicationConfiguration',
      Identifier: app.bundleId,
      Status: 'Error',
      ErrorChain,
    };
    const refusal = { Settings: { status: 'Acknowledged', result: { Settings: [failed] } } };
    expect(await app.tells(refusal)).toHaveLength(1);
    expect(await app.task()).toMatchObject({
      state: 'installed',
      reason: 'settingsRefused',
      errorDetail: { errorChain: [{ code: 12029 }] },
    });
    mdm.clock.advance(23 * HOUR);
    expect(await app.tells(refusal)).toEqual([]);
    mdm.clock.advance(HOUR);
    expect(await app.tells()).toEqual([setUp(app, { server: 'b' })]);
    mdm.clock.advance(25 * HOUR);
    expect(await app.tells()).toEqual([]);
    expect(await app.task()).toMatchObject({ state: 'installed', reason: null, errorDetail: null });
  });

  it('follows the device into another group at its next report', async () => {
    const app = await installed({ isRemovable: true });
    const { organization, appId } = app;
    const groupId = await organization.group();
    await organization.assignAs(appId, { groupId, settings: JSON.stringify(at('g')) });
    await app.settle();
    expect(await app.tells()).toEqual([]);
    const { directoryDeviceId } = await mdm.context.db
      .selectFrom('devices.device')
      .select('directoryDeviceId')
      .where('id', '=', app.deviceId)
      .executeTakeFirstOrThrow();
    await organization.join(groupId, { deviceId: directoryDeviceId });
    await app.settle();
    expect(await app.tells()).toEqual([setUp(app, { server: 'g' })]);
  });

  it('comes through a person only while the device has one who is there', async () => {
    const app = await installed();
    const { organization, appId, deviceId } = app;
    const userGroup = await organization.group();
    const personId = await organization.person('user');
    await organization.join(userGroup, { personId });
    const ofGroup = { groupId: userGroup, settings: JSON.stringify({ isRemovable: false }) };
    await organization.assignAs(appId, ofGroup);
    const ofAll = { target: 'allUsers', priority: 1, settings: JSON.stringify(at('all')) };
    await organization.assignAs(appId, ofAll);
    await app.settle();
    expect(await app.tells()).toEqual([]);
    await setPrimaryUser(mdm.context, deviceId, personId, actor);
    await app.settle();
    expect(await app.tells()).toEqual([setUp(app, { server: 'all' }, { Removable: false })]);
    await deletePerson(mdm.context, personId, actor);
    await app.settle();
    expect(await app.tells()).toEqual([setUp(app, { server: 'a' })]);
  });

  it('stays as it was where the app is kept without an assignment', async () => {
    const app = await installed({ ...at('a'), onUnassign: 'keep' });
    await app.organization.unassign(app.appId, app.groupId);
    await app.settle();
    expect(await app.tells()).toEqual([]);
    expect(await app.task()).toMatchObject({ state: 'installed' });
  });

  it('is said anew by the install on a device that was erased', async () => {
    const app = await installed();
    await app.device.enroll();
    app.listed = undefined;
    const told = await app.tells();
    expect(told).toMatchObject([
      { RequestType: 'Settings' },
      { RequestType: 'InstallApplication', Configuration: { server: 'a' } },
    ]);
    expect(await app.tells()).toEqual([]);
  });
});

/** Of how many devices each portion is, until none is left. */
async function portions(appId: string, size: number, stage: FleetStage): Promise<number[]> {
  const trx = await stage.harness.context.db.startTransaction().execute();
  const found: number[] = [];
  try {
    let keys = [appId];
    while (keys.length > 0) {
      found.push((await whereSaved(trx, keys, size)).length);
      const left = await takeNotes(
        trx,
        'delivery',
        newPortion(1_000, stage.harness.context.clock.now()),
      );
      keys = left.filter(({ kind }) => kind === 'settings').map(({ key }) => key);
    }
  } finally {
    await trx.rollback().execute();
  }
  return found;
}

it('[L 37] reaches every device that has the app by one command each, as soon as it is saved', async () => {
  await using stage = await FleetStage.open();
  const organization = new TestOrganization(stage.harness.context);
  const groupId = await organization.group();
  const serialNumbers = [await stage.device(), await stage.device(), await stage.device()];
  const { db } = stage.harness.context;
  const rows = await db.selectFrom('directory.device').select(['id', 'serialNumber']).execute();
  for (const row of rows)
    if (serialNumbers.includes(row.serialNumber))
      await organization.join(groupId, { deviceId: row.id });
  await stage.wantFor(notability, groupId, { settings: at('a') });
  for (const serialNumber of serialNumbers)
    await stage.stands(serialNumber, notability, 'installed');
  await stage.wantFor(notability, groupId, { settings: at('b') });
  const taken = async (): Promise<number> => {
    const told = await db
      .selectFrom('devices.command')
      .select('command')
      .where('requestType', '=', 'Settings')
      .where('state', '=', 'acknowledged')
      .execute();
    return told.filter(({ command }) => JSON.stringify(command).includes('"server":"b"')).length;
  };
  await stage.comes(1_000, taken, serialNumbers.length);
  const open = async (): Promise<number> => {
    const tasks = await db
      .selectFrom('delivery.task')
      .select(['settingsTold', 'settingsTaken'])
      .execute();
    return tasks.filter(({ settingsTold, settingsTaken }) => settingsTold !== settingsTaken).length;
  };
  await stage.comes(1_000, open, 0);
  expect(await taken()).toBe(serialNumbers.length);
  expect(await portions((await stage.app(notability)).id, 2, stage)).toEqual([2, 1]);
});
