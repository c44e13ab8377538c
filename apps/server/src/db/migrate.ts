import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { oldestMajor } from '@allotment/local-postgres';
import type pg from 'pg';
import { ConfigError } from '../config/config.ts';

const folder = new URL('./migrations/', import.meta.url);
/** Advisory lock: one process migrates, the others wait and then find it done. */
const migrationLock = 4_219_001;

/**
 * Brings the database to this program's schema: runs the numbered `migrations/*.sql` that it has not seen, each in a
 * transaction of its own, one process at a time.
 *
 * @throws ConfigError when PostgreSQL is too old, when the database was migrated by a newer program or when an applied
 *   file has changed
 */
export async function migrate(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  try {
    requireVersion(await readVersion(client));
    await client.query('select pg_advisory_lock($1)', [migrationLock]);
    try {
      await client.query('create schema if not exists db');
      await client.query(
        'create table if not exists db.migration (name text primary key, checksum text not null, applied_at timestamptz not null default now())',
      );
      await applyMissing(client);
    } finally {
      await client.query('select pg_advisory_unlock($1)', [migrationLock]);
    }
  } finally {
    client.release();
  }
}

async function readVersion(client: pg.PoolClient): Promise<PostgresVersion> {
  const { rows } = await client.query<PostgresVersion>(
    `select current_setting('server_version') as name, current_setting('server_version_num')::int as number`,
  );
  const [version] = rows;
  if (version === undefined) throw new Error('PostgreSQL did not tell its version.');
  return version;
}

interface PostgresVersion {
  /** `18.4` */
  readonly name: string;
  /** 180004 */
  readonly number: number;
}

/** @throws ConfigError when PostgreSQL is too old to work with */
export function requireVersion({ name, number }: PostgresVersion): void {
  if (number >= oldestMajor * 10_000) return;
  throw new ConfigError(
    `The database (DATABASE_URL, or Allotment's own in ALLOTMENT_DATA_DIR) is PostgreSQL ${name}: Allotment needs ${oldestMajor} or later. Upgrade it; nothing was changed.`,
  );
}

async function applyMissing(client: pg.PoolClient): Promise<void> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'select name, checksum from db.migration',
  );
  const applied = new Map(rows.map((row) => [row.name, row.checksum]));
  const unknown = [...applied.keys()].find((name) => !files.includes(name));
  if (unknown !== undefined) {
    throw new ConfigError(
      `The database (DATABASE_URL, or Allotment's own in ALLOTMENT_DATA_DIR) was set up by a newer Allotment: it knows the migration ${unknown}. Start that version, or restore a backup made with this one; nothing was changed.`,
    );
  }
  for (const name of files) {
    const text = await readFile(new URL(name, folder), 'utf8');
    const checksum = createHash('sha256').update(text).digest('hex');
    const before = applied.get(name);
    if (before === checksum) continue;
    if (before !== undefined) {
      throw new ConfigError(
        `The migration ${name} was changed after it ran here. Migrations are append-only: restore the file.`,
      );
    }
    await client.query('begin');
    try {
      await client.query(text);
      await client.query('insert into db.migration (name, checksum) values ($1, $2)', [
        name,
        checksum,
      ]);
      await client.query('commit');
    } catch (error) {
      await client.query('rollback');
      throw new Error(`The migration ${name} failed and changed nothing.`, { cause: error });
    }
  }
}
