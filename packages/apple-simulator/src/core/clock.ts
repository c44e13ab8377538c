import { setImmediate as nextTurn } from 'node:timers/promises';

import { Heap } from './heap.ts';

/** Takes a scheduled run back; harmless once it has run. */
export type Cancel = () => void;
type Run = () => void | Promise<void>;

interface Scheduled {
  readonly due: number;
  readonly order: number;
  run: Run | undefined;
}

export interface ClockOptions {
  /** Simulated milliseconds per real millisecond. 0 skips every delay. Default 1. */
  readonly speed?: number;
  /** Simulated time at the start, ms since the epoch. Default: the real time. */
  readonly start?: number;
  /** Real time in ms since the epoch. */
  readonly wall?: () => number;
  /** Receives what a scheduled run threw. Default: rethrown, which ends the process. */
  readonly onError?: (error: unknown) => void;
}

/** setTimeout holds its delay in a signed 32-bit number of milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * Simulated time: one queue of what is due, one real timer for its head, none when the queue is empty.
 *
 * At speed 0 a scheduled run happens on the next turn of the event loop, in order of its due time, and
 * `now()` stands still unless advanced: whatever must not happen at once then has to compare times
 * instead of scheduling.
 */
export class SimulatedClock {
  readonly #queue = new Heap<Scheduled>(
    (a, b) => a.due < b.due || (a.due === b.due && a.order < b.order),
  );
  readonly #wall: () => number;
  readonly #onError: (error: unknown) => void;
  #speed: number;
  #simulatedBase: number;
  #wallBase: number;
  #order = 0;
  #timer: NodeJS.Timeout | undefined;
  #turn: NodeJS.Immediate | undefined;
  #advancing = false;
  #closed = false;

  constructor(options: ClockOptions = {}) {
    this.#wall = options.wall ?? Date.now;
    this.#wallBase = this.#wall();
    this.#simulatedBase = options.start ?? this.#wallBase;
    this.#speed = checkedSpeed(options.speed ?? 1);
    this.#onError =
      options.onError ??
      ((error) => {
        throw error;
      });
  }

  /** Simulated milliseconds per real millisecond; 0 means that delays are skipped. */
  get speed(): number {
    return this.#speed;
  }

  /** True at speed 0. */
  get skipsDelays(): boolean {
    return this.#speed === 0;
  }

  /** Simulated time, whole ms since the epoch. */
  now(): number {
    if (this.#advancing) return this.#simulatedBase;
    return Math.floor(this.#simulatedBase + (this.#wall() - this.#wallBase) * this.#speed);
  }

  /** Real time, ms since the epoch: for the journal only. */
  wallNow(): number {
    return this.#wall();
  }

  /** @throws RangeError unless the speed is a finite number of 0 or more. */
  setSpeed(speed: number): void {
    const now = this.now();
    this.#speed = checkedSpeed(speed);
    this.#rebase(now);
    this.#arm();
  }

  /** Runs `run` once `delayMs` of simulated time have passed. It must not wait for the clock itself: schedule again. */
  after(delayMs: number, run: Run): Cancel {
    const entry: Scheduled = { due: this.now() + Math.max(0, delayMs), order: this.#order++, run };
    if (this.#closed) return () => undefined;
    this.#queue.push(entry);
    if (this.#queue.peek() === entry || this.skipsDelays) this.#arm();
    return () => {
      entry.run = undefined;
    };
  }

  /** Resolves once `delayMs` of simulated time have passed. @throws the signal's reason when aborted. */
  wait(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const abort = (): void => {
        cancel();
        reject(signal?.reason as Error);
      };
      const cancel = this.after(delayMs, () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      });
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  /** Moves the clock forward and runs everything that falls due on the way, in order, each at its own time. */
  async advance(ms: number): Promise<void> {
    if (!(ms >= 0))
      throw new RangeError('The clock only moves forward: give 0 or more milliseconds.');
    if (this.#advancing) throw new Error('The clock is already being moved.');
    const target = this.now() + ms;
    this.#rebase(this.now());
    this.#advancing = true;
    try {
      await this.#runDue(target);
    } finally {
      this.#advancing = false;
      this.#rebase(target);
      this.#arm();
    }
  }

  /** Drops everything scheduled and stops the timer. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    clearImmediate(this.#turn);
    while (this.#queue.pop() !== undefined);
  }

  async #runDue(until: number): Promise<void> {
    for (let entry = this.#takeDue(until); entry !== undefined; entry = this.#takeDue(until)) {
      this.#simulatedBase = Math.max(this.#simulatedBase, entry.due);
      await this.#run(entry);
      // Whoever waited for this moment goes on before the next one comes.
      await nextTurn();
    }
  }

  #rebase(simulated: number): void {
    this.#simulatedBase = simulated;
    this.#wallBase = this.#wall();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const head = this.#queue.peek();
    if (head === undefined || this.#advancing || this.#closed) return;
    if (this.skipsDelays) {
      this.#turn ??= setImmediate(() => {
        this.#turn = undefined;
        this.#drain(Number.POSITIVE_INFINITY);
      });
      return;
    }
    const delay = Math.ceil((head.due - this.now()) / this.#speed);
    this.#timer = setTimeout(
      () => this.#drain(this.now()),
      Math.min(LONGEST_TIMER, Math.max(0, delay)),
    );
  }

  /** Starts what is due without waiting for it: a slow receiver must not stop the clock. */
  #drain(until: number): void {
    // What the started ones schedule waits for the next turn, lest an endless chain starve the process.
    for (let left = this.#queue.size; left > 0; left--) {
      const entry = this.#takeDue(until);
      if (entry === undefined) break;
      void this.#run(entry);
    }
    this.#arm();
  }

  #takeDue(until: number): Scheduled | undefined {
    const head = this.#queue.peek();
    return head !== undefined && head.due <= until ? this.#queue.pop() : undefined;
  }

  async #run(entry: Scheduled): Promise<void> {
    try {
      await entry.run?.();
    } catch (error) {
      this.#onError(error);
    }
  }
}

function checkedSpeed(speed: number): number {
  if (!Number.isFinite(speed) || speed < 0)
    throw new RangeError('The speed is a number of 0 or more; 1 is real time.');
  return speed;
}
