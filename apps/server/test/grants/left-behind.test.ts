import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { leaveNote } from '../../src/db/notes.ts';
import { removeMember } from '../../src/directory/index.ts';
import { decisionsWait, lockStock, passRuns, revokeLicenses } from '../../src/grants/index.ts';
import { type TestContext, openTestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';
import { untilWaiting } from '../support/until-waiting.ts';

const admin = { kind: 'administrator', name: 'Ada' } as const;
const hourMs = 60 * 60_000;
let test: TestContext;
let organization: TestOrganization;
let location: { uid: string; tokenId: string };
let n = 0;

beforeAll(async () => {
  test = await openTestContext();
  organization = new TestOrganization(test.context);
});
afterAll(async () => test[Symbol.asyncDispose]());
beforeEach(async () => {
  n += 1;
  const uid = `left${n}`;
  location = { uid, ...(await organization.location(uid)) };
});

/** An app that the devices of a group hold. */
async function heldBy(count: number) {
  const app = await organization.app(location, count);
  const group = await organization.group();
  for (let i = 0; i < count; i += 1) {
    const serial = `LEFT${String(app.assetId).padStart(4, '0')}${String(i).padStart(4, '0')}`;
    const { directoryId } = await organization.device(serial);
    await organization.join(group, { deviceId: directoryId });
  }
  await organization.assign(app.appId, group);
  await organization.decide();
  await test.context.db
    .updateTable('grants.demand')
    .set({ held: true })
    .where('assetId', '=', app.assetId)
    .execute();
  await test.context.db
    .deleteFrom('grants.openChange')
    .where('assetId', '=', app.assetId)
    .execute();
  return { ...app, group };
}

async function openedOf(assetId: number): Promise<number> {
  const rows = await test.context.db
    .selectFrom('grants.openChange')
    .where('assetId', '=', assetId)
    .where('op', '=', 'disassociate')
    .execute();
  return rows.length;
}

it('a member who leaves a group that leaves its parent at the same time gives the license back', async () => {
  const { appId, assetId } = await organization.app(location, 5);
  const [parent, child] = [await organization.group(), await organization.group()];
  const device = await organization.device('LEFTNESTED');
  await organization.join(child, { deviceId: device.directoryId });
  await organization.join(parent, { childGroupId: child });
  await organization.assign(appId, parent);
  await organization.decide();
  expect(await organization.line(assetId)).toMatchObject([{ granted: true }]);

  await removeMember(test.context, child, device.directoryId, admin);
  await removeMember(test.context, parent, child, admin);
  await organization.decide();
  expect(await organization.line(assetId)).toEqual([]);
});

it('what a brake holds back in one title goes back when another lets it go', async () => {
  const [many, some, other] = [await heldBy(15), await heldBy(10), await heldBy(1)];
  await organization.unassign(many.appId, many.group);
  await organization.decide();
  expect(await openedOf(many.assetId)).toBe(15);
  await organization.unassign(some.appId, some.group);
  await organization.decide();
  expect(await openedOf(some.assetId)).toBe(0);

  test.clock.advance(25 * hourMs);
  await leaveNote(test.context.db, 'grants', 'seats', String(other.assetId));
  await organization.decide();
  expect(await openedOf(some.assetId)).toBe(10);
});

it('a book whose grace period ends after Apple has given it holds up no other end', async () => {
  const book = await organization.app(location, 5, { productType: 'Book' });
  const app = await heldBy(1);
  const personId = await organization.person(`reader${n}`);
  await organization.device('LEFTREADER', { personId });
  const readers = await organization.group();
  await organization.join(readers, { personId });
  await organization.assignAs(book.appId, { groupId: readers, licenseType: 'user' });
  await organization.decide();
  const due = { endsAt: new Date(test.clock.now().getTime() - hourMs), endReason: 'deviceRetired' };
  const { db } = test.context;
  await db
    .updateTable('grants.demand')
    .set({ ...due, held: true })
    .where('assetId', '=', book.assetId)
    .execute();
  await db
    .deleteFrom('assignments.assignment')
    .where('appId', 'in', [app.appId, book.appId])
    .execute();
  await db
    .updateTable('grants.demand')
    .set({ ...due, endsAt: test.clock.now() })
    .where('assetId', '=', app.assetId)
    .execute();
  await organization.decide();
  expect(await organization.line(book.assetId)).toMatchObject([{ held: true, wanted: true }]);
  expect(await openedOf(app.assetId)).toBe(1);
});

it('a revocation holds nothing that was granted while it waited for other titles', async () => {
  const { context } = test;
  const [first, later] = [await heldBy(1), await organization.app(location, 1)];
  const { rows } = await sql<{ holderId: number; deviceId: string }>`
    select d.holder_id, dev.id as device_id from grants.demand d join library.holder h on h.id = d.holder_id
    join devices.device dev on dev.serial_number = h.key where d.asset_id = ${first.assetId}`.execute(
    context.db,
  );
  const [device] = rows;
  const { revoking } = await context.db.transaction().execute(async (trx) => {
    await lockStock(trx, [first.assetId]);
    const selection = { kind: 'device', deviceId: device?.deviceId ?? '' } as const;
    const begun = revokeLicenses(context, selection, 'test', admin);
    await untilWaiting(test.context);
    await sql`insert into grants.demand (asset_id, holder_id, app_id, wanted, granted, since, changed_at)
      values (${later.assetId}, ${device?.holderId}, ${later.appId}, true, true, now(), now())`.execute(
      context.db,
    );
    return { revoking: begun };
  });
  expect(await revoking).toMatchObject({ revoked: 1 });
  const held = await context.db.selectFrom('grants.hold').select('assetId').execute();
  expect(held).toEqual([{ assetId: first.assetId }]);
});

describe('a pass that failed and is put off', () => {
  it('is waited for by no writer', async () => {
    const { assetId } = await organization.app(location, 1);
    const { db, clock } = test.context;
    await db.deleteFrom('db.note').execute();
    const pass = db
      .insertInto('grants.pass')
      .values({ assetIds: [assetId], createdAt: clock.now() });
    await pass.execute();
    expect([await decisionsWait(db), await passRuns(db, location.uid)]).toEqual([true, true]);
    await db.updateTable('grants.pass').set({ leasedUntil: clock.now() }).execute();
    expect([await decisionsWait(db), await passRuns(db, location.uid)]).toEqual([false, false]);
    await db.deleteFrom('grants.pass').execute();
  });
});
