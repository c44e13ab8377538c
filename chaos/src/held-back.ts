import { setTimeout as pause } from 'node:timers/promises';
import type { Http } from './http.ts';

/** Real time for which the fault `request.slow` holds a request back at most. */
const longestMs = 1_500;

interface Struck {
  readonly seq: number;
  readonly fault?: string;
  readonly wallTime: string;
}

/**
 * The requests that Apple in a box holds back in real time. The clock of a schedule waits for them: hours could pass
 * otherwise while one is on its way, and then it was carried out long after everybody had to take it for lost.
 */
export class HeldBack {
  readonly #apple: Http;
  #seq = 0;
  #until = 0;

  constructor(apple: Http) {
    this.#apple = apple;
  }

  /** Resolves when none is held back any more. */
  async over(): Promise<void> {
    const text = await this.#apple.text(
      'GET',
      `/_control/journal?kind=fault.struck&since=${this.#seq}`,
    );
    for (const line of text.split('\n').filter((one) => one !== '')) {
      const struck = JSON.parse(line) as Struck;
      this.#seq = struck.seq;
      if (struck.fault === 'request.slow') this.#until = Date.parse(struck.wallTime) + longestMs;
    }
    await pause(Math.max(0, this.#until - Date.now()));
  }
}
