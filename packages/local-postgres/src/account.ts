import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { LocalPostgresError } from './errors.ts';

const run = promisify(execFile);

/** The operating system's account that runs PostgreSQL. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

const unprivileged = 'nobody';

/**
 * Who is to run PostgreSQL: PostgreSQL refuses to run as root, so root hands it to `nobody`; everybody else runs it
 * as themselves.
 *
 * @returns undefined: as this process runs
 * @throws LocalPostgresError when root finds no such account
 */
export async function chooseAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  try {
    const [uid, gid] = await Promise.all([
      run('id', ['-u', unprivileged]),
      run('id', ['-g', unprivileged]),
    ]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch (cause) {
    throw new LocalPostgresError(
      `PostgreSQL does not run as root and there is no account "${unprivileged}" to run it. Start Allotment as an ordinary user, or set DATABASE_URL.`,
      { cause },
    );
  }
}

/** Whether an account can enter a folder and every folder above it. */
export async function canReach(account: Account | undefined, folder: string): Promise<boolean> {
  if (account === undefined) return true;
  for (let at = folder; ; at = dirname(at)) {
    const { mode, uid, gid } = await stat(at);
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (dirname(at) === at) return true;
  }
}
