import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { chooseAccount } from './account.ts';
import { findBinaries } from './binaries.ts';
import { ensureCluster, role } from './cluster.ts';
import { choosePlaces } from './places.ts';
import { type Installation, connect, ensureRunning, port, stopRunning } from './postmaster.ts';

export interface LocalPostgresOptions {
  /** Folder of the database; made when it does not exist. */
  readonly dataDir: string;
  /** PostgreSQL settings on top of the defaults; they apply when this call starts the server. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Receives a line when something worth knowing happens. */
  readonly log?: (line: string) => void;
}

export interface LocalPostgres extends AsyncDisposable {
  /** `host` is the folder of the socket. */
  readonly connection: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly database: string;
  };
  /** True when a running server was joined rather than started. */
  readonly adopted: boolean;
  /** Leaves the server, and stops it unless another process still uses it. */
  stop(): Promise<void>;
}

/** Every process that uses the server keeps one connection of this name: the last to leave stops it. */
const userName = 'allotment user of the local server';
const longestPauseMs = 10_000;

/**
 * A real PostgreSQL in a folder, on a unix socket that only this account can reach. A server left running by a
 * killed process is joined; one that was killed is started again, also later, while this process runs.
 *
 * @throws LocalPostgresError in a sentence when it cannot be had
 */
export async function startLocalPostgres(options: LocalPostgresOptions): Promise<LocalPostgres> {
  const account = await chooseAccount();
  const places = await choosePlaces(options.dataDir, account);
  const binaries = await findBinaries(account, places.shared);
  await ensureCluster(binaries, places.cluster, account);
  const use = new Use(
    { binaries, places, account, settings: options.settings ?? {} },
    options.log ?? (() => undefined),
  );
  const adopted = await use.begin();
  const stop = async (): Promise<void> => use.end();
  return {
    connection: { host: places.sockets, port, user: role, database: 'postgres' },
    adopted,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** This process's use of the server: a connection that is kept, and made again with the server when it breaks. */
class Use {
  readonly #installation: Installation;
  readonly #log: (line: string) => void;
  #client: pg.Client | undefined;
  #ending = false;
  #mending: Promise<void> | undefined;

  constructor(installation: Installation, log: (line: string) => void) {
    this.#installation = installation;
    this.#log = log;
  }

  async begin(): Promise<boolean> {
    const adopted = await ensureRunning(this.#installation);
    const client = connect(this.#installation.places, userName);
    client.on('error', (error) => this.#log(`PostgreSQL: ${error.message}`));
    client.on('end', () => {
      if (!this.#ending && this.#client === client) this.#mending ??= this.#mend();
    });
    await client.connect();
    this.#client = client;
    return adopted;
  }

  async end(): Promise<void> {
    if (this.#ending) return;
    this.#ending = true;
    await this.#mending;
    await this.#client?.end();
    if (await this.#othersUseIt()) return;
    await stopRunning(this.#installation.places);
  }

  async #mend(): Promise<void> {
    for (let failures = 0; !this.#ending; failures += 1) {
      try {
        await this.begin();
        this.#log('PostgreSQL had gone and was started again');
        break;
      } catch (error) {
        this.#log(
          `PostgreSQL does not come back: ${error instanceof Error ? error.message : String(error)}`,
        );
        await pause(Math.min(longestPauseMs, 250 * 2 ** failures));
      }
    }
    this.#mending = undefined;
  }

  async #othersUseIt(): Promise<boolean> {
    const client = connect(this.#installation.places, 'allotment leaving');
    client.on('error', (error) => this.#log(`PostgreSQL: ${error.message}`));
    try {
      await client.connect();
      const { rows } = await client.query<{ users: number }>(
        'select count(*)::int as users from pg_stat_activity where application_name = $1',
        [userName],
      );
      return (rows[0]?.users ?? 0) > 0;
    } catch (error) {
      this.#log(
        `PostgreSQL was not there to be left: ${error instanceof Error ? error.message : String(error)}`,
      );
      return false;
    } finally {
      await client.end();
    }
  }
}
