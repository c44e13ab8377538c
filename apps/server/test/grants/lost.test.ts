import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  assignToRequests,
  keepAsHistory,
  reopenPairs,
  settlePairs,
} from '../../src/grants/index.ts';
import { forgetToken } from '../../src/library/index.ts';
import { TestOrganization } from '../support/organization.ts';
import { openTestHttp, type TestHttp } from '../http/support/http.ts';

const dayMs = 24 * 60 * 60_000;
let http: TestHttp;
let organization: TestOrganization;
let requests = 0;

beforeAll(async () => {
  http = await openTestHttp();
  organization = new TestOrganization(http.context);
});
afterAll(async () => http[Symbol.asyncDispose]());

/** An app that one device is to have, or its person for it. */
async function wanted(
  name: string,
  more: { readonly licenseType?: 'user'; readonly settings?: string } = {},
) {
  const location = { uid: `loc-${name}`, ...(await organization.location(`loc-${name}`)) };
  const { appId, assetId } = await organization.app(location, 3);
  const { deviceId, directoryId } = await organization.device(`LOST${name.toUpperCase()}`, {
    personId: await organization.person(name),
  });
  const groupId = await organization.group();
  await organization.join(groupId, { deviceId: directoryId });
  await organization.assignAs(appId, { groupId, ...more });
  await organization.decide();
  return { appId, assetId, deviceId, groupId, location };
}

/** The same, and Apple has confirmed the license. */
async function held(...of: Parameters<typeof wanted>): ReturnType<typeof wanted> {
  const one = await wanted(...of);
  await come(one.assetId);
  return one;
}

async function open(assetId: number): Promise<readonly { holderId: number; op: string }[]> {
  return http.context.db
    .selectFrom('grants.openChange')
    .select(['holderId', 'op'])
    .where('assetId', '=', assetId)
    .execute();
}

/** Apple is asked for what is open. */
async function send(assetId: number) {
  const holderIds = (await open(assetId)).map((change) => change.holderId);
  requests += 1;
  const requestId = requests;
  await http.context.db.transaction().execute(async (trx) => {
    const change = { requestId, op: 'associate', assetIds: [assetId], holderIds } as const;
    await assignToRequests(trx, [change]);
  });
  return { requestId, pairs: { assetIds: holderIds.map(() => assetId), holderIds } };
}

/** Apple does what is open. */
async function come(assetId: number): Promise<void> {
  const { requestId, pairs } = await send(assetId);
  await http.context.db
    .transaction()
    .execute(async (trx) => settlePairs(http.context, trx, requestId, pairs, { kind: 'done' }));
  await mirror(assetId, true);
}

/** Apple shows the license from now on, or no longer shows it. */
async function mirror(assetId: number, present: boolean): Promise<void> {
  const { db } = http.context;
  await sql`insert into library.license (asset_id, holder_id, present, changed)
    select asset_id, holder_id, ${present}, nextval('db.change_order') from grants.demand where asset_id = ${assetId}
    on conflict (asset_id, holder_id) do update set present = excluded.present, changed = excluded.changed`.execute(
    db,
  );
  await sql`insert into db.note (room, kind, key) values ('grants', 'stock', ${String(assetId)})`.execute(
    db,
  );
  await organization.decide();
}

async function demand(assetId: number) {
  return http.context.db
    .selectFrom('grants.demand')
    .select(['granted', 'held', 'stoppedReason'])
    .where('assetId', '=', assetId)
    .executeTakeFirstOrThrow();
}

/** What is left of the pair, what is asked of Apple, and from where the app is to be removed. */
async function after(assetId: number) {
  const told = await http.context.db
    .selectFrom('db.note')
    .select('key')
    .where('room', '=', 'delivery')
    .where('kind', '=', 'remove')
    .where('key', 'like', `${assetId}:%`)
    .execute();
  return {
    line: await organization.line(assetId),
    asked: await open(assetId),
    removed: told.map((note) => note.key),
  };
}

/** For unassigned ones, which by themselves go back at once. */
async function graceOf(minutes: number): Promise<void> {
  const setting = JSON.stringify({ unassigned: minutes });
  await sql`update grants.setting set grace_minutes = grace_minutes || ${setting}::jsonb`.execute(
    http.context.db,
  );
}

it('a license that Apple takes is asked for again, once in seven days; then a person decides', async () => {
  const { appId, assetId, deviceId, groupId } = await held('twice');
  await mirror(assetId, false);
  expect(await open(assetId)).toMatchObject([{ op: 'associate' }]);
  await come(assetId);
  expect(await demand(assetId)).toMatchObject({ held: true });
  http.clock.advance(6 * dayMs);
  await mirror(assetId, false);
  expect(await open(assetId)).toEqual([]);
  expect(await demand(assetId)).toEqual({
    granted: false,
    held: false,
    stoppedReason: 'lostTwice',
  });
  const why = await http.call('GET', `/api/apps/${appId}/devices/${deviceId}/why`);
  expect(why.text).toContain('twice within seven days');
  const listed = await http.call('GET', `/api/apps/${appId}/devices`);
  expect(listed.text).toContain('twice within seven days');
  await http.call('PUT', `/api/apps/${appId}/assignments`, {
    assignments: [{ target: { kind: 'group', groupId }, intent: 'required' }],
  });
  await organization.decide();
  expect(await demand(assetId)).toMatchObject({ granted: true, stoppedReason: null });
});

