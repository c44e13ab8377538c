import type { PlistDictionary } from '@allotment/device-management';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { deliveryWorkers } from '../../src/delivery/workers.ts';
import { openMdm, type Mdm } from '../devices/support/mdm.ts';
import { TestDevice, type Told } from '../devices/support/test-device.ts';
import { License } from './support/license.ts';

const MINUTE = 60_000;

let mdm: Mdm;
let device: TestDevice;
let serial = 0;
let license: License;

beforeAll(async () => {
  mdm = await openMdm();
});
afterAll(async () => mdm[Symbol.asyncDispose]());

beforeEach(async () => {
  serial += 1;
  device = new TestDevice(mdm, `C02DELIV${100 + serial}`);
  await device.enroll();
  await device.session(() => ({ status: 'Acknowledged' }));
  license = await License.of(mdm.context, device.serialNumber, `org.example.app${serial}`);
});

/** Lets delivery act on everything that happened. */
async function deliver(): Promise<void> {
  for (const worker of deliveryWorkers(mdm.context)) while (await worker.run(mdm.context.signal));
}

/** The device takes everything, answering installs and lists of managed apps as given. */
async function session(
  install: { status: string; result?: PlistDictionary },
  managed?: string,
): Promise<readonly string[]> {
  const list = managed === undefined ? {} : { [license.bundleId]: { Status: managed } };
  const told = await device.session(({ requestType }: Told) => {
    if (requestType === 'InstallApplication') return install;
    return { status: 'Acknowledged', result: { ManagedApplicationList: list } };
  });
  await deliver();
  return told.map((one) => one.requestType);
}

const accepted = { status: 'Acknowledged', result: { State: 'Queued' } };

const task = () =>
  mdm.context.db
    .selectFrom('delivery.task')
    .selectAll()
    .where('bundleId', '=', license.bundleId)
    .executeTakeFirst();

