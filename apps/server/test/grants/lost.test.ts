import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { assignToRequests, settlePairs } from '../../src/grants/index.ts';
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

/** An app that one device has. */
async function held(name: string) {
  const location = { uid: `loc-${name}`, ...(await organization.location(`loc-${name}`)) };
  const { appId, assetId } = await organization.app(location, 3);
  const { deviceId, directoryId } = await organization.device(`LOST${name.toUpperCase()}`);
  const groupId = await organization.group();
  await organization.join(groupId, { deviceId: directoryId });
  await organization.assign(appId, groupId);
  await organization.decide();
  await come(assetId);
  return { appId, assetId, deviceId, groupId };
}

async function open(assetId: number): Promise<readonly { holderId: number; op: string }[]> {
  return http.context.db
    .selectFrom('grants.openChange')
    .select(['holderId', 'op'])
    .where('assetId', '=', assetId)
    .execute();
}

/** Apple does what is open. */
async function come(assetId: number): Promise<void> {
  const holderIds = (await open(assetId)).map((change) => change.holderId);
  requests += 1;
  const requestId = requests;
  await http.context.db.transaction().execute(async (trx) => {
    const change = { requestId, op: 'associate', assetIds: [assetId], holderIds } as const;
    await assignToRequests(trx, [change]);
    const pairs = { assetIds: holderIds.map(() => assetId), holderIds };
    await settlePairs(http.context, trx, requestId, pairs, { kind: 'done' });
  });
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
