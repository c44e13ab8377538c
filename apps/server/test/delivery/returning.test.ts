import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Trx } from '../../src/db/connect.ts';
import { postponePairs, reopenPairs, settlePairs } from '../../src/grants/index.ts';
import { type Mdm, openMdm } from '../devices/support/mdm.ts';
import { AssignedApp } from './support/assigned.ts';

const refusal = { number: 9602, message: 'Invalid argument' };
const requestId = 4_711;

let mdm: Mdm;
let app: AssignedApp;

beforeAll(async () => {
  mdm = await openMdm();
});
afterAll(async () => mdm[Symbol.asyncDispose]());

/** An app whose license Apple was asked to take back before somebody wanted it again. */
beforeEach(async () => {
  app = await AssignedApp.open(mdm);
  await sql`with leaving as (
      insert into grants.open_change (asset_id, holder_id, op, request_id, not_before, created_at)
      select asset_id, holder_id, 'disassociate', ${requestId}, ${mdm.clock.now()}, ${mdm.clock.now()}
      from grants.demand where asset_id = ${app.assetId}
      returning asset_id, holder_id, created_at)
    insert into grants.taken_back (location_uid, asset_id, holder_id, at)
    select a.location_uid, l.asset_id, l.holder_id, l.created_at from leaving l join library.asset a on a.id = l.asset_id`.execute(
    mdm.context.db,
  );
  await sql`insert into db.note (room, kind, key)
    select 'delivery', 'license', asset_id || ':' || holder_id from grants.demand where asset_id = ${app.assetId}`.execute(
    mdm.context.db,
  );
});

const inTransaction = async (act: (trx: Trx) => Promise<unknown>): Promise<unknown> =>
  mdm.context.db.transaction().execute(act);

async function pairs() {
  const rows = await mdm.context.db
    .selectFrom('grants.demand')
    .select(['assetId', 'holderId'])
    .where('assetId', '=', app.assetId)
    .execute();
  return { assetIds: rows.map((row) => row.assetId), holderIds: rows.map((row) => row.holderId) };
}

const left = async (table: 'grants.openChange' | 'grants.takenBack'): Promise<number> =>
  (
    await mdm.context.db
      .selectFrom(table)
      .select('assetId')
      .where('assetId', '=', app.assetId)
      .execute()
  ).length;

describe('a license on its way back that somebody wants again', () => {
  it('installs nothing meanwhile, and the device is told nothing over and over', async () => {
    for (let i = 0; i < 5; i += 1) expect(await app.session()).toEqual([]);
    const { rows } = await sql<{
      n: number;
    }>`select count(*)::int as n from devices.command where device_id = ${app.deviceId} and request_type = 'InstallApplication'`.execute(
      mdm.context.db,
    );
    expect(rows[0]?.n).toBe(1);
  });

  it.each([
    [
      'refused',
      async (trx: Trx) =>
        settlePairs(mdm.context, trx, requestId, await pairs(), { kind: 'refused', ...refusal }),
    ],
    [
      'put off',
      async (trx: Trx) => postponePairs(mdm.context, trx, requestId, await pairs(), refusal),
    ],
    ['given up', async (trx: Trx) => reopenPairs(trx, [requestId], [mdm.clock.now()])],
  ])(
    'stays where the take-back is %s, and the app is installed at once',
    async (_how, conclude) => {
      expect(await app.session()).toEqual([]);
      await inTransaction(conclude);
      const told = await app.session();
      expect(told.map(({ requestType }) => requestType)).toEqual(['InstallApplication']);
      expect(await app.task()).toMatchObject({ state: 'installed' });
      expect(await left('grants.openChange')).toBe(0);
      expect(await left('grants.takenBack')).toBe(0);
    },
  );

  it('is taken back again, later, where nobody wants it', async () => {
    await sql`update grants.demand set wanted = false where asset_id = ${app.assetId}`.execute(
      mdm.context.db,
    );
    await inTransaction(async (trx) =>
      settlePairs(mdm.context, trx, requestId, await pairs(), { kind: 'refused', ...refusal }),
    );
    expect(await app.session()).toEqual([]);
    const open = await mdm.context.db
      .selectFrom('grants.openChange')
      .select(['op', 'requestId', 'notBefore'])
      .where('assetId', '=', app.assetId)
      .execute();
    expect(open).toMatchObject([{ op: 'disassociate', requestId: null }]);
    expect(open[0]?.notBefore.getTime()).toBeGreaterThan(mdm.clock.now().getTime());
    expect(await left('grants.takenBack')).toBe(1);
  });
});
