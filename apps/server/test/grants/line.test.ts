import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leaveNote } from '../../src/db/notes.ts';
import { deviceStatuses } from '../../src/status/index.ts';
import { type TestContext, openTestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';

let test: TestContext;
let organization: TestOrganization;
let location: { uid: string; tokenId: string };

beforeAll(async () => {
  test = await openTestContext();
  organization = new TestOrganization(test.context);
  location = { uid: 'line', ...(await organization.location('line')) };
});
afterAll(async () => test[Symbol.asyncDispose]());

const grantedOf = async (assetId: number): Promise<string[]> =>
  (await organization.line(assetId)).filter((row) => row.granted).map((row) => row.serialNumber);

describe('the line for licenses', () => {
  it('grants no more than are owned, the first come first, and the others wait [brief 3]', async () => {
    const { appId, assetId } = await organization.app(location, 2);
    const group = await organization.group();
    for (const serial of ['LINE000001', 'LINE000002', 'LINE000003']) {
      const { directoryId } = await organization.device(serial);
      await organization.join(group, { deviceId: directoryId });
    }
    await organization.assign(appId, group);
    await organization.decide();
    expect(await grantedOf(assetId)).toEqual(['LINE000001', 'LINE000002']);
    expect((await organization.line(assetId)).at(-1)).toMatchObject({
      serialNumber: 'LINE000003',
      wanted: true,
      granted: false,
    });
  });

  it('has nobody in it whom another license of the same title serves, and the status says so', async () => {
    const first = await organization.app(location, 1);
    const second = await organization.app(location, 1, {
      adamId: first.adamId,
      pricingParam: 'PLUS',
    });
    const group = await organization.group();
    const { directoryId } = await organization.device('LINE000019');
    await organization.join(group, { deviceId: directoryId });
    await organization.assign(first.appId, group);
    await organization.decide();
    await organization.assign(second.appId, group);
    await organization.decide();
    const { value } = await deviceStatuses(test.context.db, { appId: second.appId });
    expect(value).toMatchObject([
      { license: { position: null }, reason: { cause: expect.stringContaining('same title') } },
    ]);
  });

  it('puts devices seen lately first within one change', async () => {
    const { appId, assetId } = await organization.app(location, 1);
    const group = await organization.group();
    const at = [undefined, new Date('2026-02-01T00:00:00Z'), new Date('2026-03-01T00:00:00Z')];
    for (const [i, lastCheckInAt] of at.entries()) {
      const device = await organization.device(
        `SEEN00000${i}`,
        lastCheckInAt === undefined ? {} : { lastCheckInAt },
      );
      await organization.join(group, { deviceId: device.directoryId });
    }
    await organization.assign(appId, group);
    await organization.decide();
    expect((await organization.line(assetId)).map((row) => row.serialNumber)).toEqual([
      'SEEN000002',
      'SEEN000001',
      'SEEN000000',
    ]);
  });

  it('orders by priority, and takes nothing from those who have it', async () => {
    const { appId, assetId } = await organization.app(location, 1);
    const [low, high] = [await organization.group(), await organization.group()];
    const first = await organization.device('PRIO000001');
    await organization.join(low, { deviceId: first.directoryId });
    await organization.assign(appId, low, 0);
    await organization.decide();
    const second = await organization.device('PRIO000002');
    const third = await organization.device('PRIO000003');
    await organization.join(low, { deviceId: second.directoryId });
    await organization.decide();
    await organization.join(high, { deviceId: third.directoryId });
    await organization.assign(appId, high, 5);
    await organization.decide();
    expect(await grantedOf(assetId)).toEqual(['PRIO000001']);
    const waiting = (await organization.line(assetId)).filter((row) => !row.granted);
    expect(waiting.map((row) => row.serialNumber)).toEqual(['PRIO000003', 'PRIO000002']);
  });

  it('gives everybody an unlimited title', async () => {
    const { appId, assetId } = await organization.app(location, undefined);
    const group = await organization.group();
    for (const serial of ['FREE000001', 'FREE000002']) {
      await organization.join(group, { deviceId: (await organization.device(serial)).directoryId });
    }
    await organization.assign(appId, group);
    await organization.decide();
    expect(await grantedOf(assetId)).toHaveLength(2);
  });

  it.each([
    ['VANI', 1],
    ['VANU', undefined],
  ])(
    'gives nobody a title any more that vanished at Apple, and who has it keeps it (%s) [L 14]',
    async (prefix, total) => {
      const { appId, assetId } = await organization.app(location, total);
      const group = await organization.group();
      const [first, second] = [
        await organization.device(`${prefix}000001`),
        await organization.device(`${prefix}000002`),
      ];
      await organization.join(group, { deviceId: first.directoryId });
      await organization.assign(appId, group);
      await organization.decide();
      await test.context.db
        .updateTable('library.asset')
        .set({ vanishedAt: new Date('2026-01-02T00:00:00Z') })
        .where('id', '=', assetId)
        .execute();
      await leaveNote(test.context.db, 'grants', 'stock', String(assetId));
      await organization.decide();
      await organization.join(group, { deviceId: second.directoryId });
      await organization.decide();
      expect(await grantedOf(assetId)).toEqual([`${prefix}000001`]);
    },
  );

  it('counts what others hold at Apple', async () => {
    const { appId, assetId } = await organization.app(location, 3, { foreignPeople: 2 });
    const group = await organization.group();
    for (const serial of ['FORE000001', 'FORE000002']) {
      await organization.join(group, { deviceId: (await organization.device(serial)).directoryId });
    }
    await organization.assign(appId, group);
    await organization.decide();
    expect(await grantedOf(assetId)).toEqual(['FORE000001']);
  });

  it('is satisfied, without a seat, with a pair that Apple already shows', async () => {
    const { appId, assetId } = await organization.app(location, 1);
    const group = await organization.group();
    const device = await organization.device('FOUND00001');
    await organization.decide();
    await sql`insert into library.license (asset_id, holder_id, present, changed)
      select ${assetId}, id, true, nextval('db.change_order') from library.holder where key = 'FOUND00001'`.execute(
      test.context.db,
    );
    const other = await organization.device('FOUND00002');
    for (const { directoryId } of [device, other])
      await organization.join(group, { deviceId: directoryId });
    await sql`insert into db.note (room, kind, key) values ('grants', 'stock', ${String(assetId)})`.execute(
      test.context.db,
    );
    await organization.assign(appId, group);
    await organization.decide();
    const line = await organization.line(assetId);
    expect(line.find((row) => row.serialNumber === 'FOUND00001')).toMatchObject({
      found: true,
      granted: false,
    });
    expect(line.find((row) => row.serialNumber === 'FOUND00002')).toMatchObject({
      found: false,
      granted: false,
    });
    const { rows } = await sql<{
      taken: number;
      foreignHeld: number;
    }>`select taken, foreign_held from grants.stock where asset_id = ${assetId}`.execute(
      test.context.db,
    );
    expect(rows[0]).toEqual({ taken: 0, foreignHeld: 1 });
  });

  it('reaches devices through their primary user and through nested groups', async () => {
    const { appId, assetId } = await organization.app(location, 10);
    const [outer, inner] = [await organization.group(), await organization.group()];
    const personId = await organization.person('ada');
    await organization.device('NEST000001', { personId });
    await organization.join(inner, { personId });
    await organization.join(outer, { childGroupId: inner });
    await organization.join(inner, { childGroupId: outer });
    await organization.assign(appId, outer);
    await organization.decide();
    expect(await grantedOf(assetId)).toEqual(['NEST000001']);
  });

  it('asks for no license where the app cannot run', async () => {
    const { appId, assetId } = await organization.app(location, 10, { minimumOsVersion: '18.2' });
    const group = await organization.group();
    for (const [serial, osVersion] of [
      ['OLDER00001', '18.1'],
      ['NEWER00001', '18.2'],
    ] as const) {
      await organization.join(group, {
        deviceId: (await organization.device(serial, { osVersion })).directoryId,
      });
    }
    await organization.assign(appId, group);
    await organization.decide();
    expect((await organization.line(assetId)).map((row) => row.serialNumber)).toEqual([
      'NEWER00001',
    ]);
  });

  it('is refused by the database when a statement takes more than there is', async () => {
    const { appId, assetId } = await organization.app(location, 1);
    const group = await organization.group();
    for (const serial of ['LAW4000001', 'LAW4000002']) {
      await organization.join(group, { deviceId: (await organization.device(serial)).directoryId });
    }
    await organization.assign(appId, group);
    await organization.decide();
    await expect(
      test.context.db
        .updateTable('grants.demand')
        .set({ granted: true })
        .where('assetId', '=', assetId)
        .execute(),
    ).rejects.toMatchObject({ constraint: 'stock_never_overgranted' });
  });

  it('drops a change that was never sent and serves the next in line', async () => {
    const { appId, assetId } = await organization.app(location, 1);
    const group = await organization.group();
    const first = await organization.device('DROP000001');
    const second = await organization.device('DROP000002');
    for (const { directoryId } of [first, second])
      await organization.join(group, { deviceId: directoryId });
    await organization.assign(appId, group);
    await organization.decide();
    expect(await grantedOf(assetId)).toEqual(['DROP000001']);
    await organization.leave(group, first.directoryId);
    await organization.decide();
    expect(await grantedOf(assetId)).toEqual(['DROP000002']);
    const changes = await test.context.db
      .selectFrom('grants.openChange')
      .selectAll()
      .where('assetId', '=', assetId)
      .execute();
    expect(changes).toHaveLength(1);
  });
});
