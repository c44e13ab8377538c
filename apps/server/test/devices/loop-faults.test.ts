import { parseConnect, writePlist } from '@allotment/device-management';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listAlerts } from '../../src/alerts/index.ts';
import { alertsWorkers } from '../../src/alerts/workers.ts';
import { handleConnect } from '../../src/devices/index.ts';
import { type Mdm, openMdm } from './support/mdm.ts';
import {
  bundleOf,
  commandRow,
  enrolled,
  notesAbout,
  queue,
  remove,
  signerOf,
} from './support/queue.ts';
import type { Told } from './support/test-device.ts';

const DAY = 24 * 60 * 60_000;

let mdm: Mdm;
let serial = 100;
beforeAll(async () => {
  mdm = await openMdm();
});
afterAll(async () => mdm[Symbol.asyncDispose]());

const next = async () => enrolled(mdm, `C02LOOP${(serial += 1)}`);

function given(told: Told | undefined): Told {
  if (told === undefined) throw new Error('nothing was told');
  return told;
}

describe('a command whose result never comes', () => {
  it('stands behind the others after a few times, so that it does not stop them', async () => {
    const { device, deviceId } = await next();
    await queue(mdm, deviceId, remove('mute', 5), remove('other'));
    for (let time = 0; time < 5; time += 1)
      expect(bundleOf((await device.idle()).told)).toBe('mute');
    expect(bundleOf((await device.idle()).told)).toBe('other');
  });

  it('is given up after a day and many times, and the room that queued it is told', async () => {
    const { device, deviceId } = await next();
    const [id = ''] = await queue(mdm, deviceId, remove('mute'));
    for (let time = 0; time < 20; time += 1) await device.idle();
    expect(await commandRow(mdm, id)).toMatchObject({ state: 'sent', deliveries: 20 });
    mdm.clock.advance(DAY + 1);
    expect((await device.idle()).told).toBeUndefined();
    const row = await commandRow(mdm, id);
    expect(row).toMatchObject({
      state: 'failed',
      result: { status: 'Error', errorChain: [{ domain: 'Allotment' }] },
    });
    expect(await notesAbout(mdm, id)).toBe(1);
    await device.connect({ Status: 'Acknowledged', CommandUUID: id });
    expect(await commandRow(mdm, id)).toEqual(row);
  });

  it('is another thing than one put off: NotNow, however often, ends nothing', async () => {
    const { device, deviceId } = await next();
    const [id = ''] = await queue(mdm, deviceId, remove('locked'));
    for (let time = 0; time < 25; time += 1) await device.session(() => ({ status: 'NotNow' }));
    mdm.clock.advance(DAY + 1);
    await device.session(() => ({ status: 'Acknowledged' }));
    expect(await commandRow(mdm, id)).toMatchObject({ state: 'acknowledged' });
  });
});

describe('an answer', () => {
  it('that two connections bring at once is stored once', async () => {
    const { device, deviceId } = await next();
    const [id = ''] = await queue(mdm, deviceId, remove('app'), remove('after'));
    const told = given((await device.idle()).told);
    const replies = await Promise.all([
      device.answer(told, 'Acknowledged'),
      device.answer(told, 'Acknowledged'),
    ]);
    expect(replies.map(({ told: one }) => bundleOf(one))).toEqual(['after', 'after']);
    expect(await notesAbout(mdm, id)).toBe(1);
  });

  it('to a command of another device, or to one not handed out yet, changes nothing', async () => {
    const { device } = await next();
    const victim = await next();
    const [id = '', waiting = ''] = await queue(
      mdm,
      victim.deviceId,
      remove('theirs', 1),
      remove('waiting'),
    );
    await victim.device.idle();
    await device.connect({ Status: 'Acknowledged', CommandUUID: id });
    expect(await commandRow(mdm, id)).toMatchObject({ state: 'sent', answeredAt: null });
    await victim.device.connect({ Status: 'Error', CommandUUID: waiting });
    // Asking brought the next command, no answer to the other.
    expect(await commandRow(mdm, waiting)).toMatchObject({ state: 'queued', answeredAt: null });
  });

  it('CommandFormatError ends the command and raises an alert', async () => {
    const { device, deviceId } = await next();
    const [id = ''] = await queue(mdm, deviceId, remove('app'));
    await device.session(() => ({ status: 'CommandFormatError' }));
    expect(await commandRow(mdm, id)).toMatchObject({ state: 'failed' });
    for (const worker of alertsWorkers(mdm.context)) await worker.run(mdm.context.signal);
    const { rows } = await listAlerts(mdm.context.db, { state: 'open', top: 100, skip: 0 });
    expect(rows).toMatchObject([
      {
        kind: 'commandNotUnderstood',
        subjectId: 'RemoveApplication',
        message: expect.stringContaining('One device'),
      },
    ]);
  });

  it('is stored together with what is handed out, or not at all', async () => {
    const { device, deviceId } = await next();
    const [id = ''] = await queue(mdm, deviceId, remove('app'), remove('after'));
    const told = given((await device.idle()).told);
    const body = writePlist({ UDID: device.udid, Status: 'Acknowledged', CommandUUID: told.id });
    const signer = await signerOf(mdm, deviceId);
    const broken = handleConnect(mdm.context, signer, parseConnect(body), {
      holds: {},
      complete: {
        RemoveApplication: async () => {
          throw new Error('the guard cannot be asked');
        },
      },
    });
    await expect(broken).rejects.toThrow('the guard');
    expect(await commandRow(mdm, id)).toMatchObject({ state: 'sent', result: null });
    expect(await notesAbout(mdm, id)).toBe(0);
  });

  it('that PostgreSQL loses is answered 503, and stored when the device repeats it', async () => {
    const { device, deviceId } = await next();
    const [id = ''] = await queue(mdm, deviceId, remove('app'));
    const told = given((await device.idle()).told);
    const reply = await mdm.context.db.transaction().execute(async (trx) => {
      await trx
        .selectFrom('devices.enrollment')
        .select('id')
        .where('deviceId', '=', deviceId)
        .forUpdate()
        .execute();
      const answered = device.answer(told, 'Acknowledged');
      await killThoseWhoWait();
      return answered;
    });
    expect(reply.status).toBe(503);
    expect(await commandRow(mdm, id)).toMatchObject({ state: 'sent' });
    expect((await device.answer(told, 'Acknowledged')).status).toBe(200);
    expect(await commandRow(mdm, id)).toMatchObject({ state: 'acknowledged' });
  });
});

/** Breaks the connections to PostgreSQL that wait for a lock, as soon as there is one. */
async function killThoseWhoWait(): Promise<void> {
  for (;;) {
    const { rowCount } = await mdm.context.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if (rowCount !== null && rowCount > 0) return;
  }
}
