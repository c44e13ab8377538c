import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cancelUnsent } from '../../src/devices/index.ts';
import { type Mdm, openMdm } from './support/mdm.ts';
import { bundleOf, commandRow, enrolled, queue, remove } from './support/queue.ts';

let mdm: Mdm;
let serial = 100;
beforeAll(async () => {
  mdm = await openMdm();
});
afterAll(async () => mdm[Symbol.asyncDispose]());

const next = async () => enrolled(mdm, `C02CONN${(serial += 1)}`);

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
    const { device, deviceId } = await next();
    await queue(mdm, deviceId, remove('second'), remove('third'), remove('first', 5));
    const told = await device.session(() => ({ status: 'Acknowledged' }));
    expect(told.map(bundleOf)).toEqual(['first', 'second', 'third']);
    expect(await device.idle()).toEqual({ status: 200, text: '', told: undefined });
  });

  it('stores a result once, however often it arrives', async () => {
    const { device, deviceId } = await next();
    const [id = ''] = await queue(mdm, deviceId, remove('app'));
    const { told } = await device.idle();
    if (told === undefined) throw new Error('nothing was told');
    expect(told.id).toBe(id);
    await device.answer(told, 'Acknowledged');
    const first = await commandRow(mdm, id);
    expect(first).toMatchObject({ state: 'acknowledged', deliveries: 1 });
    mdm.clock.advance(60_000);
    await device.answer(told, 'Error');
    expect(await commandRow(mdm, id)).toEqual(first);
  });

  it('hands a command out again until a result arrives', async () => {
    const { device, deviceId } = await next();
    const [id = ''] = await queue(mdm, deviceId, remove('app'));
    expect((await device.idle()).told?.id).toBe(id);
    expect((await device.idle()).told?.id).toBe(id);
    expect(await commandRow(mdm, id)).toMatchObject({ state: 'sent', deliveries: 2 });
  });

  it('keeps the device’s reasons when a command failed', async () => {
    const { device, deviceId } = await next();
    const [id = ''] = await queue(mdm, deviceId, remove('app'));
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
    expect(await commandRow(mdm, id)).toMatchObject({
      state: 'failed',
      result: { status: 'Error', errorChain: [{ code: 12029, domain: 'MCMDMErrorDomain' }] },
    });
  });

  it('offers a command put off by NotNow again in the next session, never in the same', async () => {
    const { device, deviceId } = await next();
    await queue(mdm, deviceId, remove('locked'), remove('easy'));
    const told = await device.session((one) => ({
      status: bundleOf(one) === 'locked' ? 'NotNow' : 'Acknowledged',
    }));
    expect(told.map(bundleOf)).toEqual(['locked', 'easy']);
    expect((await device.session(() => ({ status: 'Acknowledged' }))).map(bundleOf)).toEqual([
      'locked',
    ]);
  });

  it('wakes a device later that said NotNow before its last word, and no other', async () => {
    const { device, deviceId } = await next();
    await queue(mdm, deviceId, remove('locked'), remove('easy'));
    await device.session((one) => ({
      status: bundleOf(one) === 'locked' ? 'NotNow' : 'Acknowledged',
    }));
    const due = (await pushRow(deviceId))?.dueAt.getTime() ?? 0;
    expect(due - mdm.clock.now().getTime()).toBeGreaterThan(14 * 60_000);
    await device.session(() => ({ status: 'NotNow' }));
    expect(await pushRow(deviceId)).toBeUndefined();
  });

  it('serves two connections of one device one after the other', async () => {
    const { device, deviceId } = await next();
    const [id = ''] = await queue(mdm, deviceId, remove('app'));
    const replies = await Promise.all([device.idle(), device.idle()]);
    expect(replies.map((reply) => reply.told?.id)).toEqual([id, id]);
    expect(await commandRow(mdm, id)).toMatchObject({ deliveries: 2 });
  });

  it('does not hand out what was taken back before', async () => {
    const { device, deviceId } = await next();
    const ids = await queue(mdm, deviceId, remove('given'), remove('taken back'));
    await device.idle();
    await mdm.context.db
      .transaction()
      .execute(async (trx) => cancelUnsent(trx, ids, mdm.clock.now()));
    const told = await device.session(() => ({ status: 'Acknowledged' }));
    expect(told.map(bundleOf)).toEqual(['given']);
  });

  it('queues nothing for a device that is not enrolled', async () => {
    const { device, deviceId } = await next();
    await device.checkOut();
    expect(await queue(mdm, deviceId, remove('app'))).toEqual(['']);
  });

  it('notes when a device was last seen, at most every few seconds', async () => {
    const { device, deviceId } = await next();
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
