import type { Clock } from '../clock.ts';

/**
 * Keeps the calls of one token within Apple's limit. A server of several processes gives one that they share.
 */
export interface RateLimiter {
  /**
   * Waits for the right to make one call.
   *
   * @param perSecond Apple's live limit
   * @throws the signal's reason
   */
  take(perSecond: number, signal: AbortSignal): Promise<void>;
}

/**
 * A token bucket of one process. A third of a second's calls may come at once and the rest flow evenly, so that no
 * window of one second holds more than the limit.
 */
export class TokenBucket implements RateLimiter {
  readonly #clock: Clock;
  #tokens = Number.POSITIVE_INFINITY;
  #filledAt: number;
  #queue: Promise<void> = Promise.resolve();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#filledAt = clock.now().getTime();
  }

  async take(perSecond: number, signal: AbortSignal): Promise<void> {
    const turn = this.#queue.then(async () => this.#takeInTurn(perSecond, signal));
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  async #takeInTurn(perSecond: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const capacity = Math.max(1, Math.floor(perSecond / 3));
    const rate = Math.max(perSecond - capacity, perSecond / 2);
    this.#fill(capacity, rate);
    while (this.#tokens < 1) {
      await this.#clock.sleep(Math.ceil(((1 - this.#tokens) / rate) * 1000), signal);
      this.#fill(capacity, rate);
    }
    this.#tokens -= 1;
  }

  #fill(capacity: number, rate: number): void {
    const now = this.#clock.now().getTime();
    const earned = (Math.max(0, now - this.#filledAt) / 1000) * rate;
    this.#tokens = Math.min(capacity, this.#tokens + earned);
    this.#filledAt = now;
  }
}
