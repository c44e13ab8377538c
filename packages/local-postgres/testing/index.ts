import { chmod, mkdtemp, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where Linux keeps files in memory. */
const inMemory = '/dev/shm';
/** What the write-ahead log and the databases of a run take at most; less room than that is left alone. */
const roomBytes = 4 * 2 ** 30;

/**
 * Makes a folder for a PostgreSQL that only a test run needs, in memory where there is room: on a disk, each database
 * costs half a second to copy, most of all for its hundreds of files. Every account may pass through it; whoever made it
 * removes it.
 *
 * @param prefix of its name
 * @param under another folder that it is to lie in
 * @returns its path
 */
export async function scratchFolder(prefix: string, under?: string): Promise<string> {
  const place = under ?? ((await hasRoom(inMemory)) ? inMemory : tmpdir());
  const folder = await mkdtemp(join(place, prefix));
  await chmod(folder, 0o711);
  return folder;
}

async function hasRoom(folder: string): Promise<boolean> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize >= roomBytes;
  } catch {
    // Other systems have no such folder.
    return false;
  }
}
