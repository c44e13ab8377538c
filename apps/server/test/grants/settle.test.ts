import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assignToRequests, releaseBrake, settlePairs } from '../../src/grants/index.ts';
import { type TestContext, openTestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';

let test: TestContext;
let organization: TestOrganization;

beforeAll(async () => {
  test = await openTestContext();
  organization = new TestOrganization(test.context);
});
afterAll(async () => test[Symbol.asyncDispose]());

const admin = { kind: 'administrator', name: 'Ada' } as const;
let serials = 0;
let requests = 0;

/** An app assigned to a group of enrolled devices, decided. */
async function assigned(uid: string, total: number, devices: number) {
  const location = { uid, ...(await organization.location(uid)) };
  const app = await organization.app(location, total);
  const group = await organization.group();
  const members = [];
  for (let i = 0; i < devices; i += 1) {
    serials += 1;
    const device = await organization.device(`SETL${String(serials).padStart(6, '0')}`);
    await organization.join(group, { deviceId: device.directoryId });
    members.push(device);
  }
  await organization.assign(app.appId, group);
  await organization.decide();
  return { ...app, group, members, location };
}

async function openOf(assetId: number) {
  return test.context.db
    .selectFrom('grants.openChange')
    .selectAll()
    .where('assetId', '=', assetId)
    .orderBy('holderId')
    .execute();
}

/** Puts what is open into a request, and gives Apple's answer. */
async function answer(
  assetId: number,
  op: 'associate' | 'disassociate',
  outcome: Parameters<typeof settlePairs>[4],
): Promise<number> {
  const open = (await openOf(assetId)).filter(
    (change) => change.op === op && change.requestId === null,
  );
  requests += 1;
  const request = requests;
  return test.context.db.transaction().execute(async (trx) => {
    const holderIds = open.map((change) => change.holderId);
    await assignToRequests(trx, [{ requestId: request, op, assetIds: [assetId], holderIds }]);
    const pairs = { assetIds: open.map(() => assetId), holderIds };
    const settled = await settlePairs(test.context, trx, request, pairs, outcome);
    expect(await settlePairs(test.context, trx, request, pairs, outcome)).toBe(0);
    return settled;
  });
}

describe('settling', () => {
  it('makes granted pairs held, once', async () => {
    const { assetId } = await assigned('settle', 5, 3);
    expect(await answer(assetId, 'associate', { kind: 'done' })).toBe(3);
    expect((await organization.line(assetId)).every((row) => row.held)).toBe(true);
    expect(await openOf(assetId)).toHaveLength(0);
  });

  it('frees the seat of a refused pair and tries it again later', async () => {
    const { assetId } = await assigned('refused', 1, 2);
    await answer(assetId, 'associate', {
      kind: 'refused',
      number: 9602,
      message: 'Invalid argument',
    });
    await organization.decide();
    const line = await organization.line(assetId);
    expect(line.map((row) => row.granted)).toEqual([false, true]);
    test.clock.advance(2 * 60_000);
    await answer(assetId, 'associate', {
      kind: 'refused',
      number: 9602,
      message: 'Invalid argument',
    });
    await organization.decide();
    expect((await organization.line(assetId)).map((row) => row.granted)).toEqual([true, false]);
  });

  it('closes the asset after Apple said there is none left, until the counts were read again', async () => {
    const { assetId } = await assigned('empty', 2, 2);
    await answer(assetId, 'associate', {
      kind: 'refused',
      number: 9709,
      message: 'Not enough assets',
    });
    await organization.decide();
    expect((await organization.line(assetId)).filter((row) => row.granted)).toHaveLength(0);
    test.clock.advance(1000);
    await test.context.db
      .updateTable('library.asset')
      .set({ total: 1, available: 1, readAt: test.clock.now() })
      .where('id', '=', assetId)
      .execute();
    await sql`insert into db.note (room, kind, key) values ('grants', 'stock', ${String(assetId)})`.execute(
      test.context.db,
    );
    await organization.decide();
    expect((await organization.line(assetId)).filter((row) => row.granted)).toHaveLength(1);
  });

  it('keeps a returning seat taken until Apple has confirmed, then serves the next', async () => {
    const { assetId, group, members } = await assigned('return', 1, 2);
    await answer(assetId, 'associate', { kind: 'done' });
    const [first] = members;
    if (first === undefined) throw new Error('there is no first device');
    await organization.leave(group, first.directoryId);
    await organization.decide();
    expect((await organization.line(assetId)).map((row) => row.granted)).toEqual([true, false]);
    expect(await openOf(assetId)).toMatchObject([{ op: 'disassociate' }]);
    await answer(assetId, 'disassociate', { kind: 'done' });
    await organization.decide();
    expect(await organization.line(assetId)).toMatchObject([
      { granted: true, serialNumber: members[1]?.serialNumber },
    ]);
  });

  it('asks again for a license that Apple no longer shows, without a second seat', async () => {
    const { assetId } = await assigned('lost', 1, 1);
    await answer(assetId, 'associate', { kind: 'done' });
    await sql`update library.license set present = false where asset_id = ${assetId}`.execute(
      test.context.db,
    );
    await sql`insert into db.note (room, kind, key) values ('grants', 'stock', ${String(assetId)})`.execute(
      test.context.db,
    );
    await organization.decide();
    expect(await organization.line(assetId)).toMatchObject([{ granted: true, held: false }]);
    expect(await openOf(assetId)).toMatchObject([{ op: 'associate' }]);
  });
});

describe('the brake', () => {
  it('holds more than 20 take-backs for a person, who releases them', async () => {
    const { assetId, appId, group, location } = await assigned('brake', 30, 25);
    await answer(assetId, 'associate', { kind: 'done' });
    await organization.unassign(appId, group);
    await organization.decide();
    expect(await openOf(assetId)).toHaveLength(0);
    const brake = await test.context.db
      .selectFrom('grants.brake')
      .selectAll()
      .where('locationUid', '=', location.uid)
      .executeTakeFirst();
    expect(brake).toMatchObject({ waiting: 25, allowed: 20 });
    await releaseBrake(test.context, location.uid, admin);
    expect(await openOf(assetId)).toHaveLength(25);
    await expect(releaseBrake(test.context, location.uid, admin)).rejects.toMatchObject({
      code: 'brakeNotPulled',
    });
    const entry = await test.context.db
      .selectFrom('audit.entry')
      .selectAll()
      .where('action', '=', 'releaseBrake')
      .executeTakeFirst();
    expect(entry).toMatchObject({ actorName: 'Ada', targetId: location.uid });
  });

  it('does not take a deleted token for an unassignment', async () => {
    const { assetId, location } = await assigned('deleted', 5, 2);
    await answer(assetId, 'associate', { kind: 'done' });
    await test.context.db.deleteFrom('library.token').where('id', '=', location.tokenId).execute();
    await sql`insert into db.note (room, kind, key) values ('grants', 'asset', ${String(assetId)})`.execute(
      test.context.db,
    );
    await organization.decide();
    expect((await organization.line(assetId)).every((row) => row.held && row.wanted)).toBe(true);
    expect(await openOf(assetId)).toHaveLength(0);
  });
});

describe('a hold', () => {
  it('keeps a license that was taken back by hand from being granted again', async () => {
    const { assetId, members } = await assigned('hold', 5, 2);
    await answer(assetId, 'associate', { kind: 'done' });
    await sql`insert into grants.hold (asset_id, holder_id, reason, created_by, created_at)
      select ${assetId}, id, 'revoked by hand', 'Ada', ${test.clock.now()} from library.holder where key = ${members[0]?.serialNumber}`.execute(
      test.context.db,
    );
    await sql`insert into db.note (room, kind, key) values ('grants', 'asset', ${String(assetId)})`.execute(
      test.context.db,
    );
    await organization.decide();
    await answer(assetId, 'disassociate', { kind: 'done' });
    await organization.decide();
    expect((await organization.line(assetId)).map((row) => row.serialNumber)).toEqual([
      members[1]?.serialNumber,
    ]);
  });
});
