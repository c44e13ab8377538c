import { removeApplication } from '@allotment/device-management';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cancelUnsent, queueCommands, type NewCommand } from '../../src/devices/index.ts';
import { type Mdm, openMdm } from './support/mdm.ts';
import { TestDevice, type Told } from './support/test-device.ts';

const DAY = 24 * 60 * 60_000;

let mdm: Mdm;
let serial = 100;
beforeAll(async () => {
  mdm = await openMdm();
});
afterAll(async () => mdm[Symbol.asyncDispose]());

/** An enrolled device that has answered its first questions. */
async function enrolled(): Promise<{ device: TestDevice; deviceId: string }> {
  serial += 1;
  const device = new TestDevice(mdm, `C02CONN${serial}`);
  await device.enroll();
  await device.session(() => ({ status: 'Acknowledged' }));
  const { id } = await mdm.context.db
    .selectFrom('devices.device')
    .select('id')
    .where('serialNumber', '=', device.serialNumber)
    .executeTakeFirstOrThrow();
  return { device, deviceId: id };
}

async function queue(
  deviceId: string,
  ...commands: Omit<NewCommand, 'deviceId'>[]
): Promise<string[]> {
  const given = commands.map((command) => ({ deviceId, ...command }));
  const queued = await mdm.context.db
    .transaction()
    .execute(async (trx) => queueCommands(trx, given, mdm.clock.now()));
  return queued.map((command) => command?.id ?? '');
}

const remove = (bundleId: string, priority = 0) => ({
  command: removeApplication(bundleId),
  priority,
});
const bundleOf = (told: Told | undefined): unknown => told?.command['Identifier'];