it('a license that stopped for being lost twice is asked for again when a person says so', async () => {
  const { appId, assetId } = await held('lifted');
  await mirror(assetId, false);
  await come(assetId);
  await mirror(assetId, false);
  expect(await demand(assetId)).toMatchObject({ granted: false, stoppedReason: 'lostTwice' });
  const lift = async () =>
    http.call('POST', `/api/apps/${appId}/lift-holds`, { reason: 'the other product is gone' });
  expect((await lift()).json).toEqual({ lifted: 1 });
  await organization.decide();
  expect(await demand(assetId)).toMatchObject({ granted: true, stoppedReason: null });
  expect((await lift()).json).toEqual({ lifted: 0 });
});

it('a license lost again after more than seven days is asked for again', async () => {
  const { assetId } = await held('later');
  for (let loss = 0; loss < 2; loss += 1) {
    await mirror(assetId, false);
    expect(await open(assetId)).toHaveLength(1);
    await come(assetId);
    expect(await demand(assetId)).toMatchObject({ held: true, stoppedReason: null });
    http.clock.advance(8 * dayMs);
  }
});

it('an app whose license Apple took goes from its device when its assignment does', async () => {
  const { appId, assetId, deviceId } = await held('unassigned');
  await mirror(assetId, false);
  await http.call('PUT', `/api/apps/${appId}/assignments`, { assignments: [] });
  await organization.decide();
  const told = await http.context.db
    .selectFrom('db.note')
    .select('key')
    .where('room', '=', 'delivery')
    .where('kind', '=', 'remove')
    .execute();
  expect(told).toEqual([{ key: `${assetId}:${deviceId}` }]);
});

describe('a license that no assignment wants and that Apple takes', () => {
  const gone = { line: [], asked: [] };

  it.each(['device', 'user'] as const)(
    'in its grace period: is not asked for again, and the app goes (%s license)',
    async (licenseType) => {
      await graceOf(60);
      const { appId, assetId, deviceId, groupId } = await held(
        `grace${licenseType}`,
        licenseType === 'user' ? { licenseType } : {},
      );
      await organization.unassign(appId, groupId);
      await organization.decide();
      await graceOf(0);
      expect(await after(assetId)).toMatchObject({ line: [{ held: true }], removed: [] });
      await mirror(assetId, false);
      expect(await after(assetId)).toEqual({ ...gone, removed: [`${assetId}:${deviceId}`] });
      const placed = await http.context.db
        .selectFrom('grants.placement')
        .select('deviceId')
        .where('assetId', '=', assetId)
        .execute();
      expect(placed).toEqual([]);
    },
  );

  it('kept by its policy: is not asked for again, and the app stays', async () => {
    const settings = JSON.stringify({ onUnassign: 'keep' });
    const { appId, assetId, groupId } = await held('kept', { settings });
    await organization.unassign(appId, groupId);
    await organization.decide();
    expect(await after(assetId)).toMatchObject({ line: [{ held: true, wanted: true }] });
    await mirror(assetId, false);
    expect(await after(assetId)).toEqual({ ...gone, removed: [] });
  });

  it('kept by its policy and assigned by others: is not asked for when they take it back', async () => {
    const settings = JSON.stringify({ onUnassign: 'keep' });
    const { appId, assetId, groupId } = await held('foundkept', { settings });
    await sql`update grants.demand set granted = false, held = false where asset_id = ${assetId}`.execute(
      http.context.db,
    );
    await mirror(assetId, true);
    await organization.unassign(appId, groupId);
    await organization.decide();
    expect(await after(assetId)).toMatchObject({ line: [{ found: true, wanted: true }] });
    await mirror(assetId, false);
    expect(await after(assetId)).toEqual({ ...gone, removed: [] });
  });

  it('of a token that was deleted: is not asked for when the location comes back without it', async () => {
    const { assetId, location } = await held('history');
    await http.context.db.transaction().execute(async (trx) => {
      const admin = { kind: 'administrator', name: 'Ada' } as const;
      await forgetToken(http.context, trx, location.tokenId, admin);
      await keepAsHistory(http.context, trx, location.uid);
    });
    await organization.decide();
    expect(await after(assetId)).toMatchObject({ line: [{ held: true, wanted: true }], asked: [] });
    await mirror(assetId, false);
    expect(await after(assetId)).toEqual({ ...gone, removed: [] });
  });

  it.each(['refuses', 'never takes'])(
    'of a token that was deleted while Apple was asked for it: is not asked for where Apple %s it',
    async (answer) => {
      const { assetId, location } = await wanted(`open${answer.replace(' ', '')}`);
      const { requestId, pairs } = await send(assetId);
      await http.context.db.transaction().execute(async (trx) => {
        await keepAsHistory(http.context, trx, location.uid);
        if (answer === 'refuses')
          await settlePairs(http.context, trx, requestId, pairs, {
            kind: 'refused',
            number: 9602,
            message: 'Invalid argument',
          });
        else await reopenPairs(trx, [requestId], [http.context.clock.now()]);
      });
      await organization.decide();
      expect(await after(assetId)).toEqual({ ...gone, removed: [] });
    },
  );

  it('is asked for where an assignment wants it again', async () => {
    await graceOf(60);
    const { appId, assetId, groupId } = await held('again');
    await organization.unassign(appId, groupId);
    await organization.decide();
    await graceOf(0);
    await organization.assign(appId, groupId);
    await mirror(assetId, false);
    expect(await after(assetId)).toMatchObject({
      line: [{ granted: true, held: false }],
      asked: [{ op: 'associate' }],
    });
  });
});
