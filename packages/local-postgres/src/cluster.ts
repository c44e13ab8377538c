import { execFile } from 'node:child_process';
import { chown, mkdtemp, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Binaries } from './binaries.ts';
import { LocalPostgresError, messageOf, systemCode } from './error.ts';
import type { Place } from './place.ts';

/** The database superuser, and the name of our own database. */
export const databaseUser = 'allotment';

const run = promisify(execFile);

/**
 * Makes the cluster unless it is there. It appears under its name only when it is whole, so a killed process leaves
 * nothing half made, and of several processes at once one wins and the others use what it made.
 * @param durable false leaves out the flush to disk
 * @throws LocalPostgresError when it was made by another major version, or cannot be made
 */
export async function ensureCluster(
  place: Place,
  binaries: Binaries,
  durable: boolean,
): Promise<void> {
  const major = (await readMajor(place)) ?? (await makeCluster(place, binaries, durable));
  if (major === binaries.major) return;
  throw new LocalPostgresError(
    `The database in ${place.cluster} was made by PostgreSQL ${major}, and this is PostgreSQL ${binaries.major}: go back to the release that made it, or bring it over with pg_upgrade.`,
  );
}

async function readMajor(place: Place): Promise<number | undefined> {
  try {
    return Number(await readFile(join(place.cluster, 'PG_VERSION'), 'utf8'));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function makeCluster(place: Place, binaries: Binaries, durable: boolean): Promise<number> {
  const draft = await mkdtemp(join(place.home, 'cluster-'));
  try {
    if (place.account !== undefined) await chown(draft, place.account.uid, place.account.gid);
    await initialize(draft, place, binaries, durable);
    await rename(draft, place.cluster);
    if (durable) await flushFolder(place.home);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    const others = await readMajor(place);
    if (others !== undefined) return others;
    throw new LocalPostgresError(
      `No database could be made in ${place.home}: ${messageOf(error)}`,
      { cause: error },
    );
  }
  return binaries.major;
}

/**
 * Trust on the socket needs no password, because only the account itself and root can enter the socket's folder; both
 * could read the files of the cluster anyway.
 */
async function initialize(
  folder: string,
  place: Place,
  binaries: Binaries,
  durable: boolean,
): Promise<void> {
  const locale =
    binaries.major >= 17
      ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']
      : ['--locale=C.UTF-8'];
  const options = [
    `--pgdata=${folder}`,
    `--username=${databaseUser}`,
    '--encoding=UTF8',
    ...locale,
    '--data-checksums',
    '--auth-local=trust',
    '--auth-host=reject',
    '--no-instructions',
    ...(durable ? [] : ['--no-sync']),
  ];
  await run(binaries.initdb, options, { ...place.account, cwd: '/', env: serverEnvironment() });
}

/** The little that PostgreSQL needs of our environment: its account must not read our secrets from its own. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' };
}

async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
