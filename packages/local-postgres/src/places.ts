import { createHash } from 'node:crypto';
import { chmod, chown, lstat, mkdir, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Account, canReach } from './account.ts';
import { LocalPostgresError } from './errors.ts';

/** Where root keeps what its unprivileged account must reach. */
const rootsPlace = '/var/lib/allotment';

/** The folders of one cluster. */
export interface Places {
  /** PostgreSQL's data directory. */
  readonly cluster: string;
  /** Private folder of the socket: short, because a socket's path has 107 characters at most. */
  readonly sockets: string;
  /** Folder for a copy of the binaries. */
  readonly shared: string;
  readonly log: string;
}

/**
 * Decides where the cluster of a data directory lies: in it; or, where root's unprivileged account could not reach
 * it (a checkout under /root), below /var/lib/allotment, named in the file `where` of the data directory.
 */
export async function choosePlaces(dataDir: string, account: Account | undefined): Promise<Places> {
  await mkdir(dataDir, { recursive: true });
  const real = await realpath(dataDir);
  const name = createHash('sha256').update(real).digest('hex').slice(0, 16);
  const owner = account?.uid ?? process.getuid?.() ?? 0;
  const sockets = `/tmp/allotment-${owner}-${name}`;
  await privateFolder(sockets, account);
  const shared = account === undefined ? real : rootsPlace;
  if (await canReach(account, real))
    return { cluster: join(real, 'cluster'), sockets, shared, log: join(real, 'postgres.log') };
  const elsewhere = join(rootsPlace, name);
  await mkdir(elsewhere, { recursive: true, mode: 0o711 });
  await writeFile(join(real, 'where'), `${elsewhere}\n`);
  return { cluster: join(elsewhere, 'cluster'), sockets, shared, log: join(real, 'postgres.log') };
}

/** Makes a folder that only the account can enter, or proves that it is one. */
async function privateFolder(folder: string, account: Account | undefined): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const uid = account?.uid ?? process.getuid?.();
  if (account !== undefined && (await lstat(folder)).uid === 0)
    await chown(folder, account.uid, account.gid);
  const found = await lstat(folder);
  if (!found.isDirectory() || (uid !== undefined && found.uid !== uid)) {
    throw new LocalPostgresError(
      `${folder} belongs to somebody else: remove it, then start again.`,
    );
  }
  if ((found.mode & 0o077) !== 0) await chmod(folder, 0o700);
}
