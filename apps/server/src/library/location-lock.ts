import { Client } from 'pg';
import type { Logger } from 'pino';
import type { Context } from '../context.ts';
import { type ConnectionSettings, noticesLost } from '../db/connect.ts';
import { Problem } from '../errors.ts';
import { ranOut } from './apple-problem.ts';

/** First key of the advisory locks; the second is a hash of the location. */
const room = 4_219_001;
/** Between two looks at a location that somebody else holds. */
const pauseMs = 100;

/**
 * The locations that this process holds, one holder at a time over all processes. All locks are those of one connection
 * beside the pool: whoever holds a location needs the pool's connections for its work and, while Apple is asked, none.
 * A process that is killed loses its locks with the connection.
 */
export class LocationLocks {
  readonly #settings: ConnectionSettings;
  readonly #log: Logger;
  /** PostgreSQL gives a connection what it has already: within the process this keeps them apart. */
  readonly #held = new Set<string>();
  #session: Promise<Client> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(settings: ConnectionSettings, log: Logger) {
    this.#settings = settings;
    this.#log = log;
  }

  /** @returns how to let go of the location; undefined when somebody holds it */
  async take(locationUid: string): Promise<(() => Promise<void>) | undefined> {
    if (this.#held.has(locationUid)) return undefined;
    this.#held.add(locationUid);
    let taken = false;
    try {
      const session = this.#connected();
      taken = await this.#ask(session, 'pg_try_advisory_lock', locationUid);
      return taken ? async () => this.#letGo(locationUid, session) : undefined;
    } finally {
      if (!taken) this.#held.delete(locationUid);
    }
  }

  /** Lets go of everything. */
  async close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    if (session !== undefined) await (await session).end();
  }

  async #letGo(locationUid: string, session: Promise<Client>): Promise<void> {
    try {
      // Another connection than the one that took it: the lock went with that.
      if (this.#session !== session) return;
      await this.#ask(session, 'pg_advisory_unlock', locationUid);
    } catch (error) {
      this.#log.warn({ err: error }, 'a location was not let go of: its connection is given up');
      if (this.#session === session) await this.close();
    } finally {
      this.#held.delete(locationUid);
    }
  }

  /** One question after the other: that is what a connection can. */
  async #ask(
    session: Promise<Client>,
    what: 'pg_try_advisory_lock' | 'pg_advisory_unlock',
    locationUid: string,
  ): Promise<boolean> {
    const ask = async (): Promise<boolean> => {
      const client = await session;
      const { rows } = await client.query<{ done: boolean }>(
        `select ${what}($1, hashtext($2)) as done`,
        [room, locationUid],
      );
      return rows[0]?.done === true;
    };
    const answer = this.#last.then(ask);
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  #connected(): Promise<Client> {
    if (this.#session !== undefined) return this.#session;
    const session = this.#connect(() => {
      if (this.#session === session) this.#session = undefined;
    });
    this.#session = session;
    return session;
  }

  async #connect(onLost: () => void): Promise<Client> {
    const client = new Client({
      ...this.#settings,
      application_name: 'allotment locks',
      keepAlive: true,
      options: noticesLost,
      connectionTimeoutMillis: 5_000,
    });
    client.on('error', onLost);
    client.on('end', onLost);
    try {
      return await client.connect();
    } catch (error) {
      onLost();
      throw error;
    }
  }
}

/**
 * Holds a location while a token of it is uploaded; waits until nobody else does.
 *
 * @param waits of `patience`
 * @throws Problem `locationBusy` when it was held for longer than a person waits
 */
export async function withLocation<T>(
  context: Context,
  locationUid: string,
  act: () => Promise<T>,
  waits: AbortSignal,
): Promise<T> {
  for (;;) {
    const letGo = await context.locationLocks.take(locationUid);
    if (letGo !== undefined) return releasing(letGo, act);
    try {
      await context.clock.sleep(pauseMs, waits);
    } catch (aborted) {
      throw ranOut(waits) ? locationBusy() : aborted;
    }
  }
}

function locationBusy(): Problem {
  return new Problem(
    'unavailable',
    'locationBusy',
    'The location is being synced, and that takes a while. Nothing was saved; upload the file again when it has ended.',
    { field: 'token' },
  );
}

/** Holds a location while it is synced or given up, unless somebody else holds it: then nothing is done. @returns whether it was done */
export async function ifLocationFree(
  context: Context,
  locationUid: string,
  act: () => Promise<void>,
): Promise<boolean> {
  const letGo = await context.locationLocks.take(locationUid);
  if (letGo === undefined) return false;
  await releasing(letGo, act);
  return true;
}

async function releasing<T>(letGo: () => Promise<void>, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } finally {
    await letGo();
  }
}
