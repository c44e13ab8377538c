import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { APP, FleetWorld } from './support/fleet-world.ts';

let w: FleetWorld;

beforeAll(async () => {
  w = await FleetWorld.start();
});

afterAll(() => w[Symbol.asyncDispose]());

beforeEach(() => {
  w.reset();
});

const NEWER = { ...APP, version: '5.0', externalVersionId: APP.externalVersionId + 1 };

describe('an app that is managed', () => {
  it('installed again in the same version takes the new configuration, and loses one left out', async () => {
    const device = await w.enrolled({ supervised: true });
    await w.install(device, { Configuration: { site: 'A' } });
    await w.reaches(device, 'Managed');
    expect(await w.install(device)).toMatchObject({ State: 'Managed' });
    expect(device.apps.get(APP.bundleId)?.management?.configuration).toBeUndefined();
    expect(w.states(device)).toEqual(['Queued', 'Installing', 'Managed', 'Managed']);
  });

  it('is updated by installing it again once there is a newer version', async () => {
    const device = await w.enrolled({ supervised: true });
    await w.install(device);
    await w.reaches(device, 'Managed');
    w.titles.set(APP.adamId, NEWER);
    await w.install(device);
    await vi.waitFor(() => expect(device.apps.get(APP.bundleId)?.installed?.version).toBe('5.0'));
    expect(w.states(device).slice(3)).toEqual(['Queued', 'Updating', 'Managed']);
  });

  it('stays in its version when the person declines the update', async () => {
    const device = await w.enrolled({
      supervised: true,
      appsInUse: [APP.bundleId],
      promptAnswer: 'decline',
    });
    await w.install(device);
    await w.reaches(device, 'Managed');
    w.titles.set(APP.adamId, NEWER);
    await w.install(device);
    await w.reaches(device, 'UpdateRejected');
    expect(await w.status(device)).toBe('UpdateRejected');
    expect(await w.status(device)).toBe('Managed');
    expect(device.apps.get(APP.bundleId)?.installed?.version).toBe('4.2');
  });

  it('is removed by RemoveApplication, which fails for the person’s own apps', async () => {
    const device = await w.enrolled({
      supervised: true,
      installedApps: [{ bundleId: 'org.example.own' }],
    });
    const free = device.traits.freeBytes;
    await w.install(device);
    await w.reaches(device, 'Managed');
    const own = { RequestType: 'RemoveApplication', Identifier: 'org.example.own' };
    expect(await w.run(device, own)).toMatchObject({ Status: 'Error' });
    const managed = { RequestType: 'RemoveApplication', Identifier: APP.bundleId };
    expect(await w.run(device, managed)).toMatchObject({ Status: 'Acknowledged' });
    expect(device.apps.get(APP.bundleId)?.installed).toBeUndefined();
    expect(await w.status(device)).toBeUndefined();
    expect(device.traits.freeBytes).toBe(free);
  });

  it.each([
    [1, false],
    [0, true],
  ])('with flags %i at the end of management: stays %s', async (ManagementFlags, stays) => {
    const device = await w.enrolled({ supervised: true });
    await w.install(device, { ManagementFlags });
    await w.reaches(device, 'Managed');
    await w.fleet.checkOut(device, true);
    expect(device.apps.get(APP.bundleId)?.installed !== undefined).toBe(stays);
    expect(device.apps.get(APP.bundleId)?.management).toBeUndefined();
  });
});

describe('a Mac', () => {
  it('manages an app only when asked to', async () => {
    w.titles.set(APP.adamId, { ...APP, families: ['mac'], minimumOsVersion: '13.0' });
    const plain = await w.enrolled({ family: 'Mac', supervised: true });
    await w.install(plain);
    await vi.waitFor(() => expect(plain.apps.get(APP.bundleId)?.installed).toBeDefined());
    expect(await w.status(plain)).toBeUndefined();
    const managed = await w.enrolled({ family: 'Mac', supervised: true });
    await w.install(managed, { InstallAsManaged: true });
    await w.reaches(managed, 'Managed');
  });
});
