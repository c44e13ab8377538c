import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Fields } from '../answers/read.ts';
import { AppsAndBooksError, UnavailableError } from '../errors/errors.ts';
import { type RawAnswer, readAnswer } from './answer.ts';
import { askedBy, exchange, type HttpRequest, type HttpSettings } from './exchange.ts';
import type { RateLimiter } from './rate-limiter.ts';
import { Gate } from './gate.ts';

/** Apple: at most five pages at a time. */
export const parallelPages = 5;

const tries = 4;
const firstPauseMs = 1_000;
/** Longer than this a call does not wait by itself: its caller is told when to come back. */
const longestWaitMs = 60_000;

export interface ChannelSettings extends HttpSettings {
  readonly random: () => number;
}

/** The calls made under one token: their pace, the parallel pages, and a pause that Apple asked for. */
export class Channel {
  readonly #settings: ChannelSettings;
  readonly #limiter: RateLimiter;
  readonly #pages = new Gate(parallelPages);
  #blockedUntil = 0;

  constructor(settings: ChannelSettings, limiter: RateLimiter) {
    this.#settings = settings;
    this.#limiter = limiter;
  }

  /** A write: sent once, whatever comes. @throws AppsAndBooksError */
  async post(request: HttpRequest, perSecond: number, signal: AbortSignal): Promise<Fields> {
    return this.#once(request, perSecond, signal);
  }

  /**
   * A read: repeated a few times, with growing, uneven pauses, never before Apple's Retry-After. When the caller's time
   * is over in such a pause (`AbortSignal.timeout`), the last failure is told.
   */
  async get(request: HttpRequest, perSecond: number, signal: AbortSignal): Promise<Fields> {
    return this.#repeatedly(async () => this.#once(request, perSecond, signal), signal);
  }

  /** A page of a list: at most five at a time under this token, and as many while others wait for their turn. */
  async getPage(request: HttpRequest, perSecond: number, signal: AbortSignal): Promise<Fields> {
    return this.#repeatedly(async () => {
      const send = async (): Promise<RawAnswer> => this.#send(request, perSecond, signal);
      const answer = await this.#pages.run(send, signal);
      // The page whose turn has come is asked for before this one is read: Apple's time is the longer one.
      await nextTurn();
      return this.#read(request, answer);
    }, signal);
  }

  async #repeatedly(ask: () => Promise<Fields>, signal: AbortSignal): Promise<Fields> {
    for (let tried = 1; ; tried += 1) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof AppsAndBooksError) || !error.retryable || tried === tries)
          throw error;
        const backoff = firstPauseMs * 2 ** (tried - 1) * (0.5 + this.#settings.random());
        const pause = Math.max(backoff, this.#blockedForMs());
        if (pause > longestWaitMs) throw error;
        try {
          await this.#settings.clock.sleep(pause, signal);
        } catch (aborted) {
          throw isTimeout(signal.reason) ? error : aborted;
        }
      }
    }
  }

  async #once(request: HttpRequest, perSecond: number, signal: AbortSignal): Promise<Fields> {
    return this.#read(request, await this.#send(request, perSecond, signal));
  }

  async #send(request: HttpRequest, perSecond: number, signal: AbortSignal): Promise<RawAnswer> {
    await this.#limiter.take(perSecond, signal);
    this.#refuseWhileBlocked(request);
    return exchange(this.#settings, request, signal);
  }

  /** @throws AppsAndBooksError when it is a refusal; a pause that Apple asks for begins */
  #read(request: HttpRequest, answer: RawAnswer): Fields {
    try {
      return readAnswer(answer, askedBy(request), this.#settings.clock.now());
    } catch (error) {
      if (error instanceof AppsAndBooksError && error.retryAfterMs !== undefined)
        this.#block(error.retryAfterMs);
      throw error;
    }
  }

  #refuseWhileBlocked(request: HttpRequest): void {
    const left = this.#blockedForMs();
    if (left === 0) return;
    throw new UnavailableError(
      'blocked',
      `${request.method} ${request.url.pathname} was not sent: Apple asked for a pause of ${Math.ceil(left / 1000)} s more.`,
      { retryAfterMs: left },
    );
  }

  #blockedForMs(): number {
    return Math.max(0, Math.ceil(this.#blockedUntil - this.#settings.clock.now().getTime()));
  }

  /** Coming back early lengthens Apple's block, so everything under this token waits a little longer than asked. */
  #block(retryAfterMs: number): void {
    const until =
      this.#settings.clock.now().getTime() + retryAfterMs + this.#settings.random() * firstPauseMs;
    this.#blockedUntil = Math.max(this.#blockedUntil, until);
  }
}

function isTimeout(reason: unknown): boolean {
  return reason instanceof DOMException && reason.name === 'TimeoutError';
}
