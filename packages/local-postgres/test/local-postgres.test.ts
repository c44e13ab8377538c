import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type LocalPostgres, startLocalPostgres } from '../src/index.ts';

const program = fileURLToPath(new URL('./child.ts', import.meta.url));
const isRoot = process.getuid?.() === 0;

let folder: string;
let running: LocalPostgres[];
let children: ChildProcess[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'allotment-pg-test-'));
  running = [];
  children = [];
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  for (const postgres of running) await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

async function start(dataDir: string): Promise<LocalPostgres> {
  const postgres = await startLocalPostgres({ dataDir });
  running.push(postgres);
  return postgres;
}

async function startChild(dataDir: string, value: string): Promise<{ adopted: boolean }> {
  const child = spawn(process.execPath, [program, dataDir, value], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return JSON.parse(line) as { adopted: boolean };
}

async function killChildren(): Promise<void> {
  for (const child of children) {
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }
  children = [];
}

async function query<T>(postgres: LocalPostgres, text: string): Promise<T[]> {
  const client = new Client(postgres.connection);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(text)).rows as T[];
  } finally {
    await client.end();
  }
}

const kept = async (postgres: LocalPostgres): Promise<string[]> =>
  (await query<{ value: string }>(postgres, 'select value from kept order by value')).map(
    (row) => row.value,
  );

async function postmasterPid(postgres: LocalPostgres): Promise<number> {
  const [row] = await query<{ dir: string }>(postgres, 'show data_directory').then((rows) =>
    rows.map((one) => ({ dir: Object.values(one)[0] ?? '' })),
  );
  return Number((await readFile(join(row?.dir ?? '', 'postmaster.pid'), 'utf8')).split('\n')[0]);
}

describe('a local PostgreSQL', () => {
  it('starts, answers over its socket alone, and keeps its rows over a restart', async () => {
    const first = await start(folder);
    expect(first.adopted).toBe(false);
    await query(first, 'create table kept (value text)');
    await query(first, "insert into kept values ('a')");
    const [listen] = await query<{ listen_addresses: string }>(first, 'show listen_addresses');
    expect(listen?.listen_addresses).toBe('');
    expect((await stat(first.connection.host)).mode & 0o077).toBe(0);
    await first.stop();
    expect(await kept(await start(folder))).toEqual(['a']);
  });

  it('is joined by a second process, and stopped by the last to leave', async () => {
    const first = await start(folder);
    expect(await startChild(folder, 'b')).toMatchObject({ adopted: true });
    await first.stop();
    const again = await start(folder);
    expect(again.adopted).toBe(true);
    expect(await kept(again)).toEqual(['b']);
  });

  it('is one server when several processes start at once', async () => {
    await (await start(folder)).stop();
    const all = await Promise.all(['c', 'd', 'e'].map(async (value) => startChild(folder, value)));
    expect(all.filter((one) => !one.adopted)).toHaveLength(1);
    expect(await kept(await start(folder))).toEqual(['c', 'd', 'e']);
  });

  it('makes one cluster when several processes find none', async () => {
    await Promise.all(['f', 'g'].map(async (value) => startChild(folder, value)));
    expect(await kept(await start(folder))).toEqual(['f', 'g']);
    expect((await readdir(folder)).filter((name) => name.startsWith('cluster.'))).toEqual([]);
  });

  it('goes on after kill -9 of our process', async () => {
    await startChild(folder, 'h');
    await killChildren();
    const next = await start(folder);
    expect(next.adopted).toBe(true);
    expect(await kept(next)).toEqual(['h']);
  });

  it('goes on after kill -9 of our process and of PostgreSQL', async () => {
    await startChild(folder, 'i');
    const joined = await startLocalPostgres({ dataDir: folder });
    const pid = await postmasterPid(joined);
    await killChildren();
    process.kill(pid, 'SIGKILL');
    // This process sees its server go and brings it back.
    await vi.waitFor(async () => expect(await kept(joined)).toEqual(['i']), {
      timeout: 20_000,
      interval: 100,
    });
    await joined.stop();
    expect(await kept(await start(folder))).toEqual(['i']);
  }, 40_000);

  it('works in a folder whose path is longer than a socket’s may be', async () => {
    const deep = join(folder, 'a-folder-with-a-long-name'.repeat(3), 'and-another-one'.repeat(4));
    const postgres = await start(deep);
    expect(await query(postgres, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('refuses a cluster of another major version in a sentence', async () => {
    await (await start(folder)).stop();
    const [where] = await readFile(join(folder, 'where'), 'utf8').then(
      (text) => [text.trim()],
      () => [folder],
    );
    await writeFile(join(where ?? folder, 'cluster', 'PG_VERSION'), '9\n');
    await expect(startLocalPostgres({ dataDir: folder })).rejects.toThrow(
      /made by PostgreSQL 9.*DATABASE_URL/,
    );
  });

  it.runIf(isRoot)('as root, works below a folder that only root can enter', async () => {
    const secret = join(folder, 'root-only');
    await mkdir(secret, { mode: 0o700 });
    await chmod(folder, 0o700);
    const postgres = await start(join(secret, 'data'));
    const place = (await readFile(join(secret, 'data', 'where'), 'utf8')).trim();
    expect(await query(postgres, 'select 1 as one')).toEqual([{ one: 1 }]);
    await postgres.stop();
    running = [];
    await rm(place, { recursive: true, force: true });
  });
});
