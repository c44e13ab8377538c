import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { queueCommands, wantPush } from '../../src/devices/index.ts';
import { enrolledMac, rowOf, signIn } from './support/mac.ts';
import { type Mdm, openMdm } from './support/mdm.ts';
import { bundleOf, commandRow, install, queue, remove } from './support/queue.ts';
import type { TestDevice } from './support/test-device.ts';
import { untilWaiting } from '../support/until-waiting.ts';

let mdm: Mdm;
let serial = 100;
beforeAll(async () => {
  mdm = await openMdm();
});
afterAll(async () => mdm[Symbol.asyncDispose]());

const newMac = async (): Promise<TestDevice> => enrolledMac(mdm, `C02TWOS${(serial += 1)}`);

const forUser = { ...install('361309726'), channel: 'user' } as const;

describe('the command loop of a Mac with two channels', () => {
  it('tells each what is for it, in its own order', async () => {
    const mac = await newMac();
    const { id } = await rowOf(mac);
    const ada = await signIn(mac, 'U-1');
    await queue(
      mdm,
      id,
      remove('device-1'),
      { ...remove('user-2'), channel: 'user' },
      { ...remove('user-1', 5), channel: 'user' },
      remove('device-2'),
    );
    const [byUser, byDevice] = await Promise.all([
      ada.session(() => ({ status: 'Acknowledged' })),
      mac.session(() => ({ status: 'Acknowledged' })),
    ]);
    expect(byUser.map(bundleOf)).toEqual(['user-1', 'user-2']);
    expect(byDevice.map(bundleOf)).toEqual(['device-1', 'device-2']);
  });

  it('takes no answer on one channel to what was told on the other', async () => {
    const mac = await newMac();
    const { id } = await rowOf(mac);
    const ada = await signIn(mac, 'U-1');
    const [forAda = '', forMac = ''] = await queue(mdm, id, forUser, install('361309726'));
    const [toldAda, toldMac] = [(await ada.idle()).told, (await mac.idle()).told];
    if (toldAda === undefined || toldMac === undefined) throw new Error('nothing was told');
    expect([toldAda.id, toldMac.id]).toEqual([forAda, forMac]);
    await mac.answer(toldAda, 'Error');
    await ada.answer(toldMac, 'Error');
    for (const command of [forAda, forMac])
      expect(await commandRow(mdm, command)).toMatchObject({ state: 'sent' });
    await ada.answer(toldAda, 'Acknowledged', { State: 'Queued' });
    await ada.answer(toldAda, 'Error');
    expect(await commandRow(mdm, forAda)).toMatchObject({
      state: 'acknowledged',
      result: { state: 'Queued' },
    });
  });

  it('puts off by NotNow, and hands out again, on each by itself', async () => {
    const mac = await newMac();
    const ada = await signIn(mac, 'U-1');
    const [command = ''] = await queue(mdm, (await rowOf(mac)).id, forUser);
    expect((await ada.session(() => ({ status: 'NotNow' }))).map(({ id }) => id)).toEqual([
      command,
    ]);
    expect((await mac.idle()).told).toBeUndefined();
    expect(await commandRow(mdm, command)).toMatchObject({ state: 'notNow' });
    expect((await ada.idle()).told?.id).toBe(command);
    expect((await ada.idle()).told?.id).toBe(command);
    expect(await commandRow(mdm, command)).toMatchObject({ state: 'sent', deliveries: 2 });
  });

  it('wakes a person’s channel where commands wait for it', async () => {
    const mac = await newMac();
    const { id } = await rowOf(mac);
    await signIn(mac, 'U-1');
    const woken = async (): Promise<(string | null)[]> => {
      await mdm.context.db.deleteFrom('devices.push').execute();
      await mdm.context.db
        .transaction()
        .execute(async (trx) => wantPush(trx, [id], mdm.clock.now()));
      const rows = await mdm.context.db
        .selectFrom('devices.push as push')
        .innerJoin('devices.enrollment as e', 'e.id', 'push.enrollmentId')
        .select('e.userId')
        .orderBy('e.userId')
        .execute();
      return rows.map(({ userId }) => userId);
    };
    expect(await woken()).toEqual([]);
    await queue(mdm, id, forUser);
    expect(await woken()).toEqual(['U-1']);
    await queue(mdm, id, remove('device'));
    expect(await woken()).toEqual(['U-1', null]);
  });

  it('does not stand still when a channel asks while something is queued for it', async () => {
    const mac = await newMac();
    const { id } = await rowOf(mac);
    const ada = await signIn(mac, 'U-1');
    const { asking } = await mdm.context.db.transaction().execute(async (trx) => {
      await queueCommands(trx, [{ deviceId: id, ...forUser }], mdm.clock.now());
      const session = ada.session(() => ({ status: 'Acknowledged' }));
      await untilWaiting(mdm.context);
      await queueCommands(trx, [{ deviceId: id, ...remove('device') }], mdm.clock.now());
      await wantPush(trx, [id], mdm.clock.now());
      return { asking: session };
    });
    expect((await asking).map(({ requestType }) => requestType)).toEqual(['InstallApplication']);
  });

  it('has what the one before was to be told looked at anew when somebody else signs in', async () => {
    const mac = await newMac();
    const { id } = await rowOf(mac);
    await signIn(mac, 'U-1');
    const noted = mdm.context.db
      .selectFrom('db.note')
      .select('key')
      .where('room', '=', 'delivery')
      .where('kind', '=', 'device')
      .where('key', '=', id);
    await mdm.context.db.deleteFrom('db.note').execute();
    await signIn(mac, 'U-1');
    expect(await noted.execute()).toEqual([]);
    await signIn(mac, 'U-2');
    expect(await noted.execute()).toEqual([{ key: id }]);
  });
});
