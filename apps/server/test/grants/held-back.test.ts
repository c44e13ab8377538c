import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { leaveNote } from '../../src/db/notes.ts';
import { deviceStatuses } from '../../src/status/index.ts';
import { isWished, liftHoldsOf, revokeLicenses } from '../../src/grants/index.ts';
import { type TestContext, openTestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';

const admin = { kind: 'administrator', name: 'Ada' } as const;

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

beforeEach(async () => {
  n += 1;
  const uid = `location${n}`;
  app = await organization.app({ uid, ...(await organization.location(uid)) }, 5);
  group = await organization.group();
});

/** Whether an assignment keeps the app on the device. */
async function stays(deviceId: string): Promise<boolean> {
  const { rows } = await sql<{ wished: boolean }>`select ${isWished(
    sql`${deviceId}::uuid`,
    sql`${`org.example.app${app.adamId}`}`,
  )} as wished`.execute(test.context.db);
  return rows[0]?.wished === true;
}

async function revoke(): Promise<void> {
  await revokeLicenses(test.context, { kind: 'asset', assetId: app.assetId }, 'test', admin);
  await organization.decide();
}

async function notesToDelivery(): Promise<number> {
  const { rows } = await sql`select from db.note
    where room = 'delivery' and kind = 'license' and key like ${`${app.assetId}:%`}`.execute(
    test.context.db,
  );
  return rows.length;
}

describe('an app whose license was taken back by hand', () => {
  it('[brief 60] is still wanted on the device, whatever else ends there, until no assignment wants it', async () => {
    const device = await organization.device(`HELDBACK${n}0`);
    await organization.join(group, { deviceId: device.directoryId });
    await organization.assign(app.appId, group);
    await organization.decide();
    await revoke();
    expect(await organization.line(app.assetId)).toEqual([]);
    expect(await stays(device.deviceId)).toBe(true);

    await organization.leave(group, device.directoryId);
    await organization.decide();
    expect(await stays(device.deviceId)).toBe(false);
    await organization.join(group, { deviceId: device.directoryId });
    await organization.decide();
    expect(await stays(device.deviceId)).toBe(true);

    await sql`delete from db.note where room = 'delivery'`.execute(test.context.db);
    await organization.unassign(app.appId, group);
    await organization.decide();
    expect(await stays(device.deviceId)).toBe(false);
    expect(await notesToDelivery()).toBe(1);
  });

  it('is wanted without a break when the hold is lifted', async () => {
    const device = await organization.device(`HELDBACK${n}0`);
    await organization.join(group, { deviceId: device.directoryId });
    await organization.assign(app.appId, group);
    await organization.decide();
    await revoke();
    await liftHoldsOf(test.context, { kind: 'asset', assetId: app.assetId }, admin);
    expect(await stays(device.deviceId)).toBe(true);
    await organization.decide();
    expect(await stays(device.deviceId)).toBe(true);
    expect((await organization.line(app.assetId)).map((one) => one.granted)).toEqual([true]);
    const { rows } =
      await sql`select from grants.held_back where asset_id = ${app.assetId}`.execute(
        test.context.db,
      );
    expect(rows).toEqual([]);
  });

  it('is shown with what another product has assigned since', async () => {
    const device = await organization.device(`HELDBACK${n}0`);
    await organization.join(group, { deviceId: device.directoryId });
    await organization.assign(app.appId, group);
    await organization.decide();
    await revoke();
    const shown = async () => {
      const [row] = (await deviceStatuses(test.context.db, { appId: app.appId })).value;
      return [row?.license.state, row?.installState, row?.reason?.cause];
    };
    expect(await shown()).toEqual([
      'none',
      'notInstalled',
      'The license was taken back by hand by Ada: test',
    ]);
    await sql`insert into library.license (asset_id, holder_id, present, changed)
      select asset_id, holder_id, true, nextval('db.change_order') from grants.hold where asset_id = ${app.assetId}`.execute(
      test.context.db,
    );
    expect(await shown()).toEqual([
      'found',
      'notInstalled',
      expect.stringContaining('Another product has assigned one since'),
    ]);
  });

  it('is wanted on the devices that a license of their person was for, and on no other', async () => {
    const personId = await organization.person(`ann${n}`);
    const meant = await organization.device(`HELDBACK${n}1`, { personId });
    const other = await organization.device(`HELDBACK${n}2`, { personId });
    await organization.join(group, { deviceId: meant.directoryId });
    await organization.assignAs(app.appId, { groupId: group, licenseType: 'user' });
    await organization.decide();
    await revoke();
    expect(await stays(meant.deviceId)).toBe(true);
    expect(await stays(other.deviceId)).toBe(false);
    await organization.leave(group, meant.directoryId);
    await organization.decide();
    expect(await stays(meant.deviceId)).toBe(false);
  });

  it('is not kept in mind for devices that are expected: nothing is on them yet', async () => {
    const expected = await test.context.db
      .insertInto('directory.device')
      .values({ serialNumber: `HELDBACK${n}9`, createdAt: test.context.clock.now() })
      .returning('id')
      .executeTakeFirstOrThrow();
    await organization.join(group, { deviceId: expected.id });
    await organization.assignAs(app.appId, {
      groupId: group,
      settings: JSON.stringify({ licensesAhead: true }),
    });
    await organization.decide();
    expect((await organization.line(app.assetId)).map((one) => one.granted)).toEqual([true]);
    await revoke();
    expect(await organization.line(app.assetId)).toEqual([]);

    const device = await organization.device(`HELDBACK${n}0`);
    await organization.join(group, { deviceId: device.directoryId });
    await leaveNote(test.context.db, 'grants', 'group', group);
    await organization.decide();
    expect((await organization.line(app.assetId)).map((one) => one.serialNumber)).toEqual([
      device.serialNumber,
    ]);
  });
});

describe('taking back what outlives its device or its app', () => {
  let device: { deviceId: string; directoryId: string };
  beforeEach(async () => {
    const personId = await organization.person(`owner${n}`);
    device = await organization.device(`OUTLIVES${n}`, { personId });
    await organization.join(group, { deviceId: device.directoryId });
    await organization.assignAs(app.appId, { groupId: group, licenseType: 'user' });
    await organization.decide();
  });

  it("ends a person's license while their only device is deleted and the grace period runs", async () => {
    await sql`delete from devices.device where id = ${device.deviceId}`.execute(test.context.db);
    await revoke();
    expect(await organization.line(app.assetId)).toEqual([]);
  });

  it('ends what is left of a deleted token', async () => {
    await sql`delete from library.app where id = ${app.appId}`.execute(test.context.db);
    await revoke();
    expect(await organization.line(app.assetId)).toEqual([]);
  });

  it('is not in the way of a new app of the same title, which the license is for from then on', async () => {
    const { tokenId } = await test.context.db
      .deleteFrom('library.app')
      .where('id', '=', app.appId)
      .returning('tokenId')
      .executeTakeFirstOrThrow();
    const at = test.context.clock.now();
    const renewed = await test.context.db
      .insertInto('library.app')
      .values({ tokenId, assetId: app.assetId, platform: 'ios', createdAt: at, modifiedAt: at })
      .returning('id')
      .executeTakeFirstOrThrow();
    await organization.assignAs(renewed.id, { groupId: group, licenseType: 'user' });
    await organization.decide();
    const placed = await test.context.db
      .selectFrom('grants.placement')
      .select(['deviceId', 'appId'])
      .where('assetId', '=', app.assetId)
      .execute();
    expect(placed).toEqual([{ deviceId: device.deviceId, appId: renewed.id }]);
  });
});
