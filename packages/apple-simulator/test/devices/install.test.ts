import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { isOlder } from '../../src/devices/apps/assess-install.ts';
import { APP, FleetWorld, SAM } from './support/fleet-world.ts';

let w: FleetWorld;

beforeAll(async () => {
  w = await FleetWorld.start();
});

afterAll(() => w[Symbol.asyncDispose]());

beforeEach(() => {
  w.reset();
});

const OWN_COPY = { installedApps: [{ bundleId: APP.bundleId }] };

describe('installing', () => {
  it('goes through its states and asks for the license by serial number at install time', async () => {
    const device = await w.enrolled({ supervised: true });
    const result = await w.install(device, { Configuration: { site: 'A' } });
    expect(result).toMatchObject({
      Status: 'Acknowledged',
      Identifier: APP.bundleId,
      State: 'Queued',
    });
    await w.reaches(device, 'Managed');
    expect(w.states(device)).toEqual(['Queued', 'Installing', 'Managed']);
    expect(w.licenses.asked).toHaveLength(2);
    expect(w.licenses.asked[0]).toMatchObject({
      adamId: APP.adamId,
      serialNumber: device.serialNumber,
    });
    const list = await w.run(device, {
      RequestType: 'ManagedApplicationList',
      Identifiers: [APP.bundleId],
    });
    expect(list['ManagedApplicationList']).toEqual({
      [APP.bundleId]: {
        Status: 'Managed',
        ManagementFlags: 1,
        HasConfiguration: true,
        HasFeedback: false,
        IsValidated: true,
        ExternalVersionIdentifier: APP.externalVersionId,
      },
    });
  });

  it('takes seconds to a minute by size, and waits while the device is offline', async () => {
    await using slow = await FleetWorld.start(1);
    const device = await slow.enrolled({ supervised: true });
    await slow.install(device);
    expect(device.apps.get(APP.bundleId)?.state).toBe('Queued');
    await slow.world.clock.advance(6_000);
    await slow.reaches(device, 'Installing');
    slow.fleet.change(device, { online: false });
    await slow.world.clock.advance(3_600_000);
    await slow.reaches(device, 'Installing');
    slow.fleet.change(device, { online: true });
    await slow.reaches(device, 'Managed');
  });

  it('without a license fails at once with 9610', async () => {
    const device = await w.enrolled({}, false);
    const result = await w.install(device);
    expect(result['Status']).toBe('Error');
    expect(result['ErrorChain']).toEqual([
      expect.objectContaining({ ErrorDomain: 'MCMDMErrorDomain', ErrorCode: 12064 }),
      expect.objectContaining({ ErrorDomain: 'ASDServerErrorDomain', ErrorCode: 9610 }),
    ]);
    expect(await w.status(device)).toBeUndefined();
  });

  it('without a license may also fail later, told once', async () => {
    const device = await w.enrolled({ missingLicense: 'failed' }, false);
    expect(await w.install(device)).toMatchObject({ Status: 'Acknowledged', State: 'Queued' });
    await w.reaches(device, 'Failed');
    expect(await w.status(device)).toBe('Failed');
    expect(await w.status(device)).toBeUndefined();
  });

  it('fails when the license is taken back before the download', async () => {
    const device = await w.enrolled({ promptAnswer: 'ignore' });
    await w.install(device);
    await w.reaches(device, 'Prompting');
    w.licenses.held.clear();
    w.fleet.change(device, { promptAnswer: 'accept' });
    await expect(w.reaches(device, 'Failed')).resolves.toBeUndefined();
  });

  it('sees a license only after the device’s own delay', async () => {
    const device = await w.enrolled({ propagationMs: 90_000 });
    await w.install(device);
    expect(w.licenses.asked[0]).toMatchObject({ propagationMs: 90_000 });
  });

  it('fails when the storage is full', async () => {
    const device = await w.enrolled({ supervised: true, freeBytes: 1000 });
    await w.install(device);
    await w.reaches(device, 'Failed');
    expect(device.apps.get(APP.bundleId)?.installed).toBeUndefined();
  });

  it.each<[string, object, string]>([
    ['an unknown title', { titles: [] }, 'CouldNotVerifyAppID'],
    ['a book', { title: { kind: 'book' } }, 'NotAnApp'],
    ['a title for another family', { title: { families: ['mac'] } }, 'NotSupported'],
    ['a title for a newer system', { title: { minimumOsVersion: '26.0' } }, 'NotSupported'],
    ['an app the person has', { device: OWN_COPY }, 'AppAlreadyInstalled'],
  ])('refuses %s', async (_name, setting, reason) => {
    const {
      titles,
      title,
      device: traits,
    } = { titles: undefined, title: {}, device: {}, ...setting };
    if (titles !== undefined) w.titles.clear();
    else w.titles.set(APP.adamId, { ...APP, ...title });
    const device = await w.enrolled(traits);
    expect(await w.install(device)).toMatchObject({
      Status: 'Acknowledged',
      RejectionReason: reason,
    });
    const strict = await w.enrolled({ ...traits, refusal: 'error' });
    expect(await w.install(strict)).toMatchObject({ Status: 'Error', RejectionReason: reason });
    expect(w.states(device)).toEqual([]);
  });

  it('refuses a second order while the first is under way, which goes on', async () => {
    const device = await w.enrolled({ promptAnswer: 'ignore' });
    await w.install(device);
    await w.reaches(device, 'Prompting');
    expect(await w.install(device)).toMatchObject({ RejectionReason: 'AppAlreadyQueued' });
    w.fleet.change(device, { promptAnswer: 'accept' });
    await w.reaches(device, 'Managed');
  });

  it('takes room, which a wipe gives back', async () => {
    const device = await w.enrolled({ supervised: true, freeBytes: 1_000_000_000 });
    await w.install(device);
    await w.reaches(device, 'Managed');
    expect(device.traits.freeBytes).toBe(1_000_000_000 - APP.sizeBytes);
    w.fleet.wipe(device);
    expect(device.traits.freeBytes).toBe(1_000_000_000);
  });

  it('breaks off when the device is wiped', async () => {
    const device = await w.enrolled({ promptAnswer: 'ignore' });
    await w.install(device);
    await w.reaches(device, 'Prompting');
    w.fleet.wipe(device);
    expect(device.apps.size).toBe(0);
    expect(device.openPrompts.size).toBe(0);
    expect(w.world.journal.entries('internal.error')).toEqual([]);
  });

  it('works while the store is disabled, but not on a user license', async () => {
    const licensed = await w.enrolled({ storeDisabled: true, supervised: true });
    await w.install(licensed);
    await w.reaches(licensed, 'Managed');
    w.giveUserLicense();
    const device = await w.enrolled({ storeDisabled: true, personId: SAM.personId }, false);
    expect(await w.install(device)).toMatchObject({ RejectionReason: 'AppStoreDisabled' });
  });
});

describe('versions', () => {
  it.each([
    ['17.2', '17.10', true],
    ['17.10', '17.2', false],
    ['18', '18.0', false],
    ['9.3.5', '10.0', true],
    ['18.1.1', '18.1', false],
  ])('%s older than %s: %s', (version, than, older) => {
    expect(isOlder(version, than)).toBe(older);
  });
});
