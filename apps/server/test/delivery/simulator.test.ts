import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leaveNote } from '../../src/db/notes.ts';
import { createEnrollmentLink, setPushCertificate } from '../../src/devices/index.ts';
import { actor } from '../devices/support/mdm.ts';
import { type Harness, startHarness } from '../support/harness.ts';
import { License } from './support/license.ts';

const KEYNOTE = { adamId: '361285480', bundleId: 'com.apple.Keynote' };
const UID = '2049000000000001';

interface SimulatedDevice {
  readonly serialNumber: string;
  readonly enrolled: boolean;
  readonly apps: { bundleId: string; state: string; managed: boolean }[];
  readonly promptsShown: { invite: number; install: number; account: number; management: number };
}

let harness: Harness;

beforeAll(async () => {
  harness = await startHarness();
  const credential = await harness.apple.post<{ certificate: string; key: string }>(
    '/_control/push-certificates',
    {},
  );
  await setPushCertificate(harness.context, credential, actor);
  await harness.apple.post('/_control/organizations', { name: 'Example', kind: 'business' });
  await harness.apple.post('/_control/purchases', {
    uId: UID,
    purchases: [{ adamId: KEYNOTE.adamId, quantity: 50 }],
  });
});
afterAll(async () => harness[Symbol.asyncDispose]());

/** A simulated device that has enrolled. */
async function enrolled(traits: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const made = await harness.apple.post<{ devices: SimulatedDevice[] }>('/_control/devices', {
    devices: [{ family: 'iPhone', osVersion: '18.1', supervised: true, ...traits }],
  });
  const serialNumber = made.devices[0]?.serialNumber ?? '';
  const link = await createEnrollmentLink(harness.context, { ownership: 'company' }, actor);
  await control(serialNumber, 'enroll', { url: link.profileUrl });
  return serialNumber;
}

const control = async (serialNumber: string, act: string, body: object = {}): Promise<unknown> =>
  harness.apple.post(`/_control/devices/${serialNumber}/${act}`, body);

/** A license for the app: at Apple, and known to delivery. */
async function license(serialNumber: string, atApple = true): Promise<License> {
  if (atApple) await assignAtApple(serialNumber);
  const held = await License.of(harness.context, serialNumber, KEYNOTE.bundleId, KEYNOTE.adamId);
  await held.hold();
  return held;
}

const assignAtApple = async (serialNumber: string): Promise<unknown> =>
  harness.apple.post('/_control/assignments', {
    uId: UID,
    assignments: [{ adamId: KEYNOTE.adamId, serialNumbers: [serialNumber] }],
  });

async function simulated(serialNumber: string): Promise<SimulatedDevice> {
  const { devices } = await harness.apple.get<{ devices: SimulatedDevice[] }>('/_control/devices');
  const device = devices.find((one) => one.serialNumber === serialNumber);
  if (device === undefined) throw new Error(`there is no simulated device ${serialNumber}`);
  return device;
}

const task = async (serialNumber: string) =>
  harness.context.db
    .selectFrom('delivery.task as task')
    .innerJoin('devices.device as device', 'device.id', 'task.deviceId')
    .select(['task.state', 'task.reason', 'task.attempts'])
    .where('device.serialNumber', '=', serialNumber)
    .executeTakeFirst();

/** Waits until the task is as expected, letting the server's time pass meanwhile. */
async function becomes(serialNumber: string, expected: object, stepMs = 3_000): Promise<void> {
  await expect
    .poll(
      async () => {
        harness.clock.advance(stepMs);
        return task(serialNumber);
      },
      { timeout: 60_000, interval: 100 },
    )
    .toMatchObject(expected);
}

