import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Mdm, openMdm } from './support/mdm.ts';
import { payloadOf, TestDevice } from './support/test-device.ts';

let mdm: Mdm;
beforeAll(async () => {
  mdm = await openMdm();
});
afterAll(async () => mdm[Symbol.asyncDispose]());

const rowOf = (serialNumber: string) =>
  mdm.context.db
    .selectFrom('devices.device')
    .selectAll()
    .where('serialNumber', '=', serialNumber)
    .executeTakeFirst();

const notesFor = async (deviceId: string): Promise<string[]> => {
  const rows = await mdm.context.db
    .selectFrom('db.note')
    .select(['room', 'kind'])
    .where('key', '=', deviceId)
    .orderBy('id')
    .execute();
  return rows.map((row) => `${row.room}: ${row.kind}`);
};

describe('the profile', () => {
  it('keeps no key and asks for the least rights', async () => {
    const device = new TestDevice(mdm, 'C02SIM0001');
    const profile = await device.installProfile();
    expect(payloadOf(profile, 'com.apple.mdm')).toMatchObject({
      ServerURL: `https://mdm.example.org/mdm/connect${device.query}`,
      CheckInURL: `https://mdm.example.org/mdm/checkin${device.query}`,
      AccessRights: 16 + 256 + 2048 + 4096,
    });
    expect(device.query).toMatch(/^\?enrollment=[\da-f-]{36}\.[\w-]{43}$/);
    const { rows } = await mdm.context.pool.query('select * from devices.enrollment');
    expect(JSON.stringify(rows)).not.toContain('PRIVATE');
  });
});

