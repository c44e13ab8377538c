import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { step } from '../../src/delivery/state.ts';
import { deliveryWorkers } from '../../src/delivery/workers.ts';
import { type Mdm, openMdm } from '../devices/support/mdm.ts';
import { TestDevice } from '../devices/support/test-device.ts';
import { licensed, NOW, task } from './support/events.ts';
import { License } from './support/license.ts';

let mdm: Mdm;
let device: TestDevice;
let license: License;
/** Of the same app, in another location. */
let other: License;
let n = 0;

beforeAll(async () => {
  mdm = await openMdm();
});
afterAll(async () => mdm[Symbol.asyncDispose]());

beforeEach(async () => {
  n += 1;
  device = new TestDevice(mdm, `C02ELSEW${100 + n}`);
  await device.enroll();
  await device.session(() => ({ status: 'Acknowledged' }));
  const { context } = mdm;
  license = await License.of(context, device.serialNumber, `org.example.app${n}`);
  const { bundleId, adamId } = license;
  other = await License.of(context, device.serialNumber, bundleId, adamId, '2');
  await license.hold();
  await told();
  await told();
});

async function deliver(): Promise<void> {
  for (const worker of deliveryWorkers(mdm.context)) while (await worker.run(mdm.context.signal));
}

/** What the device is told; it has the app. */
async function told(): Promise<readonly string[]> {
  await deliver();
  mdm.clock.advance(6_000);
  await deliver();
  const commands = await device.session(({ requestType }) =>
    requestType === 'InstallApplication'
      ? { status: 'Acknowledged', result: { State: 'Managed' } }
      : {
          status: 'Acknowledged',
          result: { ManagedApplicationList: { [license.bundleId]: { Status: 'Managed' } } },
        },
  );
  await deliver();
  return commands.map((one) => one.requestType);
}

const stands = async () =>
  mdm.context.db
    .selectFrom('delivery.task')
    .select(['state', 'reason', 'assetId'])
    .where('bundleId', '=', license.bundleId)
    .executeTakeFirst();

describe('an app that another assignment wants on the device', () => {
  it('stays while that waits for a license, and goes when it ends', async () => {
    expect(await stands()).toMatchObject({ state: 'installed', reason: null });
    await other.wish();
    await license.remove();
    expect(await told()).toEqual([]);
    expect(await stands()).toMatchObject({ state: 'installed', reason: 'wantedElsewhere' });
    await other.lose();
    expect(await told()).toEqual(['RemoveApplication']);
    expect(await stands()).toMatchObject({ state: 'removed' });
  });

  it('stays for good when that gets its license', async () => {
    await other.wish();
    await license.remove();
    await deliver();
    await other.hold();
    expect(await told()).toEqual([]);
    expect(await stands()).toMatchObject({
      state: 'installed',
      reason: null,
      assetId: other.assetId,
    });
  });

  it('stays when the wish comes before the device has taken the removal', async () => {
    await license.remove();
    await deliver();
    expect(await stands()).toMatchObject({ state: 'removing' });
    await other.wish();
    expect(await told()).toEqual([]);
    expect(await stands()).toMatchObject({ state: 'installed', reason: 'wantedElsewhere' });
  });
});

describe('staying', () => {
  it('takes back the removal that nobody was given yet', () => {
    expect(step(task({ state: 'removing', attempts: 3 }), { kind: 'stay' }, NOW)).toMatchObject({
      task: { state: 'installed', reason: 'wantedElsewhere', attempts: 0 },
      act: { kind: 'cancel' },
    });
  });

  it('means nothing to what is not there', () => {
    for (const state of ['commanded', 'failed', 'removed'] as const)
      expect(step(task({ state }), { kind: 'stay' }, NOW)).toEqual({
        task: task({ state }),
        act: { kind: 'none' },
      });
    expect(step(undefined, { kind: 'stay' }, NOW).task).toBeUndefined();
  });

  it('has no reason any more once there is a license', () => {
    const stayed = task({ state: 'installed', reason: 'wantedElsewhere' });
    expect(step(stayed, licensed(), NOW).task).toMatchObject({ state: 'installed', reason: null });
  });
});
