import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { inject } from 'vitest';
import {
  type LocalPostgres,
  type LocalPostgresOptions,
  startLocalPostgres,
} from '../../src/index.ts';
import { scratchFolder } from '../../testing/index.ts';

const program = fileURLToPath(new URL('./child.ts', import.meta.url));

/** What a child says once it has committed its row, or why it could not. */
export interface Word {
  readonly adopted?: boolean;
  readonly error?: string;
}

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

interface Where {
  readonly fsync?: string;
  readonly under?: string | undefined;
}

/** A folder, and every process and server that a test starts in it. */
export class World implements AsyncDisposable {
  readonly folder: string;
  readonly #fsync: string;
  readonly #running: LocalPostgres[] = [];
  readonly #children: ChildProcess[] = [];
  readonly #homes: string[] = [];

  private constructor(folder: string, fsync: string) {
    this.folder = folder;
    this.#fsync = fsync;
  }

  /** A folder with a copy of the prepared data directory in it, in memory or `under` another folder. */
  static async make({ fsync = 'off', under }: Where = {}): Promise<World> {
    const world = await World.makeEmpty({ fsync, under });
    execFileSync('cp', ['-a', inject('prepared'), world.folder]);
    return world;
  }

  /** A folder that every account may pass through. */
  static async makeEmpty({ fsync = 'off', under }: Where = {}): Promise<World> {
    return new World(await scratchFolder('allotment-pg-', under), fsync);
  }

  async start(options: Partial<LocalPostgresOptions> = {}): Promise<LocalPostgres> {
    const postgres = await startLocalPostgres({
      dataDir: join(this.folder, 'pg'),
      settings: { fsync: this.#fsync },
      ...options,
    });
    this.#running.push(postgres);
    return postgres;
  }

  /** Another process that starts or joins the server and commits `value`. */
  async child(
    value: string,
    dataDir = join(this.folder, 'pg'),
    account?: Account,
  ): Promise<{ word: Word; process: ChildProcess }> {
    const process = spawn(globalThis.process.execPath, [program, dataDir, value, this.#fsync], {
      ...account,
      cwd: '/',
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#children.push(process);
    const [line] = await once(createInterface({ input: process.stdout }), 'line');
    return { word: JSON.parse(String(line)), process };
  }

  /** Has a folder outside this one removed at the end. */
  alsoRemove(home: string): void {
    this.#homes.push(home);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) await kill(child);
    for (const postgres of this.#running) await postgres.stop();
    for (const folder of [this.folder, ...this.#homes]) {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

/** Lets a child leave in order. */
export async function dismiss(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.stdin?.end();
  await exited;
}

/** The rows that children committed, in order. */
export async function kept(postgres: LocalPostgres): Promise<string[]> {
  const rows = await query(postgres, 'select value from kept order by value');
  return rows.map((row) => String(row['value']));
}

export async function query(
  postgres: LocalPostgres,
  sql: string,
): Promise<Record<string, unknown>[]> {
  const client = new Client(postgres.connection);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

export async function clusterOf(postgres: LocalPostgres): Promise<string> {
  const [row] = await query(postgres, 'show data_directory');
  return String(row?.['data_directory']);
}

export async function postmasterPid(cluster: string): Promise<number> {
  return Number.parseInt(await readFile(join(cluster, 'postmaster.pid'), 'utf8'), 10);
}

/**
 * How many PostgreSQL main processes run on `cluster`: what their command lines say. One that a server has just forked
 * still bears the server's; it is none of its own.
 */
export function serversOn(cluster: string): number {
  const named = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => procFile(pid, 'cmdline').replaceAll('\0', ' ').includes(`-D ${cluster} `));
  return named.filter((pid) => !named.includes(parentOf(pid))).length;
}

/** After the name in parentheses come the state and the parent. */
function parentOf(pid: string): string {
  const stat = procFile(pid, 'stat');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? '';
}

/** Empty where the process has ended. */
function procFile(pid: string, name: string): string {
  try {
    return readFileSync(join('/proc', pid, name), 'utf8');
  } catch (error) {
    if (
      error instanceof Error &&
      'code' in error &&
      ['ENOENT', 'ESRCH'].includes(String(error.code))
    )
      return '';
    throw error;
  }
}

export const isRoot = process.getuid?.() === 0;
