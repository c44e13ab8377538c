import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  assignToRequests,
  keepAsHistory,
  releaseBrake,
  reopenPairs,
  settlePairs,
} from '../../src/grants/index.ts';
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

/** Take-backs that count for the brake of a location. */
async function counted(uid: string): Promise<number> {
  const rows = await test.context.db
    .selectFrom('grants.takenBack')
    .select('at')
    .where('locationUid', '=', uid)
    .execute();
  return rows.length;
}

async function wantAgain({ appId, group }: { appId: string; group: string }): Promise<void> {
  await organization.assign(appId, group);
  await organization.decide();
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

describe('a take-back that Apple refused', () => {
  const refused = { kind: 'refused', number: 9602, message: 'Invalid argument' } as const;

  /** Licenses of two devices, refused when they were to go back, and open again. */
  async function refusedOnce(uid: string) {
    const app = await assigned(uid, 5, 2);
    await answer(app.assetId, 'associate', { kind: 'done' });
    await organization.unassign(app.appId, app.group);
    await organization.decide();
    expect(await counted(uid)).toBe(2);
    test.clock.advance(1000);
    await answer(app.assetId, 'disassociate', refused);
    return app;
  }

  it('counts for no brake where somebody wants the license before it is sent again', async () => {
    const app = await refusedOnce('regretted');
    expect(await counted('regretted')).toBe(2);
    await wantAgain(app);
    expect(await openOf(app.assetId)).toEqual([]);
    expect(await counted('regretted')).toBe(0);
  });

  it('counts for no brake where somebody wants the license before the next request for it is given up', async () => {
    const app = await refusedOnce('given-up');
    requests += 1;
    await test.context.db.transaction().execute(async (trx) => {
      const holderIds = (await openOf(app.assetId)).map((change) => change.holderId);
      const assetIds = [app.assetId];
      await assignToRequests(trx, [
        { requestId: requests, op: 'disassociate', assetIds, holderIds },
      ]);
    });
    await wantAgain(app);
    expect(await counted('given-up')).toBe(2);
    await test.context.db
      .transaction()
      .execute(async (trx) => reopenPairs(trx, [requests], [test.clock.now()]));
    expect(await openOf(app.assetId)).toEqual([]);
    expect(await counted('given-up')).toBe(0);
  });

  it('counts for no brake where the token of its location is deleted before it is sent again', async () => {
    const app = await refusedOnce('deleted-token');
    await test.context.db
      .transaction()
      .execute(async (trx) => keepAsHistory(test.context, trx, 'deleted-token'));
    expect(await openOf(app.assetId)).toEqual([]);
    expect(await counted('deleted-token')).toBe(0);
  });

  it('counts once for the brake where it is taken back later, and the next one of the pair by itself', async () => {
    const app = await refusedOnce('later');
    await answer(app.assetId, 'disassociate', { kind: 'done' });
    expect(await counted('later')).toBe(2);
    await wantAgain(app);
    await answer(app.assetId, 'associate', { kind: 'done' });
    test.clock.advance(1000);
    await organization.unassign(app.appId, app.group);
    await organization.decide();
    expect(await counted('later')).toBe(4);
    await answer(app.assetId, 'disassociate', refused);
    await wantAgain(app);
    expect(await counted('later')).toBe(2);
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
