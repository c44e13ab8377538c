import { Client, type Pool } from 'pg';
import { type Config, ConfigError } from '../config/config.ts';

/**
 * Makes sure of the PostgreSQL that the operator named, before anything else is asked of it. One of our own is not
 * looked at: whoever starts it tells what is wrong.
 *
 * @throws ConfigError naming the server (never the password), the reason and the remedy
 */
export async function reachDatabase(pool: Pool, database: Config['database']): Promise<void> {
  if (database.kind === 'local') return;
  try {
    const client = await pool.connect();
    client.release();
  } catch (cause) {
    throw new ConfigError(`${whereOf(database.url)} ${reasonOf(cause)}. ${remedyOf(cause)}`, {
      cause,
    });
  }
}

function whereOf(url: string): string {
  try {
    const { host, port, database = '' } = new Client({ connectionString: url });
    return `The database ${database} at ${host}, port ${port} (DATABASE_URL), cannot be opened:`;
  } catch {
    // Not to be shown: a password may be in it.
    return 'DATABASE_URL cannot be read:';
  }
}

function reasonOf(cause: unknown): string {
  const first: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
  return (first instanceof Error ? first.message : String(first)).replace(/\.$/, '');
}

function remedyOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code === 'ERR_INVALID_URL')
    return 'Write it as postgresql://user:password@host:5432/database, with special characters as %40.';
  if (code.startsWith('28')) return 'Correct the user and the password in DATABASE_URL.';
  if (code === '3D000') return 'Create that database, or correct its name in DATABASE_URL.';
  return 'Check that PostgreSQL runs there and lets this machine in, or correct DATABASE_URL; without it Allotment runs a PostgreSQL of its own.';
}
