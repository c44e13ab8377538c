import { readPlist } from '@allotment/device-management';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deleteDevice, retireDevice } from '../../src/devices/index.ts';
import { aMac, enrolledMac, rowOf, signIn } from './support/mac.ts';
import { actor, type Mdm, openMdm } from './support/mdm.ts';
import { commandRow, install, notesAbout, queue } from './support/queue.ts';
import { TestDevice } from './support/test-device.ts';

let mdm: Mdm;
let serial = 100;
beforeAll(async () => {
  mdm = await openMdm();
});
afterAll(async () => mdm[Symbol.asyncDispose]());

const newMac = async (): Promise<TestDevice> => enrolledMac(mdm, `C02MACS${(serial += 1)}`);

/** The channels a Mac has or had, by person. */
async function channelsOf({ udid }: TestDevice): Promise<Readonly<Record<string, string>>> {
  const rows = await mdm.context.db
    .selectFrom('devices.enrollment')
    .select(['userId', 'state'])
    .where('udid', '=', udid)
    .where('userId', 'is not', null)
    .execute();
  return Object.fromEntries(rows.map(({ userId, state }) => [userId, state]));
}

const notesOf = async (deviceId: string): Promise<string[]> => {
  const rows = await mdm.context.db
    .deleteFrom('db.note')
    .where('key', '=', deviceId)
    .returning(['room', 'kind'])
    .execute();
  return rows.map(({ room, kind }) => `${room}: ${kind}`).sort();
};

const forUser = { ...install('361309726'), channel: 'user' } as const;

