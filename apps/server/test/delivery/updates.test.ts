import { isWithin, nextOpening } from '@allotment/licensing';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FleetStage } from '../support/fleet-stage.ts';
import { TestOrganization } from '../support/organization.ts';
import { notability, pages } from '../support/stage.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const tokens = '/beta/deviceAppManagement/vppTokens';

let stage: FleetStage;
/** Enrolled before time goes on: a device takes no identity that is made tomorrow. */
let serialNumber: string;
let personId: string;

beforeAll(async () => {
  stage = await FleetStage.open();
  personId = await new TestOrganization(stage.harness.context).person('updater');
  serialNumber = await stage.device({}, { personId });
});
afterAll(async () => stage[Symbol.asyncDispose]());

/** Publishes a new version; returns its external version identifier. */
async function publish(adamId: string): Promise<number> {
  const { externalVersionId } = await stage.harness.apple.post<{ externalVersionId: number }>(
    `/_control/titles/${adamId}/update`,
    {},
  );
  return externalVersionId;
}

async function tokenUrl(): Promise<string> {
  const { value } = await stage.harness.api.get<{ value: { id: string }[] }>(tokens);
  return `${tokens}/${value[0]?.id}`;
}

async function updateByToken(automaticallyUpdateApps: boolean): Promise<void> {
  await stage.harness.api.patch(await tokenUrl(), { automaticallyUpdateApps });
}

/** Has the store and then the device read at once, not when their turn comes, which may be hours later. */
async function seenOnDevice(adamId: string, version: number): Promise<void> {
  await stage.harness.api.post(`${await tokenUrl()}/syncLicenses`, {});
  const inStore = async (): Promise<number | null | undefined> => {
    const title = await stage.harness.context.db
      .selectFrom('library.title')
      .select('externalVersionId')
      .where('adamId', '=', adamId)
      .executeTakeFirst();
    return title?.externalVersionId;
  };
  await stage.comes(SECOND, inStore, version);
  await stage.harness.api.post(`/api/devices/${await stage.deviceId(serialNumber)}/sync`, {});
}

async function versionOn(adamId: string): Promise<number | null> {
  const [device, { bundleId }] = await Promise.all([
    stage.simulated(serialNumber),
    stage.harness.context.db
      .selectFrom('library.title')
      .select('bundleId')
      .where('adamId', '=', adamId)
      .executeTakeFirstOrThrow(),
  ]);
  return device.apps.find((app) => app.bundleId === bundleId)?.externalVersionId ?? null;
}

const installs = async (adamId: string): Promise<readonly { createdAt: Date }[]> =>
  stage.harness.context.db
    .selectFrom('devices.command as command')
    .innerJoin('devices.device as device', 'device.id', 'command.deviceId')
    .select('command.createdAt')
    .where('device.serialNumber', '=', serialNumber)
    .where('requestType', '=', 'InstallApplication')
    .where(sql`command.command -> 'iTunesStoreID'`, '=', Number(adamId))
    .orderBy('command.position')
    .execute();

it('[brief 39] [brief 40] is updated at a check-in where the token updates by itself, else left alone and pointed out', async () => {
  await stage.want(notability, [serialNumber], {
    settings: { configuration: { server: 'https://example.org' } },
  });
  await stage.stands(serialNumber, notability, 'installed');
  const version = await publish(notability);
  await stage.stands(serialNumber, notability, 'installed', 'updateOff', HOUR);
  expect(await installs(notability)).toHaveLength(1);

  await updateByToken(true);
  await stage.comes(HOUR, async () => versionOn(notability), version);
  await stage.stands(serialNumber, notability, 'installed', null, HOUR);
  expect(await installs(notability)).toHaveLength(2);
  expect((await stage.simulated(serialNumber)).apps).toMatchObject([{ hasConfiguration: true }]);
});

it('[brief 39] waits for the hours of maintenance, and for nothing where its assignment prevents it [L 46]', async () => {
  await updateByToken(true);
  await stage.want(pages, [serialNumber]);
  await stage.stands(serialNumber, pages, 'installed');
  const hour = stage.harness.clock.now().getUTCHours();
  const window = {
    from: ((hour + 5) % 24) * 60,
    to: ((hour + 7) % 24) * 60,
    timeZone: 'UTC',
  };
  await stage.harness.api.put('/api/delivery-settings', { maintenanceWindow: window });
  expect(await stage.harness.api.get('/api/delivery-settings')).toEqual({
    maintenanceWindow: window,
  });
  const version = await publish(pages);
  await seenOnDevice(pages, version);
  await stage.stands(serialNumber, pages, 'installed', 'updateWaits');
  const { nextAt } = (await stage.task(serialNumber, pages)) ?? {};
  expect(nextAt).toEqual(nextOpening(window, stage.harness.clock.now()));
  expect(await installs(pages)).toHaveLength(1);
  await stage.passes(Number(nextAt) - Number(stage.harness.clock.now()) - MINUTE);
  await stage.comes(MINUTE / 4, async () => versionOn(pages), version);
  await stage.stands(serialNumber, pages, 'installed');
  const [, update] = await installs(pages);
  expect(update?.createdAt).toSatisfy((at: Date) => isWithin(window, at));
  await stage.harness.api.put('/api/delivery-settings', { maintenanceWindow: null });

  await stage.want(pages, [serialNumber], { settings: { preventAutoAppUpdate: true } });
  await publish(pages);
  await stage.stands(serialNumber, pages, 'installed', 'updatePrevented', HOUR);
  expect(await installs(pages)).toHaveLength(2);
});

it('[L 41] [L 42] stays as it is where it became Available, and is updated again once it is asked for', async () => {
  const organization = new TestOrganization(stage.harness.context);
  const groupId = await organization.group();
  await organization.join(groupId, { personId });
  const settings = { preventAutoAppUpdate: null };
  await stage.wantFor(pages, groupId, { settings });
  const required = await publish(pages);
  await stage.comes(HOUR, async () => versionOn(pages), required);
  await stage.stands(serialNumber, pages, 'installed', null, HOUR);
  await stage.wantFor(pages, groupId, { settings, intent: 'available' });
  const version = await publish(pages);
  await stage.stands(serialNumber, pages, 'installed', 'updateUnassigned', HOUR);
  expect(await versionOn(pages)).not.toBe(version);
  const before = (await installs(pages)).length;
  const { id } = await stage.app(pages);
  const { deviceId } = (await stage.task(serialNumber, pages)) ?? {};
  await stage.harness.api.post(`/api/apps/${id}/requests`, { deviceId });
  await stage.comes(HOUR, async () => versionOn(pages), version);
  expect(await installs(pages)).toHaveLength(before + 1);
});

it.each([
  ['from', { from: -1, to: 60, timeZone: 'UTC' }],
  ['to', { from: 60, to: 60, timeZone: 'UTC' }],
  ['timeZone', { from: 60, to: 120, timeZone: 'Europe/Nowhere' }],
])('hours of maintenance with a wrong %s are refused by name', async (field, maintenanceWindow) => {
  const before = await stage.harness.api.get('/api/delivery-settings');
  await expect(
    stage.harness.api.put('/api/delivery-settings', { maintenanceWindow }),
  ).rejects.toThrow(`maintenanceWindow/${field}`);
  expect(await stage.harness.api.get('/api/delivery-settings')).toEqual(before);
});
