import { Client, escapeIdentifier } from 'pg';
import { databaseUser } from './cluster.ts';
import { systemCode } from './error.ts';
import { socketPort } from './socket-folder.ts';

/** Held shared by every process that uses the server, exclusively by the one that stops it. */
const usersLock = 7_201_950_031;
const connectTimeoutMs = 5_000;
/** So long the server may take to notice that a process that used it was killed. */
const killedUserMs = 1_000;

/** PostgreSQL's code for a lock that was waited for in vain. */
const lockNotAvailable = '55P03';

/** Codes of PostgreSQL and the system for a server that is not ready yet, is full, or is going. */
const passing = new Set([
  '57P01',
  '57P02',
  '57P03',
  '53300',
  'ENOENT',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
]);

/** One idle connection that tells other processes that this one uses the server. */
export class Presence {
  readonly #client: Client;
  #lost = false;

  private constructor(client: Client) {
    this.#client = client;
  }

  /**
   * Joins the server behind a socket. Waits while another process is about to stop it.
   * @returns undefined when the server is not ready, or goes away meanwhile
   */
  static async join(socketFolder: string): Promise<Presence | undefined> {
    const client = new Client({
      host: socketFolder,
      port: socketPort,
      user: databaseUser,
      database: 'postgres',
      ssl: false,
      connectionTimeoutMillis: connectTimeoutMs,
      application_name: 'allotment presence',
    });
    const presence = new Presence(client);
    client.on('error', () => {
      presence.#lost = true;
    });
    client.once('end', () => {
      presence.#lost = true;
    });
    try {
      await client.connect();
      await client.query('select pg_advisory_lock_shared($1)', [usersLock]);
      return presence;
    } catch (error) {
      await client.end();
      if (isPassing(error)) return undefined;
      throw error;
    }
  }

  get lost(): boolean {
    return this.#lost;
  }

  /** Calls `act` once, as soon as the connection is gone. */
  onLost(act: () => void): void {
    if (this.#lost) act();
    else this.#client.once('end', act);
  }

  /** Makes the database `name` unless it is there. Safe in several processes at once. */
  async ensureDatabase(name: string): Promise<void> {
    const found = await this.#client.query('select from pg_database where datname = $1', [name]);
    if (found.rowCount === 1) return;
    try {
      await this.#client.query(`create database ${escapeIdentifier(name)}`);
    } catch (error) {
      const code = systemCode(error);
      if (code !== '42P04' && code !== '23505') throw error;
    }
  }

  /**
   * Gives up this process's use. Waits a second for others to be gone: one that was killed counts until the server
   * notices, and nobody would stop it then.
   * @returns true when nobody else uses the server: newcomers then wait until {@link close} or the server's end
   */
  async leave(): Promise<boolean> {
    try {
      await this.#client.query('select pg_advisory_unlock_shared($1)', [usersLock]);
      await this.#client.query(`set lock_timeout = ${killedUserMs}`);
      await this.#client.query('select pg_advisory_lock($1)', [usersLock]);
      return true;
    } catch (error) {
      if (isPassing(error) || systemCode(error) === lockNotAvailable) return false;
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#client.end();
  }
}

function isPassing(error: unknown): boolean {
  if (passing.has(systemCode(error) ?? '')) return true;
  return error instanceof Error && /Connection terminated|timeout expired/.test(error.message);
}
