import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Mdm, openMdm } from '../devices/support/mdm.ts';
import { FleetStage } from '../support/fleet-stage.ts';
import { TestOrganization } from '../support/organization.ts';
import { notability } from '../support/stage.ts';
import { AssignedApp } from './support/assigned.ts';

const DAY = 24 * 60 * 60_000;

let mdm: Mdm;
beforeAll(async () => {
  mdm = await openMdm();
});
afterAll(async () => mdm[Symbol.asyncDispose]());

/** Installed without any flag. */
async function installed(supervised = true): Promise<AssignedApp> {
  const app = await AssignedApp.open(mdm);
  await app.set({ supervised });
  await app.session();
  expect(await app.tells()).toEqual([]);
  return app;
}

const anew = (flags?: number) => [
  expect.objectContaining({
    RequestType: 'InstallApplication',
    ...(flags === undefined ? {} : { ManagementFlags: flags }),
  }) as object,
];

describe('the flags of management of an app that is installed already [L 37]', () => {
  it('are set by another install of the same version on a supervised device, once a change', async () => {
    const app = await installed();
    await app.save({ settings: { uninstallOnDeviceRemoval: true } });
    expect(await app.tells()).toEqual(anew(1));
    await app.save({
      settings: { uninstallOnDeviceRemoval: true, preventManagedAppBackup: true },
    });
    expect(await app.tells()).toEqual(anew(5));
    for (let day = 0; day < 3; day += 1) {
      mdm.clock.advance(DAY);
      expect(await app.tells()).toEqual([]);
    }
    await app.save({
      settings: { uninstallOnDeviceRemoval: null, preventManagedAppBackup: null },
    });
    const [last] = await app.tells();
    expect(last).toMatchObject({ RequestType: 'InstallApplication' });
    expect(last).not.toHaveProperty('ManagementFlags');
    expect(await app.tells()).toEqual([]);
    expect(await app.task()).toMatchObject({ state: 'installed', reason: null });
  });

  it('are not told over and over to a device that keeps others', async () => {
    const app = await installed();
    app.flags = 0;
    await app.save({ settings: { preventManagedAppBackup: true } });
    expect(await app.tells()).toEqual(anew(4));
    mdm.clock.advance(DAY);
    expect(await app.tells()).toEqual([]);
  });

  it('wait for the next install on an unsupervised device, which would ask its person', async () => {
    const app = await installed(false);
    await app.save({ settings: { preventManagedAppBackup: true } });
    expect(await app.tells()).toEqual([]);
  });

  it('bring no newer version where nothing is to be updated, and come with the update where it is', async () => {
    const app = await installed();
    await app.publish();
    await app.save({ settings: { preventAutoAppUpdate: true, preventManagedAppBackup: true } });
    expect(await app.tells()).toEqual([]);
    expect(await app.task()).toMatchObject({ reason: 'updatePrevented' });
    await app.save({ settings: { preventAutoAppUpdate: null } });
    expect(await app.tells()).toEqual(anew(4));
  });

  it('are said by the install alone where the device has none of the app', async () => {
    const app = await AssignedApp.open(mdm, { settings: { uninstallOnDeviceRemoval: true } });
    await app.set({ supervised: true });
    expect(await app.tells()).toEqual(anew(1));
    expect(await app.tells()).toEqual([]);
  });
});

it('[L 37] an app that is installed already goes with the management once its assignment says so, and asks nobody', async () => {
  await using stage = await FleetStage.open();
  const organization = new TestOrganization(stage.harness.context);
  const { db } = stage.harness.context;
  const groupId = await organization.group();
  const serialNumber = await stage.device();
  const { directoryDeviceId } = await db
    .selectFrom('devices.device')
    .select('directoryDeviceId')
    .where('serialNumber', '=', serialNumber)
    .executeTakeFirstOrThrow();
  await organization.join(groupId, { deviceId: directoryDeviceId });
  await stage.wantFor(notability, groupId);
  await stage.stands(serialNumber, notability, 'installed');
  await stage.wantFor(notability, groupId, { settings: { uninstallOnDeviceRemoval: true } });
  const flags = async (): Promise<(number | null)[]> =>
    (await db.selectFrom('devices.managedApp').select('managementFlags').execute()).map(
      ({ managementFlags }) => managementFlags,
    );
  await stage.comes(DAY / 24, flags, [1]);
  const { apps, promptsShown } = await stage.simulated(serialNumber);
  expect(apps).toMatchObject([{ installed: true, managed: true }]);
  expect(promptsShown).toMatchObject({ install: 0, update: 0 });
  await stage.control(serialNumber, 'check-out');
  expect((await stage.simulated(serialNumber)).apps).not.toMatchObject([{ installed: true }]);
});
