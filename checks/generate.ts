import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startLocalPostgres } from '@allotment/local-postgres';
import { type ConnectionSettings, openPool } from '../apps/server/src/db/connect.ts';
import { migrate } from '../apps/server/src/db/migrate.ts';
import { renderBehaviors } from './rules/behaviors.ts';
import { readTree, root } from './tree.ts';

const run = promisify(execFile);

/** The generated files: path from the root to what must be in it. */
export async function generate(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ['docs/behaviors.md', renderBehaviors(await readTree())],
    ['apps/server/src/db/generated/tables.ts', await generateTables()],
  ]);
}

/** Kysely's types of a database with every migration. */
async function generateTables(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'allotment-generate-'));
  await chmod(folder, 0o711);
  try {
    await using postgres = await startLocalPostgres({
      dataDir: join(folder, 'postgres'),
      settings: { fsync: 'off' },
    });
    await migrateAll(postgres.connection);
    const { host, user, database } = postgres.connection;
    const out = join(folder, 'tables.ts');
    const options = [
      '--dialect=postgres',
      '--camel-case',
      '--type-mapping={"int8":"number"}',
      '--default-schema=none',
      '--exclude-pattern=db.migration',
      `--out-file=${out}`,
      `--url=postgres://${user}@/${database}?host=${encodeURIComponent(host)}`,
    ];
    await run(join(root, 'node_modules/.bin/kysely-codegen'), options, { cwd: root });
    return await readFile(out, 'utf8');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function migrateAll(connection: ConnectionSettings): Promise<void> {
  const pool = openPool(connection, (error) => {
    throw error;
  });
  try {
    await migrate(pool);
  } finally {
    await pool.end();
  }
}

if (import.meta.main) {
  for (const [path, text] of await generate()) await writeFile(join(root, path), text);
}
