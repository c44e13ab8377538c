import { SimulatedClock } from './clock.ts';
import { Counters } from './counters.ts';
import { Faults } from './faults.ts';
import { Happenings } from './happenings.ts';
import { Journal } from './journal.ts';
import { createRandom } from './random.ts';
import type { Core, Watch } from './world.ts';

export interface CoreOptions {
  readonly seed?: number | undefined;
  readonly speed?: number | undefined;
  readonly start?: Date | undefined;
  readonly trust?: string | undefined;
  readonly watch?: Watch | undefined;
}

/** The core of one simulator. What a scheduled run throws goes to the journal as `internal.error`. */
export function createCore(options: CoreOptions = {}): Core {
  const random = createRandom(options.seed ?? 1);
  const clock = new SimulatedClock({
    speed: options.speed ?? 1,
    ...(options.start && { start: options.start.getTime() }),
    onError: (error) =>
      journal.write('internal.error', {
        message: error instanceof Error ? (error.stack ?? error.message) : String(error),
      }),
  });
  const journal = new Journal(clock);
  const strikes = new Counters();
  const surroundings = { clock, random, journal, strikes };
  return {
    ...surroundings,
    counters: new Counters(),
    faults: new Faults(surroundings),
    happenings: new Happenings(surroundings),
    trust: options.trust,
    watch: options.watch,
  };
}
