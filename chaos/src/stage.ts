import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startAppleSimulator } from '@allotment/apple-simulator';
import { freePort } from '@allotment/demo';
import { Client } from 'pg';
import { ClockHand } from './clock-file.ts';
import { Gate } from './gate.ts';
import type { Ground } from './ground.ts';
import { HeldBack } from './held-back.ts';
import { Http } from './http.ts';
import { ServerProcess } from './server-process.ts';

/** When every schedule begins. */
const start = new Date('2026-03-02T08:00:00Z');
/** So slow that only the schedule moves Apple's clock. */
const standstill = 1e-9;
/** Real time that a tick waits for what the server is sending. */
const patienceMs = 600;
/** The same while a process is frozen or dead: what it was sending will not come to an end. */
const patienceWhenFrozenMs = 30;
/** Real time after which what an administrator asked for is taken to wait for the clock. */
const momentMs = 100;

/** A server of one or two processes, Apple in a box and a database, for one schedule. */
export interface Stage extends AsyncDisposable {
  /** The controls of Apple in a box. */
  readonly apple: Http;
  /** The server's API, as an administrator. */
  readonly api: Http;
  readonly database: Client;
  /** The first serves HTTP and works, the second works. */
  readonly processes: readonly ServerProcess[];
  readonly clock: ClockHand;
  /** Simulated ms since the beginning. */
  readonly elapsed: number;
  /** Moves the time of all ahead, then lets the server get on with it. */
  tick(ms: number): Promise<void>;
  /** Moves it on while something takes longer than a moment: the server may wait before it asks Apple again. */
  during<T>(something: Promise<T>): Promise<T>;
  freeze(process: ServerProcess): void;
  thaw(process: ServerProcess): void;
  kill(process: ServerProcess): Promise<void>;
  restart(process: ServerProcess): Promise<void>;
}

interface Options {
  readonly seed: number;
  readonly processes: 1 | 2;
}

/** Sets the stage; the processes are running and nothing has been uploaded. */
export async function openStage(ground: Ground, options: Options): Promise<Stage> {
  await using stack = new AsyncDisposableStack();
  const folder = join(ground.folder, String(options.seed));
  await mkdir(folder);
  const name = `seed_${options.seed}`;
  const databaseUrl = await ground.createDatabase(name);
  stack.defer(async () => ground.dropDatabase(name));
  const simulator = stack.use(
    await startAppleSimulator({
      tls: await ground.authority.issue('Apple in a box', new Date()),
      trust: ground.authority.pem,
      seed: options.seed,
      speed: standstill,
      start,
    }),
  );
  const clock = new ClockHand(join(folder, 'clock'), start);
  stack.defer(() => clock.close());
  const port = await freePort();
  const gate = await Gate.open(port);
  stack.defer(async () => gate.close());
  const url = `https://localhost:${gate.port}`;
  const env = {
    ...ground.env,
    DATABASE_URL: databaseUrl,
    ALLOTMENT_PORT: String(port),
    ALLOTMENT_PUBLIC_URL: url,
    ALLOTMENT_DATA_DIR: folder,
    ALLOTMENT_APPLE_URL: simulator.url,
    ALLOTMENT_CATALOG_URL: simulator.url,
    ALLOTMENT_APNS_URL: simulator.pushUrl,
    ALLOTMENT_LOG_LEVEL: 'warn',
    CHAOS_CLOCK: clock.file,
  };
  const processes = [{}, { ALLOTMENT_ROLES: 'worker' }]
    .slice(0, options.processes)
    .map(
      (own, i) =>
        new ServerProcess(ground.hosts, { ...env, ...own, CHAOS_SEED: String(options.seed + i) }),
    );
  for (const process of processes) stack.defer(async () => process.close());
  await Promise.all(processes.map(async (process) => process.start()));
  const database = new Client({ connectionString: databaseUrl });
  await database.connect();
  stack.defer(async () => database.end());
  const apple = stack.use(new Http(simulator.url, ground.authority.pem));
  const api = stack.use(new Http(url, ground.authority.pem, ground.apiToken));
  const taken = stack.move();
  const front = processes[0];
  const heldBack = new HeldBack(apple);
  let moving = Promise.resolve();
  const move = async (ms: number): Promise<void> => {
    await heldBack.over();
    // Apple first: a server that is ahead would take what Apple has not had the time to do for lost.
    await apple.text('POST', '/_control/clock', { advanceSeconds: ms / 1000 });
    clock.advance(ms);
    const running = processes.every((process) => process.state === 'running');
    await quiet(database, running ? patienceMs : patienceWhenFrozenMs);
  };
  const tick = async (ms: number): Promise<void> => {
    moving = moving.then(async () => move(ms));
    return moving;
  };
  return {
    apple,
    api,
    database,
    processes,
    clock,
    get elapsed() {
      return clock.now - start.getTime();
    },
    tick,
    during: async (something) => {
      const over = something.then(
        () => true,
        () => true,
      );
      while (!(await Promise.race([over, pause(momentMs, false)]))) await tick(1_000);
      return something;
    },
    freeze: (process) => {
      if (process === front) gate.shut();
      process.freeze();
    },
    thaw: (process) => {
      process.thaw();
      if (process === front) gate.reopen();
    },
    kill: async (process) => {
      if (process === front) gate.shut();
      await process.kill();
    },
    restart: async (process) => {
      await process.start();
      if (process === front) gate.reopen();
    },
    [Symbol.asyncDispose]: async () => taken.disposeAsync(),
  };
}

/**
 * Waits a few real milliseconds, and longer while something is on its way to Apple: simulated time runs a thousand
 * times faster than the network, and would make every answer come too late.
 */
async function quiet(database: Client, mostMs: number): Promise<void> {
  const end = performance.now() + mostMs;
  for (;;) {
    await pause(6);
    const { rows } = await database.query<{ busy: boolean }>(
      `select exists (select from associations.apple_request where state = 'sending') or exists (select from db.note where room in ('grants', 'associations')) as busy`,
    );
    if (!rows[0]?.busy || performance.now() > end) return;
  }
}
