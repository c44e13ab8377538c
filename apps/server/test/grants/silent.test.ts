import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type TestContext, openTestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';

const dayMs = 86_400_000;

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
  const uid = `silent${n}`;
  app = await organization.app({ uid, ...(await organization.location(uid)) }, 5);
  group = await organization.group();
  await sql`update grants.setting set silent_days = 30`.execute(test.context.db);
});

/** A device in the group that has just checked in. */
async function device(name: string, personId?: string) {
  const made = await organization.device(`SILENT${n}${name}`, {
    ...(personId === undefined ? {} : { personId }),
    lastCheckInAt: test.clock.now(),
  });
  await organization.join(group, { deviceId: made.directoryId });
  return made;
}

async function checkIn(deviceId: string): Promise<void> {
  await test.context.db
    .updateTable('devices.device')
    .set({ lastCheckInAt: test.clock.now() })
    .where('id', '=', deviceId)
    .execute();
}

/** The app is Required, and Apple has confirmed who got a license. */
async function licensed(licenseType: 'device' | 'user'): Promise<void> {
  await organization.assignAs(app.appId, { groupId: group, licenseType });
  await organization.decide();
  await sql`delete from grants.open_change where asset_id = ${app.assetId}`.execute(
    test.context.db,
  );
  await sql`update grants.demand set held = true where asset_id = ${app.assetId}`.execute(
    test.context.db,
  );
}

/** The licenses wanted, the devices that a person's license is for, and what is asked of Apple and of devices. */
async function state() {
  // Who is silent is noted first, and decided then.
  for (const _ of ['noted', 'decided']) await organization.decide();
  const { db } = test.context;
  const placed = await db
    .selectFrom('grants.placement')
    .select(['deviceId', 'leaving'])
    .where('assetId', '=', app.assetId)
    .execute();
  const asked = await db
    .selectFrom('grants.openChange')
    .select('op')
    .where('assetId', '=', app.assetId)
    .execute();
  const { rows: removed } = await sql`select key from db.note
    where room = 'delivery' and kind = 'remove' and key like ${`${app.assetId}:%`}`.execute(db);
  return {
    wanted: (await organization.line(app.assetId)).filter((row) => row.wanted).length,
    placed: placed.map((one) => one.deviceId).toSorted(),
    asked: asked.map((one) => one.op),
    removed,
  };
}

describe('a device that falls silent', () => {
  it('gives its license back, keeps its app, and has a license again when it checks in', async () => {
    const one = await device('A');
    const other = await device('B');
    await licensed('device');
    test.clock.advance(29 * dayMs);
    await checkIn(other.deviceId);
    expect(await state()).toEqual({ wanted: 2, placed: [], asked: [], removed: [] });
    test.clock.advance(2 * dayMs);
    expect(await state()).toEqual({ wanted: 1, placed: [], asked: ['disassociate'], removed: [] });
    await checkIn(one.deviceId);
    expect(await state()).toEqual({ wanted: 2, placed: [], asked: [], removed: [] });
  });

  it('[brief 60] keeps its app where its person keeps the license by another device', async () => {
    const personId = await organization.person(`silent${n}`);
    const one = await device('A', personId);
    const other = await device('B', personId);
    await licensed('user');
    const both = [one.deviceId, other.deviceId].toSorted();
    expect(await state()).toEqual({ wanted: 1, placed: both, asked: [], removed: [] });
    test.clock.advance(31 * dayMs);
    await checkIn(other.deviceId);
    expect(await state()).toEqual({ wanted: 1, placed: [other.deviceId], asked: [], removed: [] });
    await checkIn(one.deviceId);
    expect(await state()).toEqual({ wanted: 1, placed: both, asked: [], removed: [] });
  });

  it('[brief 60] keeps its app where it was the last one of its person, whose license goes back', async () => {
    const personId = await organization.person(`silent${n}`);
    const only = await device('A', personId);
    await licensed('user');
    test.clock.advance(31 * dayMs);
    expect(await state()).toEqual({ wanted: 0, placed: [], asked: ['disassociate'], removed: [] });
    await checkIn(only.deviceId);
    expect(await state()).toEqual({ wanted: 1, placed: [only.deviceId], asked: [], removed: [] });
  });

  it('keeps the license of its person for the grace period of silent devices', async () => {
    const personId = await organization.person(`silent${n}`);
    await device('A', personId);
    await licensed('user');
    await sql`update grants.setting set grace_minutes = grace_minutes || '{"deviceSilent": 60}'`.execute(
      test.context.db,
    );
    test.clock.advance(31 * dayMs);
    expect(await state()).toMatchObject({ wanted: 1, asked: [] });
    test.clock.advance(61 * 60_000);
    expect(await state()).toEqual({ wanted: 0, placed: [], asked: ['disassociate'], removed: [] });
  });
});
