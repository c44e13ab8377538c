import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { Account } from './account.ts';
import type { Binaries } from './binaries.ts';
import { role } from './cluster.ts';
import { LocalPostgresError } from './errors.ts';
import type { Places } from './places.ts';

export const port = 5432;
const startTimeoutMs = 60_000;
const stopTimeoutMs = 30_000;

/** Durable, and small when idle; a caller's settings come on top. */
const defaults: Readonly<Record<string, string>> = {
  listen_addresses: '',
  max_connections: '100',
  shared_buffers: '128MB',
  work_mem: '16MB',
  maintenance_work_mem: '128MB',
  random_page_cost: '1.1',
  effective_io_concurrency: '0',
  unix_socket_permissions: '0700',
  log_min_messages: 'warning',
  cluster_name: 'allotment',
};

/** What is needed to run the server of one cluster. */
export interface Installation {
  readonly binaries: Binaries;
  readonly places: Places;
  readonly account: Account | undefined;
  readonly settings: Readonly<Record<string, string>>;
}

/** A connection to the cluster; `name` is seen by other processes. */
export function connect(places: Places, name: string): pg.Client {
  return new pg.Client({
    host: places.sockets,
    port,
    user: role,
    database: 'postgres',
    application_name: name,
    connectionTimeoutMillis: 5_000,
  });
}

/**
 * Sees to it that the server runs: joins the one that does, or starts one. When several processes start at once,
 * PostgreSQL's own lock lets one win and the others join it.
 *
 * @returns true when a running one was joined
 * @throws LocalPostgresError with the end of PostgreSQL's log
 */
export async function ensureRunning(installation: Installation): Promise<boolean> {
  if (await answers(installation.places)) return true;
  const end = performance.now() + startTimeoutMs;
  for (;;) {
    const child = await startOnce(installation);
    const exited = once(child, 'exit').then(() => 'exited' as const);
    while (performance.now() < end) {
      const next = await Promise.race([exited, pause(30)]);
      if (await answers(installation.places)) {
        child.unref();
        return next === 'exited';
      }
      // Another start may hold the lock, or children of a killed server may still be leaving.
      if (next === 'exited') break;
    }
    if (performance.now() >= end) {
      child.kill();
      throw new LocalPostgresError(
        `PostgreSQL did not start within ${startTimeoutMs / 1000} s. Its log ends: ${await logEnd(installation.places)}`,
      );
    }
    await pause(200);
  }
}

async function startOnce({ binaries, places, account, settings }: Installation) {
  const log = await open(places.log, 'a', 0o600);
  try {
    const options = Object.entries({ ...defaults, ...settings }).flatMap(([name, value]) => [
      '-c',
      `${name}=${value}`,
    ]);
    const child = spawn(
      join(binaries.folder, 'postgres'),
      ['-D', places.cluster, '-k', places.sockets, '-p', String(port), ...options],
      {
        ...account,
        cwd: '/',
        // Its own process group: Ctrl-C is for the program, which then stops PostgreSQL in order.
        detached: true,
        stdio: ['ignore', log.fd, log.fd],
      },
    );
    await once(child, 'spawn');
    return child;
  } finally {
    await log.close();
  }
}

/** Whether a server answers queries now. */
async function answers(places: Places): Promise<boolean> {
  const client = connect(places, 'allotment probe');
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Stops the server in order: transactions are rolled back, everything committed is on disk. */
export async function stopRunning(places: Places): Promise<void> {
  const pid = await postmasterPid(places);
  if (pid === undefined) return;
  signal(pid, 'SIGINT');
  const end = performance.now() + stopTimeoutMs;
  while (alive(pid)) {
    if (performance.now() > end)
      throw new LocalPostgresError(
        `PostgreSQL (process ${pid}) did not stop within ${stopTimeoutMs / 1000} s.`,
      );
    await pause(20);
  }
}

async function postmasterPid(places: Places): Promise<number | undefined> {
  try {
    const pid = Number(
      (await readFile(join(places.cluster, 'postmaster.pid'), 'utf8')).split('\n')[0],
    );
    return Number.isInteger(pid) && pid > 1 ? pid : undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function alive(pid: number): boolean {
  return signal(pid, 0);
}

function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

async function logEnd(places: Places): Promise<string> {
  const text = await readFile(places.log, 'utf8').catch(() => '(there is no log)');
  return text.trim().split('\n').slice(-5).join(' | ');
}