describe('the channel of a person on a Mac', () => {
  it('opens with a push token of its own, which its messages replace [L 53]', async () => {
    const mac = await newMac();
    const { id } = await rowOf(mac);
    await notesOf(id);
    const ada = mac.channel('U-1');
    const asked = await ada.authenticateUser();
    expect(asked.status).toBe(200);
    expect(readPlist(Buffer.from(asked.text))).toEqual({ DigestChallenge: '' });
    expect((await rowOf(mac)).userChannel).toBe(false);
    const token = { Token: Buffer.alloc(32, 3), PushMagic: 'ada-1', UserShortName: 'ada' };
    expect(await ada.updateToken(token)).toMatchObject({ status: 200, text: '' });
    expect((await rowOf(mac)).userChannel).toBe(true);
    expect(await notesOf(id)).toEqual(['delivery: device', 'grants: device']);

    await ada.updateToken({ ...token, PushMagic: 'ada-2' });
    await ada.updateToken({ ...token, PushMagic: 'ada-2' });
    const rows = await mdm.context.db
      .selectFrom('devices.enrollment')
      .select(['userId', 'userShortName', 'pushMagic', 'state'])
      .where('deviceId', '=', id)
      .orderBy('userId')
      .execute();
    expect(rows).toEqual([
      { userId: 'U-1', userShortName: 'ada', pushMagic: 'ada-2', state: 'enrolled' },
      { userId: null, userShortName: null, pushMagic: 'magic-1', state: 'enrolled' },
    ]);
    expect(await notesOf(id)).toEqual([]);
  });

  it('tells whose store account is signed in, in place of the Mac as a whole', async () => {
    const mac = await newMac();
    const ada = mac.channel('U-1');
    await ada.updateToken();
    const account = { iTunesStoreAccountIsActive: true, iTunesStoreAccountHash: 'of ada' };
    const told = await ada.session(() => ({
      status: 'Acknowledged',
      result: { QueryResponses: { ...account, OSVersion: '99' } },
    }));
    expect(told.map(({ command }) => command['Queries'])).toEqual([Object.keys(account)]);
    const known = { storeAccountActive: true, storeAccountHash: 'of ada', osVersion: '15.1' };
    expect(await rowOf(mac)).toMatchObject(known);
    await queue(mdm, (await rowOf(mac)).id, {
      command: { RequestType: 'DeviceInformation', Queries: ['OSVersion'] },
    });
    await mac.session(() => ({
      status: 'Acknowledged',
      result: { QueryResponses: { OSVersion: '15.1', iTunesStoreAccountIsActive: false } },
    }));
    expect(await rowOf(mac)).toMatchObject(known);
  });

  it.each([
    ['an iPhone', { ProductName: 'iPhone15,4' }],
    ['a Shared iPad', { ProductName: 'iPad13,4' }],
    ['a device that does not say what it is', { ProductName: '' }],
  ])('is not managed on %s', async (_what, traits) => {
    const device = new TestDevice(mdm, `C02MACS${(serial += 1)}`);
    await device.installProfile();
    await device.authenticate(traits);
    await device.updateToken();
    const person = device.channel('U-1');
    expect((await person.authenticateUser()).status).toBe(410);
    expect((await person.updateToken()).status).toBe(410);
    expect((await person.checkOut()).status).toBe(410);
    expect(await person.idle()).toMatchObject({ status: 200, text: '' });
    expect(await channelsOf(device)).toEqual({});
    expect((await rowOf(device)).managementState).toBe('managed');
  });

  it('is not managed on a Mac under User Enrollment', async () => {
    const mac = await newMac();
    await mdm.context.db
      .updateTable('devices.device')
      .set({ userEnrollment: true })
      .where('serialNumber', '=', mac.serialNumber)
      .execute();
    expect((await mac.channel('U-1').authenticateUser()).status).toBe(410);
  });

  it('opens only on a Mac that is enrolled, with the identity of that Mac', async () => {
    const begun = new TestDevice(mdm, `C02MACS${(serial += 1)}`);
    await begun.installProfile();
    await begun.authenticate(aMac);
    expect((await begun.channel('U-1').authenticateUser()).status).toBe(400);
    expect((await begun.channel('U-1').updateToken()).status).toBe(400);

    const [mine, theirs] = [await newMac(), await newMac()];
    const claimed = theirs.channel('U-1');
    claimed.identity = mine.identity;
    claimed.query = mine.query;
    for (const reply of [
      await claimed.authenticateUser(),
      await claimed.updateToken(),
      await claimed.idle(),
    ])
      expect(reply).toMatchObject({ status: 400, text: expect.stringContaining('another device') });
    expect(await channelsOf(theirs)).toEqual({});
    expect((await mine.channel('U-1').updateToken({ Topic: 'com.apple.mgmt.other' })).status).toBe(
      400,
    );
    expect(await channelsOf(mine)).toEqual({});
  });

  it('gives way to that of who signed in last, and what it was to be told is looked at anew', async () => {
    const mac = await newMac();
    const { id } = await rowOf(mac);
    const ada = await signIn(mac, 'U-1');
    const [waiting = '', given = ''] = await queue(mdm, id, forUser, { ...forUser, priority: 5 });
    expect((await ada.idle()).told?.id).toBe(given);
    const ben = await signIn(mac, 'U-2');
    expect(await channelsOf(mac)).toEqual({ 'U-1': 'replaced', 'U-2': 'enrolled' });
    for (const command of [waiting, given]) {
      expect(await commandRow(mdm, command)).toMatchObject({ state: 'canceled' });
      expect(await notesAbout(mdm, command)).toBe(1);
    }
    expect(await ada.idle()).toMatchObject({ status: 200, text: '' });
    const [next = ''] = await queue(mdm, id, forUser);
    expect((await ben.idle()).told?.id).toBe(next);
    await signIn(mac, 'U-1');
    expect(await channelsOf(mac)).toEqual({ 'U-1': 'enrolled', 'U-2': 'replaced' });
    expect((await rowOf(mac)).userChannel).toBe(true);
  });

  it('ends when the Mac says so, and the Mac stays managed', async () => {
    const mac = await newMac();
    const { id } = await rowOf(mac);
    const ada = await signIn(mac, 'U-1');
    const [command = ''] = await queue(mdm, id, forUser);
    await notesOf(id);
    expect((await ada.checkOut()).status).toBe(200);
    expect(await channelsOf(mac)).toEqual({ 'U-1': 'checkedOut' });
    expect(await rowOf(mac)).toMatchObject({ userChannel: false, managementState: 'managed' });
    expect(await notesOf(id)).toEqual(['delivery: device', 'grants: device']);
    expect(await commandRow(mdm, command)).toMatchObject({ state: 'canceled' });
    expect((await ada.checkOut()).status).toBe(200);
    expect((await mac.channel('U-9').checkOut()).status).toBe(200);
    expect(await notesOf(id)).toEqual([]);
    expect(await queue(mdm, id, forUser)).toEqual(['']);
    expect((await mac.idle()).status).toBe(200);
  });

  it.each([
    ['the Mac leaves', async (mac: TestDevice) => mac.checkOut()],
    ['the Mac begins anew', async (mac: TestDevice) => mac.authenticate(aMac)],
    [
      'the Mac is enrolled anew',
      async (mac: TestDevice) => enrolledMac(mdm, mac.serialNumber, mac.udid),
    ],
    [
      'the Mac is retired',
      async (mac: TestDevice) => retireDevice(mdm.context, (await rowOf(mac)).id, actor),
    ],
  ])('ends when %s', async (_when, ends) => {
    const mac = await newMac();
    const ada = await signIn(mac, 'U-1');
    const [command = ''] = await queue(mdm, (await rowOf(mac)).id, forUser);
    await ends(mac);
    expect(Object.values(await channelsOf(mac))).not.toContain('enrolled');
    expect((await rowOf(mac)).userChannel).toBe(false);
    expect(await commandRow(mdm, command)).toMatchObject({ state: 'canceled' });
    expect((await ada.idle()).told).toBeUndefined();
  });

  it('is neither opened again nor closed by a message that somebody recorded', async () => {
    const mac = await newMac();
    const ada = mac.channel('U-1');
    const said = async (minutes: number, say: 'updateToken' | 'checkOut'): Promise<number> => {
      ada.signedAt = new Date(mdm.clock.now().getTime() - 60 * 60_000 + minutes * 60_000);
      return (await ada[say]()).status;
    };
    expect(await said(1, 'updateToken')).toBe(200);
    expect(await said(1, 'updateToken')).toBe(200);
    expect(await said(2, 'checkOut')).toBe(200);
    expect(await said(1, 'updateToken')).toBe(400);
    expect(await channelsOf(mac)).toEqual({ 'U-1': 'checkedOut' });
    expect(await said(3, 'updateToken')).toBe(200);
    expect(await said(2, 'checkOut')).toBe(400);
    expect(await channelsOf(mac)).toEqual({ 'U-1': 'enrolled' });
    mac.signedAt = new Date(mdm.clock.now().getTime() - 59.5 * 60_000);
    expect((await mac.updateToken()).status).toBe(200);
  });

  it('is forgotten with the Mac', async () => {
    const mac = await newMac();
    await signIn(mac, 'U-1');
    await deleteDevice(mdm.context, (await rowOf(mac)).id, actor);
    expect(await channelsOf(mac)).toEqual({});
  });
});
