import { EventEmitter } from 'node:events';
import { Client } from 'pg';
import type { Logger } from 'pino';
import type { Clock } from '../schedule/clock.ts';
import type { ConnectionSettings } from './connect.ts';
import { changedChannel, wakeChannel } from './hints.ts';

interface Heard {
  /** A room that has notes. */
  wake: [room: string];
  /** A topic whose screens should read anew. */
  changed: [topic: string];
  /** The line is up, at the start or again: what was said meanwhile was missed. */
  connected: [];
}

const longestPauseMs = 10_000;

/**
 * One connection that hears PostgreSQL's notifications. They are hints only: while the line is down nothing is lost,
 * because workers also look by themselves.
 */
export class Listener extends EventEmitter<Heard> {
  readonly #settings: ConnectionSettings;
  readonly #log: Logger;
  readonly #clock: Clock;

  constructor(settings: ConnectionSettings, log: Logger, clock: Clock) {
    super();
    this.setMaxListeners(0);
    this.#settings = settings;
    this.#log = log;
    this.#clock = clock;
  }

  /** Listens until the signal aborts, reconnecting with growing pauses. */
  async listen(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      try {
        await this.#listenOnce(signal, () => {
          failures = 0;
          this.emit('connected');
        });
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        this.#log.warn({ err: error, failures }, 'the notification line to PostgreSQL is down');
        await this.#clock
          .sleep(Math.min(longestPauseMs, 250 * 2 ** failures), signal)
          .catch((reason: unknown) => {
            if (!signal.aborted) throw reason;
          });
      }
    }
  }

  async #listenOnce(signal: AbortSignal, connected: () => void): Promise<void> {
    const client = new Client({
      ...this.#settings,
      application_name: 'allotment listener',
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
    });
    const ended = new Promise<void>((resolve, reject) => {
      client.on('error', reject);
      client.on('end', () => reject(new Error('PostgreSQL closed the connection')));
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    // The promise is awaited below; until then a rejection must not count as unhandled.
    ended.catch(() => undefined);
    client.on('notification', (message) => {
      if (message.channel === wakeChannel) this.emit('wake', message.payload ?? '');
      else this.emit('changed', message.payload ?? '');
    });
    try {
      await client.connect();
      await client.query(`listen ${wakeChannel}`);
      await client.query(`listen ${changedChannel}`);
      connected();
      await ended;
    } finally {
      await client
        .end()
        .catch((error: unknown) =>
          this.#log.debug({ err: error }, 'the notification line did not close cleanly'),
        );
    }
  }
}
