import { createHash } from 'node:crypto';
import { chown, lstat, mkdtemp, rename, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LocalPostgresError, systemCode } from './error.ts';
import type { Place } from './place.ts';

/** Names the socket file (`.s.PGSQL.5432`); nothing listens on the network. */
export const socketPort = 5432;

/** Unix keeps socket paths in 108 bytes, macOS in 104, the closing zero included. */
const longestSocketPath = 103;

/**
 * Makes the folder of the place's socket, which only the account (and root) can enter: beside the cluster, or under
 * /tmp, by a name derived from the place, where that path would be too long for a socket.
 * @throws LocalPostgresError when somebody else holds the name under /tmp
 */
export async function makeSocketFolder(place: Place): Promise<string> {
  const folder = socketFolderOf(place);
  if (!(await exists(folder))) await makeWhole(folder, place);
  await checkPrivate(folder, place.account?.uid ?? process.geteuid?.());
  return folder;
}

/** The folder appears with its owner and mode at once: another process may be starting too. */
async function makeWhole(folder: string, place: Place): Promise<void> {
  const draft = await mkdtemp(`${folder}-`);
  try {
    if (place.account !== undefined) await chown(draft, place.account.uid, place.account.gid);
    await rename(draft, folder);
  } catch (error) {
    await rmdir(draft);
    if (!(await exists(folder))) throw error;
  }
}

async function exists(folder: string): Promise<boolean> {
  try {
    await lstat(folder);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}

function socketFolderOf(place: Place): string {
  const beside = join(place.home, 'socket');
  const path = join(beside, `.s.PGSQL.${socketPort}`);
  if (Buffer.byteLength(path) <= longestSocketPath) return beside;
  const name = createHash('sha256').update(place.home).digest('hex').slice(0, 16);
  return join('/tmp', `allotment-${name}`);
}

async function checkPrivate(folder: string, uid: number | undefined): Promise<void> {
  const found = await lstat(folder);
  if (found.isDirectory() && found.uid === uid && (found.mode & 0o077) === 0) return;
  throw new LocalPostgresError(
    `The socket of the database needs ${folder} for its account alone, but it is somebody else's or open to others: remove it and start again.`,
  );
}