async function commandRow(id: string) {
  return mdm.context.db
    .selectFrom('devices.command')
    .select(['state', 'deliveries', 'result', 'answeredAt'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
}

async function setDeliveries(id: string, deliveries: number): Promise<void> {
  await mdm.context.db
    .updateTable('devices.command')
    .set({ deliveries })
    .where('id', '=', id)
    .execute();
}

async function pushRow(deviceId: string) {
  return mdm.context.db
    .selectFrom('devices.push as push')
    .innerJoin('devices.enrollment as enrollment', 'enrollment.id', 'push.enrollmentId')
    .select('push.dueAt')
    .where('enrollment.deviceId', '=', deviceId)
    .executeTakeFirst();
}

describe('the command loop', () => {
  it('hands out commands by priority, then age, and ends with zero bytes', async () => {
    const { device, deviceId } = await enrolled();
    await queue(deviceId, remove('second'), remove('third'), remove('first', 5));
    const told = await device.session(() => ({ status: 'Acknowledged' }));
    expect(told.map(bundleOf)).toEqual(['first', 'second', 'third']);
    expect(await device.idle()).toEqual({ status: 200, text: '', told: undefined });
  });

  it('stores a result once, however often it arrives', async () => {
    const { device, deviceId } = await enrolled();
    const [id = ''] = await queue(deviceId, remove('app'));
    const { told } = await device.idle();
    if (told === undefined) throw new Error('nothing was told');
    expect(told.id).toBe(id);
    await device.answer(told, 'Acknowledged');
    const first = await commandRow(id);
    expect(first).toMatchObject({ state: 'acknowledged', deliveries: 1 });
    mdm.clock.advance(60_000);
    await device.answer(told, 'Error');
    expect(await commandRow(id)).toEqual(first);
  });

  it('hands a command out again until a result arrives', async () => {
    const { device, deviceId } = await enrolled();
    const [id = ''] = await queue(deviceId, remove('app'));
    expect((await device.idle()).told?.id).toBe(id);
    expect((await device.idle()).told?.id).toBe(id);
    expect(await commandRow(id)).toMatchObject({ state: 'sent', deliveries: 2 });
  });

  it('puts a command that is never answered behind the others, and gives it up in a day', async () => {
    const { device, deviceId } = await enrolled();
    const [stuck = '', next = ''] = await queue(deviceId, remove('stuck', 5), remove('next'));
    for (let asked = 0; asked < 5; asked += 1)
      expect(bundleOf((await device.idle()).told)).toBe('stuck');
    expect(bundleOf((await device.idle()).told)).toBe('next');
    await setDeliveries(stuck, 20);
    mdm.clock.advance(DAY + 60_000);
    await setDeliveries(next, 19);
    expect(bundleOf((await device.idle()).told)).toBe('next');
    expect((await device.idle()).told).toBeUndefined();
    for (const id of [stuck, next])
      expect(await commandRow(id)).toMatchObject({
        state: 'failed',
        result: { status: 'Error', errorChain: [{ domain: 'Allotment' }] },
      });
  });

  it('keeps the device’s reasons when a command failed', async () => {
    const { device, deviceId } = await enrolled();
    const [id = ''] = await queue(deviceId, remove('app'));
    const { told } = await device.idle();
    if (told === undefined) throw new Error('nothing was told');
    await device.answer(told, 'Error', {
      ErrorChain: [
        {
          ErrorCode: 12029,
          ErrorDomain: 'MCMDMErrorDomain',
          LocalizedDescription: 'nicht verwaltet',
        },
      ],
    });
    expect(await commandRow(id)).toMatchObject({
      state: 'failed',
      result: { status: 'Error', errorChain: [{ code: 12029, domain: 'MCMDMErrorDomain' }] },
    });
  });

  it('offers a command put off by NotNow again in the next session, never in the same', async () => {
    const { device, deviceId } = await enrolled();
    await queue(deviceId, remove('locked'), remove('easy'));
    const told = await device.session((one) => ({
      status: bundleOf(one) === 'locked' ? 'NotNow' : 'Acknowledged',
    }));
    expect(told.map(bundleOf)).toEqual(['locked', 'easy']);
    expect((await device.session(() => ({ status: 'Acknowledged' }))).map(bundleOf)).toEqual([
      'locked',
    ]);
  });

  it('wakes a device later that said NotNow before its last word, and no other', async () => {
    const { device, deviceId } = await enrolled();
    await queue(deviceId, remove('locked'), remove('easy'));
    await device.session((one) => ({
      status: bundleOf(one) === 'locked' ? 'NotNow' : 'Acknowledged',
    }));
    const due = (await pushRow(deviceId))?.dueAt.getTime() ?? 0;
    expect(due - mdm.clock.now().getTime()).toBeGreaterThan(14 * 60_000);
    await device.session(() => ({ status: 'NotNow' }));
    expect(await pushRow(deviceId)).toBeUndefined();
  });

  it('serves two connections of one device one after the other', async () => {
    const { device, deviceId } = await enrolled();
    const [id = ''] = await queue(deviceId, remove('app'));
    const replies = await Promise.all([device.idle(), device.idle()]);
    expect(replies.map((reply) => reply.told?.id)).toEqual([id, id]);
    expect(await commandRow(id)).toMatchObject({ deliveries: 2 });
  });

  it('does not hand out what was taken back before', async () => {
    const { device, deviceId } = await enrolled();
    const ids = await queue(deviceId, remove('given'), remove('taken back'));
    await device.idle();
    await mdm.context.db
      .transaction()
      .execute(async (trx) => cancelUnsent(trx, ids, mdm.clock.now()));
    const told = await device.session(() => ({ status: 'Acknowledged' }));
    expect(told.map(bundleOf)).toEqual(['given']);
  });

  it('queues nothing for a device that is not enrolled', async () => {
    const { device, deviceId } = await enrolled();
    await device.checkOut();
    expect(await queue(deviceId, remove('app'))).toEqual(['']);
  });

  it('notes when a device was last seen, at most every few seconds', async () => {
    const { device, deviceId } = await enrolled();
    const seen = async () =>
      (
        await mdm.context.db
          .selectFrom('devices.device')
          .select('lastCheckInAt')
          .where('id', '=', deviceId)
          .executeTakeFirstOrThrow()
      ).lastCheckInAt?.getTime() ?? 0;
    mdm.clock.advance(10_000);
    await device.idle();
    const first = await seen();
    await device.idle();
    expect(await seen()).toBe(first);
    mdm.clock.advance(10_000);
    await device.idle();
    expect(await seen()).toBeGreaterThanOrEqual(first + 10_000);
  });
});
