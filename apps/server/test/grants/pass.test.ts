import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decide } from '../../src/grants/decide.ts';
import { runPass } from '../../src/grants/pass.ts';
import { Turns } from '../../src/grants/turns.ts';
import { type TestContext, openTestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';

/** More than are decided at once: a pass takes them in portions. */
const devices = 5_200;

let test: TestContext;
let organization: TestOrganization;
let location: { uid: string; tokenId: string };

beforeAll(async () => {
  test = await openTestContext();
  organization = new TestOrganization(test.context);
  location = { uid: 'pass', ...(await organization.location('pass')) };
  // The higher the number, the longer ago it checked in.
  await sql`with known as (
      insert into directory.device (serial_number, created_at)
      select 'PASS' || lpad(n::text, 6, '0'), now() from generate_series(1, ${devices}::int) n returning id, serial_number)
    insert into devices.device (directory_device_id, serial_number, management_state, family, os_version, first_seen, last_check_in_at, created_at)
    select id, serial_number, 'managed', 'iPhone', '18.1', nextval('db.change_order'),
      now() - make_interval(secs => right(serial_number, 6)::int), now() from known`.execute(
    test.context.db,
  );
});
afterAll(async () => test[Symbol.asyncDispose]());

async function groupOf(first: number, last: number): Promise<string> {
  const group = await organization.group();
  await sql`insert into directory.member (group_id, device_id)
    select ${group}, id from directory.device where right(serial_number, 6)::int between ${first} and ${last}`.execute(
    test.context.db,
  );
  return group;
}

/** Who was granted a license, by number, as ranges `first-last`. */
async function grantedOf(assetId: number): Promise<readonly string[]> {
  const { rows } = await sql<{ range: string }>`
    select min(n) || '-' || max(n) as range from (
      select right(h.key, 6)::int as n, right(h.key, 6)::int - row_number() over (order by h.key) as gap
      from grants.demand d join library.holder h on h.id = d.holder_id where d.asset_id = ${assetId} and d.granted) one
    group by gap order by min(n)`.execute(test.context.db);
  return rows.map((row) => row.range);
}

describe('a pass over more holders than are decided at once', () => {
  it('grants those who checked in last what there is, and the others wait', async () => {
    const { appId, assetId } = await organization.app(location, 5_050);
    await organization.assign(appId, await groupOf(1, devices));
    await organization.decide();
    expect(await grantedOf(assetId)).toEqual(['1-5050']);
    const { rows } = await sql<{ open: number; taken: number; lineFrom: number | null }>`
      select (select count(*)::int from grants.open_change where asset_id = ${assetId}) as open, taken, line_from
      from grants.stock where asset_id = ${assetId}`.execute(test.context.db);
    expect(rows).toEqual([{ open: 5_050, taken: 5_050, lineFrom: null }]);
  });

  it('grants nobody on the way where a priority puts somebody later first', async () => {
    const { appId, assetId } = await organization.app(location, 5_000);
    await organization.assign(appId, await groupOf(1, devices), 0);
    await organization.assign(appId, await groupOf(devices - 99, devices), 5);
    await organization.decide();
    expect(await grantedOf(assetId)).toEqual(['1-4900', `${devices - 99}-${devices}`]);
  });

  it('begins no step while a single change is being decided', async () => {
    const { appId, assetId } = await organization.app(location, devices);
    await organization.assign(appId, await groupOf(1, devices));
    await sql`insert into grants.pass (asset_ids, created_at) values (array[${assetId}::int], now())`.execute(
      test.context.db,
    );
    const turns = new Turns();
    const decided = Promise.withResolvers<undefined>();
    const change = turns.takeFirst(async () => decided.promise);
    const pass = runPass(test.context, randomUUID(), turns, test.context.signal);
    await expect
      .poll(async () => test.context.db.selectFrom('grants.pass').select('owner').execute())
      .not.toEqual([{ owner: null }]);
    expect(await grantedOf(assetId)).toEqual([]);
    decided.resolve(undefined);
    await Promise.all([change, pass]);
    expect(await grantedOf(assetId)).toEqual([`1-${devices}`]);
    await organization.decide();
  });

  it('looks at what no waiting pass will look at, whatever their numbers', async () => {
    const waiting = await organization.app(location, 1);
    const { appId, assetId } = await organization.app(location, devices);
    await organization.decide();
    // Its own number is among those of its assets, as in the first days of an installation.
    await sql`insert into grants.pass (id, asset_ids, created_at) overriding system value
      values (${waiting.assetId}, array[${waiting.assetId}::int], now())`.execute(test.context.db);
    await organization.assign(appId, await groupOf(1, devices));
    await organization.decide();
    expect(await grantedOf(assetId)).toEqual([`1-${devices}`]);
  });

  it('goes on with another where one fails', async () => {
    const { db } = test.context;
    const [fails, works] = [
      await organization.app(location, devices),
      await organization.app(location, devices),
    ];
    const group = await groupOf(1, devices);
    await organization.assign(fails.appId, group);
    await db
      .insertInto('grants.pass')
      .values({ assetIds: [fails.assetId], createdAt: test.context.clock.now() })
      .execute();
    await organization.assign(works.appId, group);
    await sql`alter table grants.demand add constraint failing check (asset_id <> ${sql.lit(fails.assetId)})`.execute(
      db,
    );
    await expect(organization.decide()).rejects.toThrow('"failing"');
    await organization.decide();
    expect(await grantedOf(works.assetId)).toEqual([`1-${devices}`]);
    expect(await grantedOf(fails.assetId)).toEqual([]);

    await sql`alter table grants.demand drop constraint failing`.execute(db);
    test.clock.advance(30_000);
    await organization.decide();
    expect(await grantedOf(fails.assetId)).toEqual([`1-${devices}`]);
  });

  it('leaves no line formed on a title of another location', async () => {
    const other = { uid: 'sibling', ...(await organization.location('sibling')) };
    const first = await organization.app(location, devices);
    const { adamId } = first;
    const sibling = await organization.app(other, 100, { adamId });
    await organization.assign(first.appId, await groupOf(1, devices));
    await organization.assign(sibling.appId, await groupOf(1, 1));
    await sql`delete from db.note where room = 'grants'`.execute(test.context.db);
    await test.context.db
      .insertInto('grants.pass')
      .values({ assetIds: [first.assetId], createdAt: test.context.clock.now() })
      .execute();
    await organization.decide();
    const formed = await test.context.db
      .selectFrom('grants.stock')
      .select('assetId')
      .where('lineFrom', 'is not', null)
      .execute();
    expect(formed).toEqual([]);
  });

  it('tells the writer at its end, not at each step', async () => {
    const { appId, assetId } = await organization.app(location, devices);
    await organization.assign(appId, await groupOf(1, devices));
    await sql`delete from db.note where room = 'associations'`.execute(test.context.db);
    await organization.decide();
    const { rows } = await sql<{ told: number }>`
      select count(*)::int as told from db.note where room = 'associations' and kind = 'location'`.execute(
      test.context.db,
    );
    expect(await grantedOf(assetId)).toEqual([`1-${devices}`]);
    expect(rows).toEqual([{ told: 1 }]);
  });
});

describe('a decision on a connection that keeps plans', () => {
  it('is planned for what it is given where it is about more than a thousand holders', async () => {
    const { assetId } = await organization.app(location, 1);
    const { rows: holders } = await sql<{ id: number }>`
      select id from library.holder where kind = 'device' order by id limit 1001`.execute(
      test.context.db,
    );
    const modeAfter = async (count: number): Promise<unknown> =>
      test.context.preparedDb.transaction().execute(async (trx) => {
        const holderIds = holders.slice(0, count).map((row) => row.id);
        await decide(test.context, trx, { assetIds: [assetId], holderIds });
        const { rows } = await sql<{ planCacheMode: string }>`show plan_cache_mode`.execute(trx);
        return rows[0]?.planCacheMode;
      });
    expect(await modeAfter(1_000)).toBe('force_generic_plan');
    expect(await modeAfter(1_001)).toBe('auto');
  });
});
