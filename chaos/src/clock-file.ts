import { closeSync, openSync, readSync, writeFileSync, writeSync } from 'node:fs';
import type { Clock } from '../../apps/server/src/schedule/clock.ts';

const bytes = 8;

/**
 * The time of a schedule, in a file of eight bytes: milliseconds since the epoch. Whoever was stopped, killed or
 * started anew reads the right time at the first look, as a machine's clock would show it; messages would come later.
 */
export class ClockHand {
  readonly file: string;
  readonly #descriptor: number;
  #now: number;

  constructor(file: string, start: Date) {
    this.file = file;
    this.#now = start.getTime();
    writeFileSync(file, encode(this.#now));
    this.#descriptor = openSync(file, 'r+');
  }

  /** Simulated ms since the epoch. */
  get now(): number {
    return this.#now;
  }

  /** Moves the time on for everybody who reads the file. */
  advance(ms: number): void {
    this.#now += ms;
    writeSync(this.#descriptor, encode(this.#now), 0, bytes, 0);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

function encode(ms: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.writeDoubleLE(ms);
  return buffer;
}

/** How often sleepers look at the clock, in real milliseconds. */
const lookMs = 3;

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

/** The clock of a server in a schedule: it stands still until the file says otherwise. */
export class FileClock implements Clock {
  readonly #descriptor: number;
  readonly #buffer = Buffer.alloc(bytes);
  readonly #sleepers = new Set<Sleeper>();
  readonly #looking: NodeJS.Timeout;

  constructor(file: string) {
    this.#descriptor = openSync(file, 'r');
    this.#looking = setInterval(() => this.#wakeDue(), lookMs);
  }

  close(): void {
    clearInterval(this.#looking);
    closeSync(this.#descriptor);
  }

  now(): Date {
    readSync(this.#descriptor, this.#buffer, 0, bytes, 0);
    return new Date(this.#buffer.readDoubleLE());
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const end = (act: () => void): void => {
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener('abort', abort);
        act();
      };
      const abort = (): void => end(() => reject(signal?.reason));
      const sleeper: Sleeper = { due: this.now().getTime() + ms, wake: () => end(resolve) };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  #wakeDue(): void {
    const now = this.now().getTime();
    for (const sleeper of this.#sleepers) if (sleeper.due <= now) sleeper.wake();
  }
}
