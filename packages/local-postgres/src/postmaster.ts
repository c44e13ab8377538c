import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, readlink, realpath, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Binaries } from './binaries.ts';
import { serverEnvironment } from './cluster.ts';
import { LocalPostgresError, systemCode } from './error.ts';
import type { Place } from './place.ts';
import { serverArguments } from './settings.ts';
import { socketPort } from './socket-folder.ts';

/** PostgreSQL's main process, as its lock file `postmaster.pid` tells. */
export interface Postmaster {
  readonly pid: number;
  readonly socketFolder: string;
}

const run = promisify(execFile);
const pollMs = 20;
const fastStopMs = 30_000;
const largestLogBytes = 16 * 1024 * 1024;

/** What the lock file says, alive or not; undefined when there is none or it is only half written. */
export async function readLockFile(cluster: string): Promise<Postmaster | undefined> {
  const text = await readIfThere(join(cluster, 'postmaster.pid'));
  const [pidLine = '', , , , socketFolder = ''] = text.split('\n');
  const pid = Number(pidLine);
  return Number.isInteger(pid) && pid > 1 && socketFolder !== ''
    ? { pid, socketFolder }
    : undefined;
}

/**
 * Whether process `pid` is the main process of `cluster`, and not another that got its number after a crash: PostgreSQL's
 * working directory is its cluster.
 */
export async function isPostmaster(pid: number, cluster: string): Promise<boolean> {
  if (process.platform !== 'linux') return isNamedOnCommandLine(pid, cluster);
  try {
    return (await readlink(`/proc/${pid}/cwd`)) === (await realpath(cluster));
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'EACCES' || code === 'ESRCH') return false;
    throw error;
  }
}

async function isNamedOnCommandLine(pid: number, cluster: string): Promise<boolean> {
  return run('ps', ['-o', 'command=', '-p', String(pid)]).then(
    ({ stdout }) => stdout.includes(`-D ${cluster}`),
    () => false,
  );
}

/**
 * The process number that a dead server left in its lock files: of the cluster, else of the socket. PostgreSQL removes
 * the first when it fails on the second.
 */
export async function findStalePid(
  cluster: string,
  socketFolder: string,
): Promise<number | undefined> {
  for (const file of [
    join(cluster, 'postmaster.pid'),
    join(socketFolder, `.s.PGSQL.${socketPort}.lock`),
  ]) {
    const pid = Number.parseInt(await readIfThere(file), 10);
    if (pid > 1) return (await isPostmaster(pid, cluster)) ? undefined : pid;
  }
  return undefined;
}

async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return '';
    throw error;
  }
}

/**
 * Starts PostgreSQL so that it outlives us: the next process adopts it.
 *
 * Of two servers on one cluster PostgreSQL lets only one live. Its check takes any process of the account with the number
 * in a stale lock file for the holder, except its own parents; so a number known to be somebody else's is named as one.
 * The second check, for processes still attached to the cluster's memory, stays as it is.
 * @param stalePid the process number that a dead server left in its lock files
 */
export async function launch(
  place: Place,
  binaries: Binaries,
  socketFolder: string,
  settings: Readonly<Record<string, string>>,
  stalePid: number | undefined,
): Promise<ChildProcess> {
  await turnLog(place.logFile);
  const log = await open(place.logFile, 'a', 0o600);
  try {
    const child = spawn(
      binaries.postgres,
      serverArguments(place.cluster, socketFolder, socketPort, settings),
      {
        ...place.account,
        cwd: '/',
        detached: true,
        stdio: ['ignore', log.fd, log.fd],
        env: {
          ...serverEnvironment(),
          ...(stalePid === undefined ? {} : { PG_GRANDPARENT_PID: String(stalePid) }),
        },
      },
    );
    await once(child, 'spawn');
    child.unref();
    return child;
  } finally {
    await log.close();
  }
}

async function turnLog(logFile: string): Promise<void> {
  try {
    const { size } = await stat(logFile);
    if (size > largestLogBytes) await rename(logFile, `${logFile}.1`);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}

/** The last complaint in PostgreSQL's log, for the person who has to mend it. */
export async function lastComplaint(logFile: string): Promise<string> {
  const lines = (await readFile(logFile, 'utf8')).trimEnd().split('\n').slice(-20);
  return lines.findLast((line) => /FATAL|PANIC|ERROR/.test(line)) ?? lines.at(-1) ?? 'no word';
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (systemCode(error) !== 'ESRCH') throw error;
  }
}

/**
 * Stops the server: open connections are closed, committed rows are on disk. One that does not end in 30 seconds is cut
 * short and recovers at its next start.
 */
export async function stopPostmaster(pid: number, cluster: string): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    if (await isPostmaster(pid, cluster)) send(pid, signal);
    for (let waited = 0; waited < fastStopMs; waited += pollMs) {
      if (!(await isPostmaster(pid, cluster))) return;
      await delay(pollMs);
    }
  }
  throw new LocalPostgresError(
    `PostgreSQL (process ${pid}) on ${cluster} does not stop; its log lies beside that folder.`,
  );
}
