import { randomUUID } from 'node:crypto';
import {
  chmod,
  chown,
  link,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, relative, sep } from 'node:path';
import { type Account, accountOf, canEnter, chooseAccount, isRoot } from './account.ts';
import { LocalPostgresError, messageOf, systemCode } from './error.ts';

/** Where a database lives and who runs it. */
export interface Place {
  /** The folder the caller named, resolved. */
  readonly dataDir: string;
  /** The folder that holds the cluster: `dataDir`, or one under {@link sharedFolder} that it points to. */
  readonly home: string;
  /** PostgreSQL's own data directory; absent until it is made. */
  readonly cluster: string;
  readonly logFile: string;
  /** undefined: PostgreSQL runs as this process does. */
  readonly account: Account | undefined;
}

/** Where root keeps what an unprivileged account must reach but cannot at its first place. */
export const sharedFolder = '/var/lib/allotment';

const pointerName = 'moved-to';

/**
 * Finds the place of the database of `dataDir`, or chooses one: `dataDir` itself, unless we are root and the account
 * PostgreSQL runs as cannot get there (a folder under /root): then a folder under /var/lib/allotment, and `dataDir` keeps
 * a file that names it.
 * @throws LocalPostgresError
 */
export async function findPlace(named: string): Promise<Place> {
  await mkdir(named, { recursive: true, mode: 0o700 });
  const dataDir = await realpath(named);
  const home = (await readPointer(dataDir)) ?? dataDir;
  const cluster = join(home, 'cluster');
  if (await exists(cluster)) {
    const account = await accountOf(cluster);
    if (await canEnter(home, account)) return placeAt(dataDir, home, account);
    throw new LocalPostgresError(
      `The database in ${home} runs as the account with uid ${account?.uid}, which cannot enter that folder: allow it to pass through every folder above (chmod o+x), or move the data directory to where it can.`,
    );
  }
  const account = await chooseAccount();
  if (account === undefined || home !== dataDir) return placeAt(dataDir, home, account);
  if (!(await canEnter(dataDir, account))) await openWay(dataDir, account);
  if (await canEnter(dataDir, account)) return placeAt(dataDir, dataDir, account);
  return placeAt(dataDir, await moveOut(dataDir, account), account);
}

/** Makes `folder` and lets every account pass through it, not list it. */
export async function makePassable(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { mode } = await stat(folder);
  await chmod(folder, (mode & 0o7777) | 0o011);
}

/**
 * Lets `account` pass through what is ours to open: the data directory, and the folders between it and the system's
 * temporary folder if it lies in there. Whoever made a folder elsewhere for root alone meant it.
 */
async function openWay(dataDir: string, account: Account): Promise<void> {
  const steps = relative(await realpath(tmpdir()), dataDir).split(sep);
  if (steps[0] === '..') return letPass(dataDir, account);
  for (let up = steps.length - 1; up >= 0; up -= 1) {
    await letPass(join(dataDir, ...Array<string>(up).fill('..')), account);
  }
}

/** Only through the group of `account` where root kept the folder to itself. */
async function letPass(folder: string, account: Account): Promise<void> {
  const { mode, uid } = await stat(folder);
  if (uid !== 0) return;
  const closed = (mode & 0o077) === 0;
  if (closed) await chown(folder, uid, account.gid);
  await chmod(folder, (mode & 0o7777) | (closed ? 0o010 : 0o011));
}

function placeAt(dataDir: string, home: string, account: Account | undefined): Place {
  return {
    dataDir,
    home,
    cluster: join(home, 'cluster'),
    logFile: join(home, 'postgres.log'),
    account,
  };
}

/** Makes a home outside `dataDir` and leaves the pointer to it. Of several processes at once, the first decides. */
async function moveOut(dataDir: string, account: Account): Promise<string> {
  const home = await makeSharedHome(dataDir, account);
  const draft = join(dataDir, `${pointerName}.${randomUUID()}`);
  await writeFile(draft, `${home}\n`, { mode: 0o644 });
  try {
    await link(draft, join(dataDir, pointerName));
    return home;
  } catch (error) {
    await rm(home, { recursive: true });
    const others = await readPointer(dataDir);
    if (systemCode(error) !== 'EEXIST' || others === undefined) throw error;
    return others;
  } finally {
    await rm(draft);
  }
}

async function makeSharedHome(dataDir: string, account: Account): Promise<string> {
  try {
    await makePassable(sharedFolder);
    const home = await mkdtemp(join(sharedFolder, `${basename(dataDir)}-`));
    await letPass(home, account);
    await writeFile(join(home, 'belongs-to'), `${dataDir}\n`);
    return home;
  } catch (error) {
    throw new LocalPostgresError(
      `PostgreSQL runs as an unprivileged account that cannot enter ${dataDir}, and no place could be made under ${sharedFolder} (${messageOf(error)}): choose a data directory that every account may pass through, or set DATABASE_URL.`,
      { cause: error },
    );
  }
}

async function readPointer(dataDir: string): Promise<string | undefined> {
  const home = await readFile(join(dataDir, pointerName), 'utf8').catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw new LocalPostgresError(
      `The data directory ${dataDir} cannot be read (${messageOf(error)}): start as its owner${isRoot() ? '' : ' or as root'}.`,
      { cause: error },
    );
  });
  if (home === undefined) return undefined;
  const folder = home.trim();
  const owner = await readFile(join(folder, 'belongs-to'), 'utf8').catch((error: unknown) => {
    throw new LocalPostgresError(
      `The database of ${dataDir} lies in ${folder}, which cannot be read (${messageOf(error)}): bring that folder back, or delete ${join(dataDir, pointerName)} to begin with an empty database.`,
      { cause: error },
    );
  });
  await settleOwner(dataDir, folder, owner.trim());
  return folder;
}

/** A data directory that was moved keeps its database; one that was copied must not share it with the original. */
async function settleOwner(dataDir: string, home: string, owner: string): Promise<void> {
  if (owner === dataDir) return;
  if (await exists(join(owner, pointerName))) {
    throw new LocalPostgresError(
      `${dataDir} is a copy of ${owner}: both point to the one database in ${home}. Copy that folder too and write its path into ${join(dataDir, pointerName)}, or delete that file to begin with an empty database.`,
    );
  }
  await writeFile(join(home, 'belongs-to'), `${dataDir}\n`);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: unknown) => {
      if (systemCode(error) === 'ENOENT') return false;
      throw new LocalPostgresError(
        `${path} cannot be looked at (${messageOf(error)}): start as the account that owns the data directory.`,
        { cause: error },
      );
    },
  );
}
