import { setTimeout as delay } from 'node:timers/promises';

/** The one clock of the program (Law 12). Times are UTC. */
export interface Clock {
  now(): Date;
  /** Resolves after `ms` milliseconds of this clock. @throws the signal's reason when aborted */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => new Date(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal === undefined ? undefined : { signal });
  },
};
