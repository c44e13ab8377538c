import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { inject } from 'vitest';
import { templateDatabase } from './postgres.ts';

export interface TestDatabase extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  /** The same as DATABASE_URL would give it. */
  readonly url: string;
}

/** A database of the test file's own, copied from the migrated template and dropped at the end. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { host, port, user } = inject('postgres');
  const database = `test_${randomBytes(6).toString('hex')}`;
  const run = async (statement: string): Promise<void> => {
    const client = new Client({ host, port, user, database: 'postgres' });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  };
  await run(`create database ${database} template ${templateDatabase}`);
  return {
    host,
    port,
    user,
    database,
    url: `postgresql://${user}@/${database}?host=${encodeURIComponent(host)}&port=${port}`,
    [Symbol.asyncDispose]: async () => run(`drop database ${database} with (force)`),
  };
}
