import { createHash } from 'node:crypto';
import {
  CamelCasePlugin,
  Kysely,
  PostgresDialect,
  type PostgresPool,
  type PostgresPoolClient,
} from 'kysely';
import type { Pool, PoolClient } from 'pg';
import type { DB } from './generated/tables.ts';

/** The program has few statements; a text that varies with its input must not fill the memory of PostgreSQL. */
const mostStatements = 200;

/**
 * Kysely for the few statements that run hundreds of times a second: each connection parses and plans every one of them
 * once. Only for statements whose text is always the same, and which one plan serves well.
 *
 * @param pool with generic plans: PostgreSQL would plan the first five calls of each statement one by one otherwise
 */
export function openPreparedDatabase(pool: Pool): Kysely<DB> {
  const names = new Map<string, string>();
  const nameOf = (text: string): string | undefined => {
    const known = names.get(text);
    if (known !== undefined || names.size >= mostStatements) return known;
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

function preparingClient(
  client: PoolClient,
  nameOf: (text: string) => string | undefined,
): PostgresPoolClient {
  const query = async (text: string, values: readonly unknown[]): Promise<unknown> => {
    // Begin and commit need no plan.
    const name = values.length === 0 ? undefined : nameOf(text);
    return client.query({ text, values: [...values], ...(name === undefined ? {} : { name }) });
  };
  return {
    query: query as PostgresPoolClient['query'],
    release: (destroy) => client.release(destroy),
  };
}