describe('delivery', () => {
  it('[brief 46] installs a required app by itself when the device checks in, by its license and never by a purchase [L 22]', async () => {
    await license.hold();
    await deliver();
    expect(await task()).toMatchObject({ state: 'commanded', reason: 'waitingForDevice' });
    const { told } = await device.idle();
    expect(told?.command).toMatchObject({
      RequestType: 'InstallApplication',
      iTunesStoreID: Number(license.adamId),
      Options: { PurchaseMethod: 1 },
    });
    expect(await session(accepted)).toEqual(['InstallApplication']);
    expect(await task()).toMatchObject({ state: 'installing', appleState: 'Queued' });

    mdm.clock.advance(6_000);
    await deliver();
    expect(await session(accepted, 'Installing')).toEqual(['ManagedApplicationList']);
    expect(await task()).toMatchObject({ state: 'installing', appleState: 'Installing' });
    mdm.clock.advance(6_000);
    await deliver();
    await session(accepted, 'Managed');
    expect(await task()).toMatchObject({
      state: 'installed',
      reason: null,
      nextAt: null,
      attempts: 0,
    });
  });

  it('goes by the license of this device, and by no other', async () => {
    const other = new TestDevice(mdm, `C02OTHER${100 + serial}`);
    await other.enroll();
    await other.session(() => ({ status: 'Acknowledged' }));
    await license.hold();
    await deliver();
    expect((await other.idle()).told).toBeUndefined();
    expect((await device.idle()).told?.requestType).toBe('InstallApplication');
  });

  it('wakes the device once for all its apps', async () => {
    const second = await License.of(
      mdm.context,
      device.serialNumber,
      `org.example.second${serial}`,
    );
    await license.hold();
    await second.hold();
    await deliver();
    const pushes = await mdm.context.db
      .selectFrom('devices.push as push')
      .innerJoin('devices.enrollment as e', 'e.id', 'push.enrollmentId')
      .select('push.enrollmentId')
      .where('e.udid', '=', device.udid)
      .execute();
    expect(pushes).toHaveLength(1);
    expect(await session(accepted)).toEqual(['InstallApplication', 'InstallApplication']);
  });

  it('has a Mac install the app as managed, and nothing else', async () => {
    for (const family of ['Mac', 'iPhone'] as const) {
      await mdm.context.db
        .updateTable('devices.device')
        .set({ family })
        .where('serialNumber', '=', device.serialNumber)
        .execute();
      await license.hold();
      await deliver();
      const command = await mdm.context.db
        .selectFrom('devices.command')
        .select('command')
        .where('requestType', '=', 'InstallApplication')
        .orderBy('position', 'desc')
        .executeTakeFirstOrThrow();
      expect((command.command as PlistDictionary)['InstallAsManaged']).toBe(
        family === 'Mac' ? true : undefined,
      );
      await license.lose();
      await deliver();
    }
  });

  it('commands once, however often it is told of the license', async () => {
    await license.hold();
    for (let i = 0; i < 3; i += 1) {
      await license.note();
      await deliver();
    }
    expect(await session(accepted)).toEqual(['InstallApplication']);
  });

  it('hands out no install whose license went in the meantime', async () => {
    await license.hold();
    await deliver();
    await license.loseSilently();
    expect((await device.idle()).told).toBeUndefined();
    await deliver();
    expect(await task()).toBeUndefined();
  });

  it('lets go of an app whose license is taken back, and comes back with the license', async () => {
    await license.hold();
    await deliver();
    await license.lose();
    await deliver();
    expect(await task()).toBeUndefined();
    expect((await device.idle()).told).toBeUndefined();
    await license.hold();
    await deliver();
    expect(await session(accepted)).toEqual(['InstallApplication']);
  });

  it('asks again with growing pauses when Apple does not find the license yet, and recovers', async () => {
    await license.hold();
    await deliver();
    const missing = { ErrorChain: [{ ErrorCode: 9610, ErrorDomain: 'ASDServerErrorDomain' }] };
    await session({ status: 'Error', result: missing });
    expect(await task()).toMatchObject({
      state: 'failed',
      reason: 'licenseNotFound',
      errorCode: -2016330859,
      errorDetail: { errorChain: [{ code: 9610, domain: 'ASDServerErrorDomain' }] },
    });
    expect(await session(accepted)).toEqual([]);
    mdm.clock.advance(MINUTE);
    await deliver();
    expect(await session(accepted)).toEqual(['InstallApplication']);
    expect(await task()).toMatchObject({ state: 'installing', errorCode: null });
  });

  it('takes over an app the person had installed', async () => {
    await license.hold();
    await deliver();
    await session({ status: 'Acknowledged', result: { RejectionReason: 'AppAlreadyInstalled' } });
    const { told } = await device.idle();
    expect(told?.command).toMatchObject({ ChangeManagementState: 'Managed' });
  });

  it('takes nothing over on a device under User Enrollment', async () => {
    await mdm.context.db
      .updateTable('devices.device')
      .set({ userEnrollment: true })
      .where('id', '=', license.deviceId)
      .execute();
    await license.hold();
    await deliver();
    await session({ status: 'Acknowledged', result: { RejectionReason: 'AppAlreadyInstalled' } });
    expect((await device.idle()).told).toBeUndefined();
    expect(await task()).toMatchObject({ state: 'failed', reason: 'takeOverNotAllowed' });
    mdm.clock.advance(24 * 60 * MINUTE);
    await deliver();
    const { told } = await device.idle();
    expect(told?.requestType).toBe('InstallApplication');
    expect(told?.command).not.toHaveProperty('ChangeManagementState');
  });

  it('keeps a one-time state that the next list does not show any more', async () => {
    await license.hold();
    await deliver();
    await session(accepted);
    mdm.clock.advance(6_000);
    await deliver();
    const { told } = await device.idle();
    if (told === undefined) throw new Error('the device was not asked');
    const rejected = { [license.bundleId]: { Status: 'UserRejected' } };
    await device.answer(told, 'Acknowledged', { ManagedApplicationList: rejected });
    await sql`insert into db.note (room, kind, key) select 'delivery', 'device', device_id::text from devices.command where id = ${told.id}`.execute(
      mdm.context.db,
    );
    await deliver();
    expect(await task()).toMatchObject({
      state: 'failed',
      reason: 'userRejected',
      errorCode: -2016330910,
    });
  });

  it('installs nothing that the device shows as managed already', async () => {
    await mdm.context.db
      .insertInto('devices.managedApp')
      .values({
        deviceId: license.deviceId,
        bundleId: license.bundleId,
        status: 'Managed',
        reportedAt: mdm.clock.now(),
      })
      .execute();
    await license.hold();
    await deliver();
    expect(await task()).toMatchObject({ state: 'installed' });
    expect((await device.idle()).told).toBeUndefined();
  });

  it('starts over on a device that enrolls anew, and stops for one that left', async () => {
    await license.hold();
    await deliver();
    await session(accepted, 'Managed');
    await device.checkOut();
    await deliver();
    expect(await task()).toBeUndefined();
    const again = new TestDevice(mdm, device.serialNumber, device.udid);
    await again.enroll();
    await deliver();
    const told = await again.session(() => ({ status: 'Acknowledged' }));
    expect(told.map((one) => one.requestType)).toContain('InstallApplication');
  });

  it('waits for an app whose bundle identifier the catalog does not know, and installs it when it does', async () => {
    license = await License.of(mdm.context, device.serialNumber, undefined);
    await license.hold();
    await deliver();
    const key = `adam:${license.adamId}`;
    const blocked = await mdm.context.db
      .selectFrom('delivery.task')
      .select(['state', 'reason'])
      .where('bundleId', '=', key)
      .executeTakeFirst();
    expect(blocked).toEqual({ state: 'blocked', reason: 'bundleIdUnknown' });
    await license.name(`org.example.late${serial}`);
    mdm.clock.advance(61 * MINUTE);
    await deliver();
    expect(await session(accepted)).toEqual(['InstallApplication']);
    expect(
      await mdm.context.db
        .selectFrom('delivery.task')
        .select('state')
        .where('bundleId', '=', key)
        .executeTakeFirst(),
    ).toBeUndefined();
  });
});
