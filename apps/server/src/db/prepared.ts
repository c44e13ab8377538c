import { createHash } from 'node:crypto';
import {
  CamelCasePlugin,
  Kysely,
  PostgresDialect,
  type PostgresPool,
  type PostgresPoolClient,
  sql,
} from 'kysely';
import type { Pool, PoolClient } from 'pg';
import type { Trx } from './connect.ts';
import type { DB } from './generated/tables.ts';

/** The program has few statements; a text that varies with its input must not fill the memory of PostgreSQL. */
const mostStatements = 300;
/** Begin, commit and the like need no plan. */
const isPlanned = /^\s*(?:select|insert|update|delete|with)\b/;

/**
 * Kysely for statements that run many times a second: each connection parses and plans every one of them once. Only for
 * those whose text is always the same, and which one plan serves well; see `planAnew` for the others.
 *
 * @param pool with generic plans: PostgreSQL would plan the first five calls of each statement one by one otherwise
 * @param onTooMany called once, with the statement after which no further one is kept
 */
export function openPreparedDatabase(pool: Pool, onTooMany: (text: string) => void): Kysely<DB> {
  const names = new Map<string, string>();
  const nameOf = (text: string): string | undefined => {
    const known = names.get(text);
    if (known !== undefined || names.size > mostStatements) return known;
    if (names.size === mostStatements) onTooMany(text);
    const name = createHash('sha256').update(text).digest('base64url');
    names.set(text, name);
    return name;
  };
  const preparing: PostgresPool = {
    options: pool.options,
    connect: async () => preparingClient(await pool.connect(), nameOf),
    end: async () => pool.end(),
  };
  return new Kysely<DB>({
    dialect: new PostgresDialect({ pool: preparing }),
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
  });
}

/**
 * Has the rest of a transaction of a prepared database planned for what it is given: without that, PostgreSQL expects ten
 * elements in each array. In transactions of the other pool that is so anyway. What PostgreSQL asks by itself for each row,
 * such as whether a referenced row is there, keeps its plans.
 */
export async function planAnew(trx: Trx): Promise<void> {
  await sql.raw(fromNowOnAnew).execute(trx);
}

const fromNowOnAnew = 'set local plan_cache_mode = auto';
const isEnd = /^(?:commit|rollback)$/;

function preparingClient(
  client: PoolClient,
  nameOf: (text: string) => string | undefined,
): PostgresPoolClient {
  let keepsPlans = true;
  const query = async (text: string, values: readonly unknown[]): Promise<unknown> => {
    if (text === fromNowOnAnew) keepsPlans = false;
    else if (isEnd.test(text)) keepsPlans = true;
    const name = keepsPlans && isPlanned.test(text) ? nameOf(text) : undefined;
    return client.query({ text, values: [...values], ...(name === undefined ? {} : { name }) });
  };
  return {
    query: query as PostgresPoolClient['query'],
    release: (destroy) => client.release(destroy),
  };
}
