import { FaultError, type FaultKind, type FaultRequest } from './fault-request.ts';
import { createRandom, type Random } from './random.ts';

/** A kind of fault that a schedule may use; what it leaves out is drawn. */
export type ScheduledKind = Omit<FaultRequest, 'afterSeconds' | 'forSeconds'>;

export interface ScheduleRequest {
  /** The same seed and the same kinds give the same schedule. */
  readonly seed: number;
  /** Simulated seconds from now in which everything happens; afterwards all is well again. */
  readonly seconds: number;
  /** How many faults; every kind comes once before one comes twice. */
  readonly count: number;
  readonly kinds: readonly ScheduledKind[];
}

/** Times a fault strikes, unless the schedule says otherwise. */
const TIMES = [1, 3] as const;

/**
 * Draws faults over a stretch of time: when each begins, how long it lasts, how often it strikes.
 * @param known every kind there is
 * @param happens whether a kind happens by itself, once, instead of lasting
 * @throws FaultError when a kind is unknown
 */
export function drawSchedule(
  { seed, seconds, count, kinds }: ScheduleRequest,
  known: readonly FaultKind[],
  happens: (kind: string) => boolean,
): FaultRequest[] {
  const random = createRandom(seed);
  const byName = new Map(known.map((kind) => [kind.kind, kind]));
  const stranger = kinds.find(({ kind }) => !byName.has(kind));
  if (stranger !== undefined) {
    throw new FaultError(
      `kinds: there is no fault "${stranger.kind}". Known: ${[...byName.keys()].join(', ')}.`,
    );
  }
  let order: ScheduledKind[] = [];
  return Array.from({ length: count }, () => {
    if (order.length === 0) order = shuffled(kinds, random);
    const wanted = order.pop() as ScheduledKind;
    const drawn = byName.get(wanted.kind)?.draw?.(random);
    const afterSeconds = random.next() * seconds;
    const lasting = !happens(wanted.kind);
    return {
      ...(drawn && { settings: drawn }),
      ...(lasting && { times: random.integer(...TIMES) }),
      ...wanted,
      afterSeconds,
      ...(lasting && { forSeconds: (0.3 + 0.7 * random.next()) * (seconds - afterSeconds) }),
    };
  });
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  return items
    .map((item) => ({ item, order: random.next() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}
