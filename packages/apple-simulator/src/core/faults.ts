import type { Static, TObject } from 'typebox';

import type { SimulatedClock } from './clock.ts';
import type { Counters } from './counters.ts';
import {
  type Fault,
  FaultError,
  type FaultKind,
  faultOf,
  type FaultRequest,
  type FaultScope,
  inScope,
} from './fault-request.ts';
import type { Journal } from './journal.ts';
import type { Random } from './random.ts';

/** A way to ask, at the place where it would strike, whether a fault of one kind strikes now. */
export interface FaultPoint<Settings> {
  /**
   * The settings of the fault that strikes, or undefined. Asking uses one of its times up.
   * @param fits passes by a fault whose settings do not fit what is at hand
   */
  strike(scope: FaultScope, fits?: (settings: Settings) => boolean): Settings | undefined;
}

/** What faults need of the core. */
export interface FaultSurroundings {
  readonly clock: SimulatedClock;
  readonly random: Random;
  readonly journal: Journal;
  /** How often which kind struck. */
  readonly strikes: Counters;
}

/** The faults that are switched on. Each part of the simulator defines the kinds it can suffer. */
export class Faults {
  readonly #kinds = new Map<string, FaultKind>();
  readonly #active = new Map<string, Fault[]>();
  readonly #surroundings: FaultSurroundings;
  readonly #random: Random;
  #count = 0;

  constructor(surroundings: FaultSurroundings) {
    this.#surroundings = surroundings;
    this.#random = surroundings.random.fork('faults');
  }

  /** Makes a kind of fault known to the controls and gives the point where it can strike. */
  define<Settings extends TObject>(kind: FaultKind<Settings>): FaultPoint<Static<Settings>> {
    if (this.#kinds.has(kind.kind)) throw new Error(`The fault "${kind.kind}" is defined twice.`);
    this.#kinds.set(kind.kind, kind);
    return {
      strike: (scope, fits) =>
        this.#strike(
          kind.kind,
          scope,
          fits && ((fault) => fits(fault.settings as Static<Settings>)),
        ) as Static<Settings> | undefined,
    };
  }

  /** @throws FaultError for an unknown kind, wrong settings or a scope the kind does not know. */
  add(request: FaultRequest): Fault {
    const kind = this.#kinds.get(request.kind);
    if (kind === undefined) {
      throw new FaultError(
        `kind: there is no fault "${request.kind}". Known: ${[...this.#kinds.keys()].join(', ')}.`,
      );
    }
    const { clock, journal } = this.#surroundings;
    const fault = faultOf(kind, request, `fault-${++this.#count}`, clock.now());
    this.#active.set(kind.kind, [...(this.#active.get(kind.kind) ?? []), fault]);
    journal.write('fault.added', { fault: faultState(fault) });
    return fault;
  }

  /** Takes faults away: one by id, all of a kind, or all. Answers how many. */
  remove(
    which: { readonly id?: string | undefined; readonly kind?: string | undefined } = {},
  ): number {
    let removed = 0;
    for (const [kind, faults] of this.#active) {
      if (which.kind !== undefined && which.kind !== kind) continue;
      const kept = which.id === undefined ? [] : faults.filter((fault) => fault.id !== which.id);
      removed += faults.length - kept.length;
      this.#keep(kind, kept);
    }
    if (removed > 0) this.#surroundings.journal.write('fault.removed', { ...which, removed });
    return removed;
  }

  /** The faults that strike now or will. */
  list(): Fault[] {
    const now = this.#surroundings.clock.now();
    return [...this.#active.values()].flat().filter(({ until }) => now < until);
  }

  kinds(): FaultKind[] {
    return [...this.#kinds.values()];
  }

  #strike(
    kind: string,
    scope: FaultScope,
    fits: (fault: Fault) => boolean = () => true,
  ): Readonly<Record<string, unknown>> | undefined {
    const faults = this.#active.get(kind);
    if (faults === undefined) return undefined;
    const { clock, journal, strikes } = this.#surroundings;
    const now = clock.now();
    for (const fault of faults) {
      if (now < fault.from || now >= fault.until || !inScope(fault.scope, scope)) continue;
      if (!fits(fault)) continue;
      if (!this.#random.chance(fault.probability)) continue;
      fault.struck++;
      strikes.add(kind, scope['location']);
      journal.write('fault.struck', { id: fault.id, fault: kind, ...scope });
      this.#keep(
        kind,
        faults.filter(({ times, struck, until }) => now < until && struck < (times ?? Infinity)),
      );
      return fault.settings;
    }
    return undefined;
  }

  #keep(kind: string, faults: Fault[]): void {
    if (faults.length === 0) this.#active.delete(kind);
    else this.#active.set(kind, faults);
  }
}

/** A fault as the controls and the journal show it. */
export function faultState({ from, until, ...fault }: Fault): object {
  return {
    ...fault,
    from: new Date(from).toISOString(),
    ...(Number.isFinite(until) && { until: new Date(until).toISOString() }),
  };
}
