import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { type Binaries, findBinaries } from './binaries.ts';
import { ensureCluster } from './cluster.ts';
import { LocalPostgresError } from './error.ts';
import { type Place, findPlace } from './place.ts';
import {
  type Postmaster,
  findStalePid,
  isPostmaster,
  lastComplaint,
  launch,
  readLockFile,
} from './postmaster.ts';
import { Presence } from './presence.ts';
import { makeSocketFolder } from './socket-folder.ts';

/** What a start needs to know; it stays the same when the server has to be brought back. */
export interface Wanted {
  readonly dataDir: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

/** A server that this process uses. */
export interface Reached {
  readonly place: Place;
  readonly pid: number;
  readonly socketFolder: string;
  readonly presence: Presence;
  /** True when another process started it. */
  readonly adopted: boolean;
}

const pollMs = 20;
const heldPauseMs = 200;
const sayEveryMs = 10_000;
const patienceMs = 300_000;

/** PostgreSQL's words when another server, or what is left of a killed one, still has the cluster. */
const held = /lock file ".*" already exists|shared memory block .* is still in use/;

/**
 * Joins the server of a data directory, or makes and starts it. Of several processes that do so at once, PostgreSQL's own
 * lock lets one server live, and all join that one.
 * @throws LocalPostgresError
 */
export async function reachServer(wanted: Wanted): Promise<Reached> {
  const place = await findPlace(wanted.dataDir);
  const binaries = await findBinaries(place);
  await ensureCluster(place, binaries, wanted.settings['fsync'] !== 'off');
  let child: ChildProcess | undefined;
  for (let waited = 0; waited < patienceMs; waited += pollMs) {
    // A server we launched is waited for even then, so that the caller can stop it.
    if (child === undefined) wanted.signal.throwIfAborted();
    const running = await findRunning(place);
    if (running !== undefined) {
      const presence = await Presence.join(running.socketFolder);
      if (presence !== undefined) {
        return { place, ...running, presence, adopted: running.pid !== child?.pid };
      }
    } else if (child === undefined || hasEnded(child)) {
      if (child?.exitCode === 1) await checkIsHeld(place);
      child = await launchServer(place, binaries, wanted);
    }
    if (waited > 0 && waited % sayEveryMs === 0) {
      wanted.log(`Waiting for PostgreSQL in ${place.home}: ${await lastComplaint(place.logFile)}`);
    }
    await delay(pollMs);
  }
  throw new LocalPostgresError(
    `PostgreSQL in ${place.home} did not get ready in ${patienceMs / 60_000} minutes: look into ${place.logFile}.`,
  );
}

/** Joins the server of a place again after the connection to it broke; undefined when it is gone. */
export async function rejoin(place: Place): Promise<Pick<Reached, 'pid' | 'presence'> | undefined> {
  const running = await findRunning(place);
  const presence = running && (await Presence.join(running.socketFolder));
  return running && presence && { pid: running.pid, presence };
}

async function findRunning(place: Place): Promise<Postmaster | undefined> {
  const lock = await readLockFile(place.cluster);
  return lock !== undefined && (await isPostmaster(lock.pid, place.cluster)) ? lock : undefined;
}

async function launchServer(
  place: Place,
  binaries: Binaries,
  wanted: Wanted,
): Promise<ChildProcess> {
  const socketFolder = await makeSocketFolder(place);
  const stale = await findStalePid(place.cluster, socketFolder);
  wanted.log(`Starting PostgreSQL ${binaries.major} in ${place.home}`);
  return launch(place, binaries, socketFolder, wanted.settings, stale);
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** A cluster that somebody still has is worth another try: what outlives a killed server ends with its query. */
async function checkIsHeld(place: Place): Promise<void> {
  const complaint = await lastComplaint(place.logFile);
  if (!held.test(complaint)) {
    throw new LocalPostgresError(
      `PostgreSQL in ${place.home} does not start: ${complaint} (more in ${place.logFile})`,
    );
  }
  await delay(heldPauseMs);
}
