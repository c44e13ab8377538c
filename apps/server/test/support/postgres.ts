import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startLocalPostgres } from '@allotment/local-postgres';
import { scratchFolder } from '@allotment/local-postgres/testing';
import type { TestProject } from 'vitest/node';
import { openPool } from '../../src/db/connect.ts';
import { migrate } from '../../src/db/migrate.ts';

export interface TestPostgres {
  readonly host: string;
  readonly port: number;
  readonly user: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    postgres: TestPostgres;
  }
}

function raise(error: Error): void {
  throw error;
}

export const templateDatabase = 'allotment_template';

/** One PostgreSQL for the run, with a migrated template that every test file copies. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await scratchFolder('allotment-test-');
  const postgres = await startLocalPostgres({
    dataDir: join(folder, 'postgres'),
    settings: {
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      max_connections: '200',
    },
  });
  const admin = openPool(postgres.connection, raise, { max: 1 });
  await admin.query(`create database ${templateDatabase}`);
  await admin.end();
  const template = openPool({ ...postgres.connection, database: templateDatabase }, raise, {
    max: 1,
  });
  await migrate(template);
  await template.end();
  const { host, port, user } = postgres.connection;
  project.provide('postgres', { host, port, user });
  return async () => {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
