import type { Logger } from 'pino';
import type { Clock } from './clock.ts';

/**
 * Something that is done whenever it is due. A worker never knows when: it asks the database, each time it is woken
 * and at least every `pollMs`.
 */
export interface Worker {
  readonly name: string;
  /** The rooms whose notes wake it. */
  readonly wokenBy: readonly string[];
  /** Does what is due now. True when there may be more, then it is called again at once. */
  run(signal: AbortSignal): Promise<boolean>;
}

const longestPauseMs = 30_000;

/** Runs one worker until the signal aborts; an error is logged and answered with a growing pause, never the end. */
export class WorkerLoop {
  readonly #worker: Worker;
  readonly #log: Logger;
  readonly #pollMs: number;
  readonly #clock: Clock;
  #wake: AbortController = new AbortController();
  #woken = false;

  constructor(worker: Worker, log: Logger, pollMs: number, clock: Clock) {
    this.#worker = worker;
    this.#log = log.child({ worker: worker.name });
    this.#pollMs = pollMs;
    this.#clock = clock;
  }

  wakeFor(room: string): void {
    if (!this.#worker.wokenBy.includes(room)) return;
    this.#woken = true;
    this.#wake.abort();
  }

  /** Resolves when the signal is aborted and the run in flight has ended. */
  async loop(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      this.#woken = false;
      try {
        const more = await this.#worker.run(signal);
        failures = 0;
        if (more) continue;
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        this.#log.error({ err: error, failures }, 'the worker failed and will try again');
      }
      await this.#pause(signal, failures);
    }
  }

  async #pause(signal: AbortSignal, failures: number): Promise<void> {
    if (this.#woken && failures === 0) return;
    const ms =
      failures === 0 ? this.#pollMs : Math.min(longestPauseMs, this.#pollMs * 2 ** failures);
    this.#wake = new AbortController();
    try {
      await this.#clock.sleep(ms, AbortSignal.any([signal, this.#wake.signal]));
    } catch (error) {
      if (!signal.aborted && !this.#wake.signal.aborted) throw error;
    }
  }
}
