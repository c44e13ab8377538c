import { isWithin } from '@allotment/licensing';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FleetStage } from '../support/fleet-stage.ts';
import { notability, pages } from '../support/stage.ts';

const HOUR = 60 * 60_000;
const tokens = '/beta/deviceAppManagement/vppTokens';

let stage: FleetStage;
/** Enrolled before time goes on: a device takes no identity that is made tomorrow. */
let serialNumber: string;

beforeAll(async () => {
  stage = await FleetStage.open();
  serialNumber = await stage.device();
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

async function updateByToken(automaticallyUpdateApps: boolean): Promise<void> {
  const { value } = await stage.harness.api.get<{ value: { id: string }[] }>(tokens);
  await stage.harness.api.patch(`${tokens}/${value[0]?.id}`, { automaticallyUpdateApps });
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
  await stage.stands(serialNumber, pages, 'installed', 'updateWaits', HOUR / 2);
  await stage.comes(HOUR / 2, async () => versionOn(pages), version);
  await stage.stands(serialNumber, pages, 'installed', null, HOUR / 2);
  const [, update] = await installs(pages);
  expect(update?.createdAt).toSatisfy((at: Date) => isWithin(window, at));
  await stage.harness.api.put('/api/delivery-settings', { maintenanceWindow: null });

  await stage.want(pages, [serialNumber], { settings: { preventAutoAppUpdate: true } });
  await publish(pages);
  await stage.stands(serialNumber, pages, 'installed', 'updatePrevented', HOUR);
  expect(await installs(pages)).toHaveLength(2);
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
