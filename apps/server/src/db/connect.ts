import { CamelCasePlugin, Kysely, PostgresDialect, type Transaction } from 'kysely';
import { Pool, types } from 'pg';
import type { DB } from './generated/tables.ts';

/** The database, or one transaction in it: functions that take this let the caller decide. */
export type Database = Kysely<DB> | Transaction<DB>;
/** A transaction. Functions that take this must not run outside one. */
export type Trx = Transaction<DB>;

/** How to reach PostgreSQL: a URL, or a socket folder with a database in it. */
export type ConnectionSettings =
  | { readonly connectionString: string }
  | {
      readonly host: string;
      readonly port: number;
      readonly user: string;
      readonly database: string;
    };

interface PoolOptions {
  /** Connections at most. */
  readonly max?: number;
  /** A prepared statement is planned once, whatever it is given. */
  readonly genericPlans?: boolean;
}

/** What was planned for small tables must not serve large ones for long. */
const planLifetimeSeconds = 60;

/** Options: PostgreSQL notices within half a minute that a host is gone, and frees what it held. */
export const noticesLost =
  '-c tcp_keepalives_idle=15 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3';
/** Options: a process that is frozen amid a transaction does not hold what it has locked for ever. */
const frees = '-c idle_in_transaction_session_timeout=60s';

const int8 = 20;

/**
 * Opens a pool. Numbers of type int8 arrive as JavaScript numbers: ours are sequences and counts, far below 2^53.
 * Broken idle connections are reported to `onError` and replaced by the pool.
 */
export function openPool(
  settings: ConnectionSettings,
  onError: (error: Error) => void,
  { max = 12, genericPlans = false }: PoolOptions = {},
): Pool {
  const pool = new Pool({
    ...settings,
    max,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    application_name: 'allotment',
    ...(genericPlans ? { maxLifetimeSeconds: planLifetimeSeconds } : {}),
    // Compiling our statements takes longer than running them: what recursive groups may return is much overestimated.
    options: `-c jit=off ${noticesLost} ${frees}${genericPlans ? ' -c plan_cache_mode=force_generic_plan' : ''}`,
    types: {
      getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
        oid === int8 ? Number : types.getTypeParser(oid, format)) as typeof types.getTypeParser,
    },
  });
  pool.on('error', onError);
  // A connection that is in use is nobody's to watch: when it breaks, its query fails, and that is told there. Without
  // a listener the same error would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** Kysely over a pool; column names are camelCase in code and snake_case in SQL, JSON columns stay as they are. */
export function openDatabase(pool: Pool): Kysely<DB> {
  return new Kysely<DB>({
    dialect: new PostgresDialect({ pool }),
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
  });
}
