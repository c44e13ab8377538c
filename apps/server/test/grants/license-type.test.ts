import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { leaveNote } from '../../src/db/notes.ts';
import { settlePairs } from '../../src/grants/index.ts';
import { type TestContext, openTestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';

let test: TestContext;
let organization: TestOrganization;
let n = 0;
let app: { appId: string; assetId: number; adamId: string };
let group: string;

beforeAll(async () => {
  test = await openTestContext();
  organization = new TestOrganization(test.context);
});
afterAll(async () => test[Symbol.asyncDispose]());

/** A person whose user license of an app serves so many devices; that many licenses are owned. */
async function licensed(devices: number, owned: number) {
  const uid = `type${n}`;
  app = await organization.app({ uid, ...(await organization.location(uid)) }, owned);
  group = await organization.group();
  const personId = await organization.person(uid);
  const made = [];
  for (let i = 0; i < devices; i += 1)
    made.push(
      await organization.device(`TYPE${n}0000${i}`, {
        personId,
        lastCheckInAt: new Date(Date.UTC(2026, 0, 9 - i)),
      }),
    );
  await organization.join(group, { personId });
  await organization.assignAs(app.appId, { groupId: group, licenseType: 'user' });
  await organization.decide();
  await confirm();
  return made;
}

beforeEach(() => {
  n += 1;
});

async function open(assetId = app.assetId) {
  return test.context.db
    .selectFrom('grants.openChange as c')
    .innerJoin('library.holder as h', 'h.id', 'c.holderId')
    .select(['c.holderId', 'c.op', 'h.kind'])
    .where('c.assetId', '=', assetId)
    .execute();
}

/** Apple does what is open, and says so. */
async function confirm(assetId = app.assetId): Promise<void> {
  const holderIds = (await open(assetId)).map((change) => change.holderId);
  const pairs = { assetIds: holderIds.map(() => assetId), holderIds };
  await test.context.db
    .transaction()
    .execute(async (trx) => settlePairs(test.context, trx, null, pairs, { kind: 'done' }));
  await organization.decide();
}

async function toDeviceLicenses(): Promise<void> {
  await organization.unassign(app.appId, group);
  await organization.assignAs(app.appId, { groupId: group, licenseType: 'device' });
  await organization.decide();
}

/** Another product has assigned the device's own license; the library has read so. */
async function assignedByOthers(serialNumber: string): Promise<void> {
  await sql`insert into library.license (asset_id, holder_id, present, changed)
    select ${app.assetId}, id, true, nextval('db.change_order') from library.holder where key = ${serialNumber}`.execute(
    test.context.db,
  );
}

async function counted(total: number): Promise<void> {
  await test.context.db
    .updateTable('library.asset')
    .set({ total })
    .where('id', '=', app.assetId)
    .execute();
  await leaveNote(test.context.db, 'grants', 'stock', String(app.assetId));
}

/** The licenses that are there, or asked for: of the person or of devices. */
async function licenses() {
  const rows = await test.context.db
    .selectFrom('grants.demand as d')
    .innerJoin('library.holder as h', 'h.id', 'd.holderId')
    .select(['h.kind', 'd.wanted', 'd.held', 'd.found'])
    .where('d.assetId', '=', app.assetId)
    .orderBy('h.kind')
    .orderBy('h.key')
    .execute();
  return rows.map((row) => {
    const state = row.held ? 'held' : row.found ? 'found' : 'none';
    return `${row.kind} ${state}${row.wanted ? '' : ', goes back'}`;
  });
}

/** A group of the one device gets the title of another location; its license comes at once, or never. */
async function elsewhere(directoryId: string, owned: number): Promise<number> {
  const uid = `elsewhere${n}`;
  const other = await organization.app({ uid, ...(await organization.location(uid)) }, owned, {
    adamId: app.adamId,
  });
  const devices = await organization.group();
  await organization.join(devices, { deviceId: directoryId });
  await organization.assignAs(other.appId, { groupId: devices, licenseType: 'device' });
  await organization.decide();
  return other.assetId;
}

const goesBack = [expect.objectContaining({ op: 'disassociate', kind: 'person' })];

describe('a user license that gives way to licenses of the devices [L 20]', () => {
  it('goes back where the last of these is found at Apple', async () => {
    const [first, second, third] = await licensed(3, 3);
    await toDeviceLicenses();
    await confirm();
    expect(await licenses()).toEqual(['device held', 'device held', 'device none', 'person held']);
    expect([first, second, third].map((one) => one?.serialNumber.at(-1))).toEqual(['0', '1', '2']);
    await assignedByOthers(third?.serialNumber ?? '');
    await counted(4);
    await organization.decide();
    expect(await licenses()).toEqual([
      'device held',
      'device held',
      'device found',
      'person held, goes back',
    ]);
    expect(await open()).toEqual(goesBack);
    await confirm();
    expect(await licenses()).toEqual(['device held', 'device held', 'device found']);
  });

  it('goes back where other products had assigned all of these before', async () => {
    const devices = await licensed(2, 3);
    for (const { serialNumber } of devices) await assignedByOthers(serialNumber);
    await counted(5);
    await organization.decide();
    await toDeviceLicenses();
    expect(await licenses()).toEqual(['device found', 'device found', 'person held, goes back']);
    expect(await open()).toEqual(goesBack);
  });

  it('goes back where a device that waits for its own is looked at before the counts are', async () => {
    const [device] = await licensed(1, 1);
    await toDeviceLicenses();
    expect(await licenses()).toEqual(['device none', 'person held']);
    await assignedByOthers(device?.serialNumber ?? '');
    await leaveNote(test.context.db, 'grants', 'device', device?.deviceId ?? '');
    await organization.decide();
    expect(await licenses()).toEqual(['device found', 'person held, goes back']);
    expect(await open()).toEqual(goesBack);
  });

  it('stays while one of these waits', async () => {
    const [, second] = await licensed(2, 1);
    await toDeviceLicenses();
    await assignedByOthers(second?.serialNumber ?? '');
    await counted(2);
    await organization.decide();
    expect(await licenses()).toEqual(['device none', 'device found', 'person held']);
    expect(await open()).toEqual([]);
  });

  describe('where another location of the same title serves the device', () => {
    it('goes back when its license was there before', async () => {
      const [device] = await licensed(1, 2);
      await confirm(await elsewhere(device?.directoryId ?? '', 1));
      await toDeviceLicenses();
      expect(await licenses()).toEqual(['device none', 'person held, goes back']);
      expect(await open()).toEqual(goesBack);
    });

    it('goes back when its license comes later, and not before', async () => {
      const [device] = await licensed(1, 1);
      await toDeviceLicenses();
      const assetId = await elsewhere(device?.directoryId ?? '', 1);
      expect(await licenses()).toEqual(['device none', 'person held']);
      await confirm(assetId);
      expect(await licenses()).toEqual(['device none', 'person held, goes back']);
    });

    it('stays while no license of the device is there', async () => {
      const [device] = await licensed(1, 1);
      await elsewhere(device?.directoryId ?? '', 0);
      await toDeviceLicenses();
      expect(await licenses()).toEqual(['device none', 'person held']);
    });
  });
});

/** A device that is wanted again, and then by a user license, while Apple takes its own license back. */
async function goingBack() {
  const [device] = await licensed(1, 2);
  await organization.unassign(app.appId, group);
  await organization.decide();
  await confirm();
  const devices = await organization.group();
  await organization.join(devices, { deviceId: device?.directoryId ?? '' });
  await organization.assignAs(app.appId, { groupId: devices, licenseType: 'device' });
  await organization.decide();
  await confirm();
  expect(await licenses()).toEqual(['device held']);
  await organization.unassign(app.appId, devices);
  await organization.decide();
  const requestId = 1_000_000 + n;
  await test.context.db
    .updateTable('grants.openChange')
    .set({ requestId })
    .where('assetId', '=', app.assetId)
    .execute();
  await organization.assignAs(app.appId, { groupId: devices, licenseType: 'device' });
  await organization.decide();
  await organization.unassign(app.appId, devices);
  await organization.assignAs(app.appId, { groupId: group, licenseType: 'user' });
  await organization.decide();
  expect(await licenses()).toEqual(['device held']);
  const [change] = await open();
  const pairs = { assetIds: [app.assetId], holderIds: [change?.holderId ?? 0] };
  return { requestId, pairs };
}

describe('a license of the device’s own that stays where the type became user [L 19]', () => {
  it('makes way for the user license once it has gone back', async () => {
    const { requestId, pairs } = await goingBack();
    await test.context.db
      .transaction()
      .execute(async (trx) => settlePairs(test.context, trx, requestId, pairs, { kind: 'done' }));
    await organization.decide();
    await confirm();
    expect(await licenses()).toEqual(['person held']);
  });

  it('stays where Apple refuses to take it back', async () => {
    const { requestId, pairs } = await goingBack();
    const refused = { kind: 'refused', number: 9603, message: 'not now' } as const;
    await test.context.db
      .transaction()
      .execute(async (trx) => settlePairs(test.context, trx, requestId, pairs, refused));
    await organization.decide();
    expect(await licenses()).toEqual(['device held']);
    expect(await open()).toEqual([]);
  });
});
