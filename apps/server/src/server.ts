import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type LocalPostgres, startLocalPostgres } from '@allotment/local-postgres';
import { type Logger, pino } from 'pino';
import type { Config } from './config/config.ts';
import { SecretBox } from './config/secret-box.ts';
import { loadSecretKey } from './config/secrets.ts';
import { type Context, openApple } from './context.ts';
import { type ConnectionSettings, openDatabase, openPool } from './db/connect.ts';
import { openPreparedDatabase } from './db/prepared.ts';
import { LateHints } from './db/hints.ts';
import { isEmptyInstallation, openInstallation } from './db/installation.ts';
import { Listener } from './db/listener.ts';
import { migrate } from './db/migrate.ts';
import { reachDatabase } from './db/reach.ts';
import { type RunningHttp, startHttp } from './http/server.ts';
import { forgetMarks, LocationLocks } from './library/index.ts';
import { type Clock, systemClock } from './schedule/clock.ts';
import { WorkerLoop } from './schedule/worker.ts';
import { createWorkers } from './workers.ts';

/** What a test puts in place of the real thing. */
export interface Overrides {
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly log?: Logger;
  /** The secret key as ALLOTMENT_SECRET_KEY would give it. */
  readonly secretKey?: string | undefined;
}

export interface RunningServer extends AsyncDisposable {
  readonly context: Context;
  /** Where it listens; undefined without the role http. */
  readonly url: string | undefined;
  /** Stops taking work, ends what is in flight, closes everything. */
  close(): Promise<void>;
}

/** Everything opened so far, closed in the opposite order. */
type Closers = (() => Promise<void>)[];

/**
 * Starts the program: database, migrations, secret key, workers, HTTP. Throws, with everything closed again, when
 * any of it does not come up; the message is a sentence for the operator.
 */
export async function startServer(
  config: Config,
  overrides: Overrides = {},
): Promise<RunningServer> {
  const closers: Closers = [];
  const stop = new AbortController();
  try {
    const context = await openContext(config, overrides, stop.signal, closers);
    if (config.roles.has('worker')) {
      await forgetMarks(context.db);
      startWorkers(context, closers);
    }
    let http: RunningHttp | undefined;
    if (config.roles.has('http')) {
      http = await startHttp(context);
      closers.push(async () => http?.close());
    }
    const close = once(async () => {
      stop.abort(new Error('The server is shutting down.'));
      await closeAll(closers, context.log);
    });
    return { context, url: http?.url, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    stop.abort(new Error('The server did not start.'));
    await closeAll(closers, overrides.log ?? pino({ level: 'silent' }));
    throw error;
  }
}

/**
 * The context alone, without workers or HTTP: for the command line beside a running server.
 * `close` releases the database.
 */
export async function openCommandContext(
  config: Config,
  overrides: Overrides = {},
): Promise<{ context: Context; close: () => Promise<void> }> {
  const closers: Closers = [];
  const stop = new AbortController();
  const close = async (): Promise<void> => {
    stop.abort(new Error('The command has ended.'));
    await closeAll(closers, overrides.log ?? pino({ level: 'silent' }));
  };
  try {
    return { context: await openContext(config, overrides, stop.signal, closers), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openContext(
  config: Config,
  overrides: Overrides,
  signal: AbortSignal,
  closers: Closers,
): Promise<Context> {
  const log = overrides.log ?? pino({ level: config.logLevel });
  const clock = overrides.clock ?? systemClock;
  const random = overrides.random ?? Math.random;
  const connection = await openConnection(config, log, closers);
  const onError = (error: Error): void => {
    // The client hangs on the error: only its message is worth a line, and nothing while everything closes.
    if (!signal.aborted) log.warn({ reason: error.message }, 'a connection to PostgreSQL broke');
  };
  const pool = openPool(connection, onError);
  closers.push(async () => pool.end());
  const preparedPool = openPool(connection, onError, { max: 10, genericPlans: true });
  closers.push(async () => preparedPool.end());
  const hints = new LateHints(pool, log, clock, signal);
  closers.push(async () => hints.end());
  const locationLocks = new LocationLocks(connection, log);
  closers.push(async () => locationLocks.close());
  await reachDatabase(pool, config.database);
  await migrate(pool);
  const key = await loadSecretKey(config, overrides.secretKey, await isEmptyInstallation(pool));
  const secrets = new SecretBox(key);
  const installation = await openInstallation(pool, secrets, clock.now());
  const listener = new Listener(connection, log, clock);
  const listening = listener.listen(signal);
  closers.push(async () => listening);
  const db = openDatabase(pool);
  const apple = await openApple(config, clock, random, db);
  closers.push(async () => {
    await apple.appleDispatcher.close();
    if (apple.publicDispatcher !== apple.appleDispatcher) await apple.publicDispatcher.close();
  });
  return {
    config,
    installationId: installation.id,
    peopleKey: installation.peopleKey,
    clock,
    random,
    log,
    pool,
    db,
    preparedDb: openPreparedDatabase(preparedPool, (text) => {
      log.warn(
        { statement: text.slice(0, 200) },
        'too many different statements to keep their plans',
      );
    }),
    hints,
    locationLocks,
    secrets,
    listener,
    signal,
    ...apple,
  };
}

async function openConnection(
  config: Config,
  log: Logger,
  closers: Closers,
): Promise<ConnectionSettings> {
  if (config.database.kind === 'url') return { connectionString: config.database.url };
  await mkdir(config.dataDir, { recursive: true });
  const postgres: LocalPostgres = await startLocalPostgres({
    dataDir: join(config.dataDir, 'postgres'),
    log: (line) => log.debug({ postgres: line }),
  });
  closers.push(async () => postgres.stop());
  return postgres.connection;
}

function startWorkers(context: Context, closers: Closers): void {
  const loops = createWorkers(context, randomUUID()).map(
    (worker) => new WorkerLoop(worker, context.log, context.config.pollMs, context.clock),
  );
  context.listener.on('wake', (room) => {
    for (const loop of loops) loop.wakeFor(room);
  });
  context.listener.on('connected', () => {
    for (const loop of loops) loop.wake();
  });
  const running = loops.map(async (loop) => loop.loop(context.signal));
  closers.push(async () => {
    await Promise.all(running);
  });
}

async function closeAll(closers: Closers, log: Logger): Promise<void> {
  for (const close of closers.splice(0).toReversed()) {
    try {
      await close();
    } catch (error) {
      log.warn({ err: error }, 'something did not close cleanly');
    }
  }
}

function once(act: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return async () => (running ??= act());
}
