import type { RateLimiter } from '@allotment/apps-and-books';
import { sql } from 'kysely';
import type { Clock } from '../schedule/clock.ts';
import type { Database } from './connect.ts';

/** So far ahead a moment is believed: beyond, a clock was wrong. Each process asks for one moment at a time. */
const farthestMs = 10_000;

/**
 * Apple's limit kept by all processes together: each call takes the next free moment from a row that they share, and
 * waits for it. A third of a second's calls may come at once and the rest flow evenly, so that no second holds more
 * than the limit.
 */
export class SharedPace implements RateLimiter {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #key: string;
  #queue: Promise<void> = Promise.resolve();

  /** @param key what the limit is for */
  constructor(db: Database, clock: Clock, key: string) {
    this.#db = db;
    this.#clock = clock;
    this.#key = key;
  }

  async take(perSecond: number, signal: AbortSignal): Promise<void> {
    const turn = this.#queue.then(async () => this.#takeInTurn(perSecond, signal));
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  async #takeInTurn(perSecond: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const atOnce = Math.max(1, Math.floor(perSecond / 3));
    const intervalMs = 1000 / Math.max(perSecond - atOnce, perSecond / 2);
    const now = this.#clock.now();
    const taken = await this.#takeMoment(now, intervalMs);
    const pause = taken.getTime() - atOnce * intervalMs - now.getTime();
    if (pause > 0) await this.#clock.sleep(Math.ceil(pause), signal);
  }

  /** @returns when all calls up to this one would be over if none of them came at once */
  async #takeMoment(now: Date, intervalMs: number): Promise<Date> {
    const farthest = new Date(now.getTime() + farthestMs);
    const { rows } = await sql<{ freeAt: Date }>`
      insert into db.pace as pace (key, free_at)
      values (${this.#key}, ${now}::timestamptz + ${intervalMs} * interval '1 millisecond')
      on conflict (key) do update set free_at =
        greatest(least(pace.free_at, ${farthest}), ${now}) + ${intervalMs} * interval '1 millisecond'
      returning free_at`.execute(this.#db);
    const [row] = rows;
    if (row === undefined) throw new Error('PostgreSQL gave no moment for a call.');
    return row.freeAt;
  }
}
