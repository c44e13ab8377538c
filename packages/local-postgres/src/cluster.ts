import { execFile } from 'node:child_process';
import { chown, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Account } from './account.ts';
import { type Binaries, exists } from './binaries.ts';
import { LocalPostgresError } from './errors.ts';

const run = promisify(execFile);

/** The only role and, at first, the only way in: a socket in a folder that only the owner can enter. */
export const role = 'allotment';

/**
 * Makes the cluster if there is none yet: beside its place, then moved there in one step, so that a half-made one
 * never counts.
 *
 * @throws LocalPostgresError when the cluster was made by another major version
 */
export async function ensureCluster(
  binaries: Binaries,
  cluster: string,
  account: Account | undefined,
): Promise<void> {
  const major = await majorVersion(binaries);
  if (await exists(join(cluster, 'PG_VERSION'))) {
    const made = (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim();
    if (made === major) return;
    throw new LocalPostgresError(
      `The database in ${cluster} was made by PostgreSQL ${made}; here is PostgreSQL ${major}. Dump it with version ${made} and load it into a new data directory, or set DATABASE_URL to a server that runs it.`,
    );
  }
  const draft = `${cluster}.${process.pid}`;
  await mkdir(dirname(cluster), { recursive: true });
  await mkdir(draft, { mode: 0o700 });
  if (account !== undefined) await chown(draft, account.uid, account.gid);
  const locale =
    Number(major) >= 17
      ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8']
      : ['--no-locale'];
  try {
    await run(
      join(binaries.folder, 'initdb'),
      ['-D', draft, '-U', role, '-A', 'trust', '-E', 'UTF8', ...locale],
      {
        ...account,
        cwd: '/',
      },
    );
    await rename(draft, cluster);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!(await exists(join(cluster, 'PG_VERSION')))) {
      throw new LocalPostgresError(
        `The database could not be made in ${cluster}: is the disk full, or the folder not writable?`,
        { cause: error },
      );
    }
  }
}

async function majorVersion(binaries: Binaries): Promise<string> {
  const { stdout } = await run(join(binaries.folder, 'postgres'), ['--version'], { cwd: '/' });
  const major = /\(PostgreSQL\) (\d+)/.exec(stdout)?.[1];
  if (major === undefined)
    throw new LocalPostgresError(
      `${binaries.folder}/postgres does not say its version: ${stdout.trim()}`,
    );
  return major;
}
