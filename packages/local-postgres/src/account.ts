import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { LocalPostgresError } from './error.ts';

/** The unprivileged account that PostgreSQL runs as when we are root. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

const run = promisify(execFile);
const preferredAccounts = ['allotment', 'nobody'];

/** True when this process is root, which PostgreSQL refuses to run as. */
export function isRoot(): boolean {
  return process.geteuid?.() === 0;
}

/**
 * The account for a new cluster: `allotment` where the administrator made one, else `nobody`.
 * @returns undefined when we are not root: PostgreSQL then runs as we do
 * @throws LocalPostgresError when the system knows neither
 */
export async function chooseAccount(): Promise<Account | undefined> {
  if (!isRoot()) return undefined;
  for (const name of preferredAccounts) {
    const uid = await idOf('-u', name);
    const gid = await idOf('-g', name);
    if (uid !== undefined && gid !== undefined && uid !== 0) return { uid, gid };
  }
  throw new LocalPostgresError(
    'PostgreSQL does not run as root, and this system has neither an account "allotment" nor "nobody": create one (useradd --system allotment), or set DATABASE_URL.',
  );
}

async function idOf(flag: '-u' | '-g', name: string): Promise<number | undefined> {
  const answer = await run('id', [flag, name]).catch(() => undefined);
  const id = Number(answer?.stdout);
  return answer !== undefined && Number.isInteger(id) ? id : undefined;
}

/**
 * The account that an existing cluster runs as: its owner.
 * @throws LocalPostgresError when the owner is somebody we cannot act for
 */
export async function accountOf(cluster: string): Promise<Account | undefined> {
  const { uid, gid } = await stat(cluster);
  if (isRoot()) {
    if (uid !== 0) return { uid, gid };
    throw new LocalPostgresError(
      `The database in ${cluster} belongs to root, which PostgreSQL refuses to run as: give it to another account (chown -R nobody ${cluster}).`,
    );
  }
  if (uid === process.geteuid?.()) return undefined;
  throw new LocalPostgresError(
    `The database in ${cluster} belongs to another account (uid ${uid}): start as that account or as root, or choose another data directory.`,
  );
}

/** Whether `account` can enter `folder`, asked of the system itself. */
export async function canEnter(folder: string, account: Account | undefined): Promise<boolean> {
  return run('test', ['-x', folder], { ...account, cwd: '/' }).then(
    () => true,
    () => false,
  );
}
