import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Trx } from '../../src/db/connect.ts';
import { openPreparedDatabase, planAnew } from '../../src/db/prepared.ts';
import { type TestContext, openTestContext } from '../support/context.ts';

let test: TestContext;

beforeAll(async () => {
  test = await openTestContext();
});
afterAll(async () => test[Symbol.asyncDispose]());

async function countApps(trx: Trx, ids: readonly number[]): Promise<void> {
  await sql`select count(*) as of_these from library.asset where id = any(${ids}::int[])`.execute(
    trx,
  );
}

/** How often the connection used the plan it made once, and how often it planned for what it was given. */
async function plans(trx: Trx): Promise<{ once: number; anew: number }> {
  const { rows } = await sql<{ once: number; anew: number }>`
    select generic_plans as once, custom_plans as anew from pg_prepared_statements
    where statement like '%as of_these%' and statement not like '%pg_prepared_statements%'`.execute(
    trx,
  );
  return rows[0] ?? { once: 0, anew: 0 };
}

async function modeOf(trx: Trx): Promise<unknown> {
  const { rows } = await sql<{
    mode: string;
  }>`select current_setting('plan_cache_mode') as mode`.execute(trx);
  return rows[0]?.mode;
}

describe('the prepared database', () => {
  it('plans a statement once, from its first call on, with parameters and without', async () => {
    await test.context.preparedDb.transaction().execute(async (trx) => {
      for (const ids of [[1], [1, 2], [1, 2, 3]]) await countApps(trx, ids);
      expect(await plans(trx)).toEqual({ once: 3, anew: 0 });
      await sql`select from library.token`.execute(trx);
      const { rows } =
        await sql`select from pg_prepared_statements where statement = 'select from library.token'`.execute(
          trx,
        );
      expect(rows).toHaveLength(1);
    });
  });

  it('plans anew for the rest of a transaction that is about many, and once again after it', async () => {
    await test.context.preparedDb.connection().execute(async (db) => {
      const before = await db.transaction().execute(async (trx) => {
        await countApps(trx, [1]);
        const counted = await plans(trx);
        await planAnew(trx);
        for (const ids of [[1], [1, 2]]) await countApps(trx, ids);
        expect(await plans(trx)).toEqual(counted);
        expect(await modeOf(trx)).toBe('auto');
        return counted;
      });
      await db.transaction().execute(async (trx) => {
        await countApps(trx, [1]);
        expect(await plans(trx)).toEqual({ once: before.once + 1, anew: 0 });
        expect(await modeOf(trx)).toBe('force_generic_plan');
      });
    });
  });

  it('says when there are more different statements than it keeps', async () => {
    const told: string[] = [];
    const database = openPreparedDatabase(test.context.pool, (text) => told.push(text));
    await database.connection().execute(async (db) => {
      for (let n = 0; n <= 310; n += 1) await sql.raw(`select ${n}`).execute(db);
    });
    expect(told).toEqual(['select 300']);
  });
});
