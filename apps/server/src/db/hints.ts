import { sql } from 'kysely';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Clock } from '../schedule/clock.ts';
import type { Database } from './connect.ts';

/** What a screen may show: names used by the live updates of the console. */
export type Topic =
  | 'apps'
  | 'tokens'
  | 'sync'
  | 'devices'
  | 'status'
  | 'locations'
  | 'groups'
  | 'alerts'
  | 'audit';

export const changedChannel = 'allotment_changed';
export const wakeChannel = 'allotment_wake';

/** Tells open consoles, at commit, that something on a topic changed. A hint: what changed is read anew. */
export async function hint(db: Database, ...topics: readonly Topic[]): Promise<void> {
  await sql`select pg_notify(${changedChannel}, topic) from unnest(${topics}::text[]) as topic`.execute(
    db,
  );
}

/** At most so often the same hint is said. */
const pauseMs = 500;

/**
 * Says hints after the transactions they are about, the first at once and those that follow together. For what happens
 * hundreds of times a second: PostgreSQL lets transactions that notify commit only one after the other, each with its
 * own wait for the disk.
 */
export class LateHints {
  readonly #pool: Pool;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  /** By channel and payload. */
  readonly #waiting = new Map<string, readonly [channel: string, payload: string]>();
  #saying: Promise<void> | undefined;

  constructor(pool: Pool, log: Logger, clock: Clock, signal: AbortSignal) {
    this.#pool = pool;
    this.#log = log;
    this.#clock = clock;
    this.#signal = signal;
  }

  /** Notes wait for a room. */
  wake(room: string): void {
    this.#say(wakeChannel, room);
  }

  /** Something on a topic changed. */
  changed(topic: Topic): void {
    this.#say(changedChannel, topic);
  }

  /** Resolves when nothing is being said any more, soon after the signal is aborted. */
  async end(): Promise<void> {
    await this.#saying;
  }

  #say(channel: string, payload: string): void {
    if (this.#signal.aborted) return;
    this.#waiting.set(`${channel} ${payload}`, [channel, payload]);
    this.#saying ??= this.#sayAll();
  }

  /** A hint that cannot be said is none: workers look by themselves, too. */
  async #sayAll(): Promise<void> {
    try {
      while (this.#waiting.size > 0) {
        const hints = [...this.#waiting.values()];
        this.#waiting.clear();
        await this.#pool.query(
          'select pg_notify(h.c, h.p) from unnest($1::text[], $2::text[]) h (c, p)',
          [hints.map(([channel]) => channel), hints.map(([, payload]) => payload)],
        );
        await this.#clock.sleep(pauseMs, this.#signal);
      }
    } catch (error) {
      if (!this.#signal.aborted) this.#log.warn({ err: error }, 'a hint could not be said');
    } finally {
      this.#saying = undefined;
    }
  }
}
