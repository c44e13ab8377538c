import { setTimeout as delay } from 'node:timers/promises';
import { LocalPostgresError, messageOf } from './error.ts';
import { stopPostmaster } from './postmaster.ts';
import { type Reached, type Wanted, reachServer, rejoin } from './server.ts';
import { databaseUser } from './cluster.ts';
import { socketPort } from './socket-folder.ts';

export interface LocalPostgresOptions {
  /** A folder for the database alone; made when absent. */
  readonly dataDir: string;
  /** PostgreSQL settings by their own names. They count when the server is started, not when a running one is joined. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Aborting it is as good as calling `stop`. */
  readonly signal?: AbortSignal;
  /** Told what a person may want to know, a sentence at a time. */
  readonly log?: (line: string) => void;
}

/** A running PostgreSQL that this process uses; the socket needs no password. */
export interface LocalPostgres extends AsyncDisposable {
  readonly connection: {
    /** The folder of the Unix socket. */
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly database: string;
  };
  /** True when another process had started the server. */
  readonly adopted: boolean;
  /**
   * Gives up this process's use of the server. The last process that uses it stops it, whoever started it; close your own
   * connections first, for the stop ends them.
   */
  stop(): Promise<void>;
}

const databaseName = 'allotment';
const bringBackPauseMs = 1_000;

/**
 * A real PostgreSQL for those who bring none: the pinned binaries from npm on a database in `dataDir`, behind a Unix socket
 * that only its account can reach. As root it runs as the account `allotment`, else `nobody`.
 *
 * A server left running by a killed process is adopted, one that is in use is joined, and one that dies is started again
 * while this process lives. Every committed row outlives all of that unless `settings` turn fsync off.
 * @throws LocalPostgresError in a sentence that names the remedy
 */
export async function startLocalPostgres(options: LocalPostgresOptions): Promise<LocalPostgres> {
  if (process.platform === 'win32') {
    throw new LocalPostgresError('There is no local PostgreSQL on Windows: set DATABASE_URL.');
  }
  const stopping = new AbortController();
  const signals = options.signal === undefined ? [] : [options.signal];
  const wanted: Wanted = {
    dataDir: options.dataDir,
    settings: options.settings ?? {},
    signal: AbortSignal.any([stopping.signal, ...signals]),
    log: options.log ?? (() => undefined),
  };
  const reached = await reachServer(wanted);
  const server = new UsedServer(wanted, reached, stopping);
  try {
    await reached.presence.ensureDatabase(databaseName);
    options.signal?.throwIfAborted();
  } catch (error) {
    await server.stop();
    throw error;
  }
  server.watch(options.signal);
  return server;
}

class UsedServer implements LocalPostgres {
  readonly connection: LocalPostgres['connection'];
  readonly adopted: boolean;
  readonly #wanted: Wanted;
  readonly #stopping: AbortController;
  #reached: Reached;
  #bringingBack: Promise<void> = Promise.resolve();
  #stopped: Promise<void> | undefined;

  constructor(wanted: Wanted, reached: Reached, stopping: AbortController) {
    this.#wanted = wanted;
    this.#reached = reached;
    this.#stopping = stopping;
    this.adopted = reached.adopted;
    this.connection = {
      host: reached.socketFolder,
      port: socketPort,
      user: databaseUser,
      database: databaseName,
    };
  }

  /** Brings the server back whenever it goes away, until `stop`. */
  watch(signal: AbortSignal | undefined): void {
    const stop = (): void => {
      this.stop().catch((error: unknown) => this.#wanted.log(messageOf(error)));
    };
    signal?.addEventListener('abort', stop, { once: true });
    this.#watchPresence();
  }

  async stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #stop(): Promise<void> {
    this.#stopping.abort();
    await this.#bringingBack;
    const { place } = this.#reached;
    const running = this.#reached.presence.lost ? await rejoin(place) : this.#reached;
    if (running === undefined) return;
    if (await running.presence.leave()) await stopPostmaster(running.pid, place.cluster);
    else this.#wanted.log(`PostgreSQL in ${place.home} goes on: other processes use it.`);
    await running.presence.close();
  }

  #watchPresence(): void {
    this.#reached.presence.onLost(() => {
      if (!this.#wanted.signal.aborted) this.#bringingBack = this.#bringBack();
    });
  }

  async #bringBack(): Promise<void> {
    const { signal, log } = this.#wanted;
    log(`PostgreSQL in ${this.#reached.place.home} went away: bringing it back.`);
    for (;;) {
      try {
        this.#reached = await reachServer(this.#wanted);
        this.#watchPresence();
        return;
      } catch (error) {
        if (signal.aborted) return;
        log(messageOf(error));
      }
      await pause(bringBackPauseMs, signal);
    }
  }
}

/** Waits, or until `signal` is aborted. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(milliseconds, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