describe('enrolling', () => {
  it('makes a managed device of its person, and asks it what it is and runs', async () => {
    const person = await mdm.context.db
      .insertInto('directory.person')
      .values({ userPrincipalName: 'sam@example.org', displayName: 'Sam', createdAt: new Date() })
      .returning('id')
      .executeTakeFirstOrThrow();
    const device = new TestDevice(mdm, 'c02sim0002');
    await device.installProfile(person.id);
    expect(await device.authenticate()).toMatchObject({ status: 200, text: '' });
    const discovered = await rowOf('C02SIM0002');
    expect(discovered).toMatchObject({
      managementState: 'discovered',
      family: 'iPhone',
      osVersion: '18.1',
    });
    expect(await notesFor(discovered?.id ?? '')).toEqual([]);

    expect(await device.updateToken()).toMatchObject({ status: 200, text: '' });
    expect(await rowOf('C02SIM0002')).toMatchObject({
      managementState: 'managed',
      ownership: 'company',
      personId: person.id,
    });
    expect(await notesFor(discovered?.id ?? '')).toEqual(['grants: device', 'delivery: enrolled']);
    const told = await device.session(() => ({ status: 'Acknowledged' }));
    expect(told.map((one) => one.requestType)).toEqual([
      'DeviceInformation',
      'ManagedApplicationList',
      'InstalledApplicationList',
      'Settings',
    ]);
    expect(told.at(-1)?.command['Settings']).toEqual([
      {
        Item: 'OrganizationInfo',
        OrganizationInfo: { OrganizationName: 'mdm.example.org' },
      },
    ]);
  });

  it('is not complete before the TokenUpdate, and never begins with it', async () => {
    const device = new TestDevice(mdm, 'C02SIM0003');
    await device.installProfile();
    expect(await device.updateToken()).toMatchObject({ status: 400 });
    await device.authenticate();
    expect(await device.idle()).toMatchObject({
      status: 400,
      text: expect.stringContaining('TokenUpdate'),
    });
  });

  it('replaces token and magic together, whenever they come', async () => {
    const device = new TestDevice(mdm, 'C02SIM0004');
    await device.enroll();
    await device.updateToken({ Token: Buffer.alloc(32, 9), PushMagic: 'magic-2' });
    const row = await mdm.context.db
      .selectFrom('devices.enrollment')
      .select(['pushToken', 'pushMagic', 'state'])
      .where('udid', '=', device.udid)
      .executeTakeFirst();
    expect(row).toEqual({
      pushToken: Buffer.alloc(32, 9),
      pushMagic: 'magic-2',
      state: 'enrolled',
    });
  });

  it('keeps the earlier enrollment of a serial number until the new one has shown its token', async () => {
    const before = new TestDevice(mdm, 'C02SIM0005');
    await before.enroll();
    const after = new TestDevice(mdm, 'C02SIM0005', before.udid);
    await after.installProfile();
    await after.authenticate({ OSVersion: '99' });
    expect((await before.idle()).status).toBe(200);
    expect(await rowOf('C02SIM0005')).toMatchObject({ osVersion: '18.1' });
    await after.updateToken();
    expect(await before.idle()).toMatchObject({
      status: 400,
      text: expect.stringContaining('ended'),
    });
    expect((await after.idle()).told?.requestType).toBe('DeviceInformation');
  });

  it('takes only what can be a serial number for one, and a managed device’s from no other model', async () => {
    const device = new TestDevice(mdm, 'C02SIM0009');
    await device.installProfile();
    for (const SerialNumber of ['C02SIM1', 'C02SIM000900123', 'C02 SIM0009', 'C02SIM-009'])
      expect(await device.authenticate({ SerialNumber })).toMatchObject({
        status: 400,
        text: expect.stringContaining('8 to 14 letters and digits'),
      });
    await device.authenticate();
    await device.updateToken();
    const other = new TestDevice(mdm, 'C02SIM0009');
    await other.installProfile();
    expect(await other.authenticate({ ProductName: 'iPad13,4' })).toMatchObject({
      status: 400,
      text: expect.stringContaining('of the model iPhone15,4, not iPad13,4'),
    });
    expect((await device.idle()).status).toBe(200);
  });

  it('knows nothing of the store account of the time before', async () => {
    const device = new TestDevice(mdm, 'C02SIM0010');
    await device.enroll();
    await mdm.context.db
      .updateTable('devices.device')
      .set({ storeAccountActive: true, storeAccountHash: 'of somebody' })
      .where('serialNumber', '=', 'C02SIM0010')
      .execute();
    await device.enroll();
    expect(await rowOf('C02SIM0010')).toMatchObject({
      storeAccountActive: null,
      storeAccountHash: null,
    });
  });

  it('starts over when the same device authenticates again', async () => {
    const device = new TestDevice(mdm, 'C02SIM0006');
    await device.enroll();
    const first = await device.idle();
    await device.authenticate();
    expect((await device.idle()).status).toBe(400);
    await device.updateToken();
    const again = await device.idle();
    expect(again.told?.requestType).toBe('DeviceInformation');
    expect(again.told?.id).not.toBe(first.told?.id);
  });

  it('ends with CheckOut: the device is not managed, and its licenses are nobody else’s yet', async () => {
    const device = new TestDevice(mdm, 'C02SIM0007');
    await device.enroll();
    expect((await device.checkOut()).status).toBe(200);
    const row = await rowOf('C02SIM0007');
    expect(row).toMatchObject({ managementState: 'unenrolled' });
    expect(await notesFor(row?.id ?? '')).toEqual([
      'grants: device',
      'delivery: enrolled',
      'grants: device',
      'delivery: unenrolled',
    ]);
    expect((await device.idle()).status).toBe(400);
    const again = new TestDevice(mdm, 'C02SIM0007', device.udid);
    await again.enroll();
    expect(await rowOf('C02SIM0007')).toMatchObject({ id: row?.id, managementState: 'managed' });
  });

  it('does not manage people one by one', async () => {
    const device = new TestDevice(mdm, 'C02SIM0008');
    await device.enroll();
    const user = { MessageType: 'UserAuthenticate', UserID: 'U-1' };
    expect((await device.checkin(user)).status).toBe(410);
    expect(
      await device.updateToken({ UserID: 'U-1', Token: Buffer.alloc(8), PushMagic: 'theirs' }),
    ).toMatchObject({
      status: 410,
    });
    const row = await mdm.context.db
      .selectFrom('devices.enrollment')
      .select('pushMagic')
      .where('udid', '=', device.udid)
      .executeTakeFirst();
    expect(row).toEqual({ pushMagic: 'magic-1' });
    expect(await device.connect({ Status: 'Idle', UserID: 'U-1' })).toMatchObject({
      status: 200,
      text: '',
    });
  });
});
