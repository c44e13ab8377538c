import type { Clock } from '../../src/schedule/clock.ts';

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

/** A clock that runs like the machine's and can be moved ahead: whoever sleeps until then wakes at once. */
export class TestClock implements Clock {
  #ahead = 0;
  readonly #sleepers = new Set<Sleeper>();

  now(): Date {
    return new Date(Date.now() + this.#ahead);
  }

  /** Moves time ahead by `ms` milliseconds. */
  advance(ms: number): void {
    this.#ahead += ms;
    const now = this.now().getTime();
    for (const sleeper of this.#sleepers) if (sleeper.due <= now) sleeper.wake();
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const end = (act: () => void): void => {
        clearTimeout(timer);
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener('abort', abort);
        act();
      };
      const abort = (): void => end(() => reject(signal?.reason));
      const sleeper: Sleeper = { due: this.now().getTime() + ms, wake: () => end(resolve) };
      const timer = setTimeout(sleeper.wake, ms);
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', abort, { once: true });
    });
  }
}
