import type { Logger } from 'pino';
import type { Clock } from './clock.ts';

/**
 * Something that is done whenever it is due. A worker never knows when: it asks the database, each time it is woken
 * and every `pollMs`, less often while nothing happens.
 */
export interface Worker {
  readonly name: string;
  /** The rooms whose notes wake it. */
  readonly wokenBy: readonly string[];
  /** Does what is due now. True when there may be more, then it is called again at once. */
  run(signal: AbortSignal): Promise<boolean>;
  /** Called once after the last run: resolves when what the runs left going has ended. */
  end?(): Promise<void>;
}

/** The longest pause after failures. */
const longestPauseMs = 30_000;
/** After so many polls that nothing woke, a worker polls less often: idling costs almost nothing. */
const pollsUntilIdle = 10;
const idleFactor = 4;

/** Runs one worker until the signal aborts; an error is logged and answered with a growing pause, never the end. */
export class WorkerLoop {
  readonly #worker: Worker;
  readonly #log: Logger;
  readonly #pollMs: number;
  readonly #clock: Clock;
  #wake: AbortController = new AbortController();
  #woken = false;
  #failures = 0;
  #polls = 0;

  constructor(worker: Worker, log: Logger, pollMs: number, clock: Clock) {
    this.#worker = worker;
    this.#log = log.child({ worker: worker.name });
    this.#pollMs = pollMs;
    this.#clock = clock;
  }

  /** A room has notes. A worker that fails is not woken by them: it would fail again at once. */
  wakeFor(room: string): void {
    if (!this.#worker.wokenBy.includes(room)) return;
    this.#woken = true;
    if (this.#failures === 0) this.#wake.abort();
  }

  /** Whatever it sleeps for: the database is back, and hints may have been missed. */
  wake(): void {
    this.#woken = true;
    this.#failures = 0;
    this.#wake.abort();
  }

  /** Resolves when the signal is aborted and what was going on has ended. */
  async loop(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#woken = false;
      if (!(await this.#runOnce(signal))) await this.#pause(signal);
    }
    try {
      await this.#worker.end?.();
    } catch (error) {
      this.#log.warn({ err: error }, 'the worker did not end cleanly');
    }
  }

  /** @returns whether there may be more to do */
  async #runOnce(signal: AbortSignal): Promise<boolean> {
    try {
      const more = await this.#worker.run(signal);
      this.#failures = 0;
      return more;
    } catch (error) {
      if (signal.aborted) return false;
      this.#failures += 1;
      this.#log.error(
        { err: error, failures: this.#failures },
        'the worker failed and will try again',
      );
      return false;
    }
  }

  async #pause(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    if (this.#woken && this.#failures === 0) {
      this.#polls = 0;
      return;
    }
    this.#wake = new AbortController();
    try {
      await this.#clock.sleep(this.#pauseMs(), AbortSignal.any([signal, this.#wake.signal]));
      this.#polls += 1;
    } catch (error) {
      if (!signal.aborted && !this.#wake.signal.aborted) throw error;
      this.#polls = 0;
    }
  }

  #pauseMs(): number {
    if (this.#failures > 0) return Math.min(longestPauseMs, this.#pollMs * 2 ** this.#failures);
    return this.#polls < pollsUntilIdle ? this.#pollMs : this.#pollMs * idleFactor;
  }
}