describe('a required app with a device license', () => {
  it('[brief 6] is installed on a supervised device, and its person is asked nothing', async () => {
    const serialNumber = await enrolled({ storeAccount: 'none' });
    await license(serialNumber);
    await becomes(serialNumber, { state: 'installed' });
    const device = await simulated(serialNumber);
    expect(device.apps).toMatchObject([{ bundleId: KEYNOTE.bundleId, state: 'Managed' }]);
    expect(device.promptsShown).toMatchObject({ invite: 0, install: 0, account: 0, management: 0 });
  });

  it('asks the person of an unsupervised device for permission, not for an account', async () => {
    const serialNumber = await enrolled({ supervised: false, storeAccount: 'none' });
    await license(serialNumber);
    await becomes(serialNumber, { state: 'installed' });
    expect((await simulated(serialNumber)).promptsShown).toMatchObject({
      install: 1,
      account: 0,
      invite: 0,
    });
  });

  it('is not pressed on a person who declines', async () => {
    const serialNumber = await enrolled({ supervised: false, promptAnswer: 'decline' });
    await license(serialNumber);
    await becomes(serialNumber, { state: 'failed', reason: 'userRejected', attempts: 1 });
    expect((await simulated(serialNumber)).promptsShown).toMatchObject({ install: 1 });
  });

  it('waits for a locked device, and installs when it is unlocked', async () => {
    const serialNumber = await enrolled();
    await control(serialNumber, 'lock');
    await license(serialNumber);
    await expect
      .poll(async () => {
        const rows = await harness.context.db
          .selectFrom('devices.command')
          .select('state')
          .where('requestType', '=', 'InstallApplication')
          .execute();
        return rows.map((row) => row.state);
      })
      .toContain('notNow');
    expect(await task(serialNumber)).toMatchObject({
      state: 'commanded',
      reason: 'waitingForDevice',
    });
    await control(serialNumber, 'unlock');
    await becomes(serialNumber, { state: 'installed' });
  });

  it('reaches a device that was away', async () => {
    const serialNumber = await enrolled();
    await control(serialNumber, 'offline');
    await license(serialNumber);
    await expect.poll(async () => task(serialNumber)).toMatchObject({ state: 'commanded' });
    await control(serialNumber, 'online');
    await becomes(serialNumber, { state: 'installed' });
  });

  it('is tried again when Apple does not find the license yet', async () => {
    const serialNumber = await enrolled();
    await license(serialNumber, false);
    await becomes(serialNumber, { state: 'failed', reason: 'licenseNotFound' }, 0);
    await assignAtApple(serialNumber);
    await becomes(serialNumber, { state: 'installed' }, 10_000);
    expect((await simulated(serialNumber)).apps).toMatchObject([{ state: 'Managed' }]);
  });

  it('takes over the app the person had installed', async () => {
    const serialNumber = await enrolled({ installedApps: [{ bundleId: KEYNOTE.bundleId }] });
    await license(serialNumber);
    await becomes(serialNumber, { state: 'installed' });
    expect((await simulated(serialNumber)).apps).toMatchObject([{ managed: true }]);
  });

  it('comes back to a wiped device that enrolls again', async () => {
    const serialNumber = await enrolled();
    await license(serialNumber);
    await becomes(serialNumber, { state: 'installed' });
    await control(serialNumber, 'wipe');
    const link = await createEnrollmentLink(harness.context, { ownership: 'company' }, actor);
    await control(serialNumber, 'enroll', { url: link.profileUrl });
    await expect
      .poll(async () => (await simulated(serialNumber)).apps, { timeout: 60_000 })
      .toMatchObject([{ state: 'Managed' }]);
  });

  it('[brief 60] [brief 61] stays when its license is gone, and goes when it is to be removed', async () => {
    const serialNumber = await enrolled();
    const held = await license(serialNumber);
    await becomes(serialNumber, { state: 'installed' });
    await held.lose();
    await becomes(serialNumber, { state: 'installed' });
    expect((await simulated(serialNumber)).apps).toMatchObject([{ state: 'Managed' }]);
    await leaveNote(harness.context.db, 'delivery', 'remove', `${held.assetId}:${held.deviceId}`);
    await becomes(serialNumber, { state: 'removed' });
    expect((await simulated(serialNumber)).apps).toMatchObject([{ installed: false }]);
  });

  it('is let go by a device that leaves', async () => {
    const serialNumber = await enrolled();
    await license(serialNumber);
    await becomes(serialNumber, { state: 'installed' });
    await control(serialNumber, 'check-out');
    await expect.poll(async () => task(serialNumber)).toBeUndefined();
  });
});
