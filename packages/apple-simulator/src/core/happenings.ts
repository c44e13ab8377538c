import type { Static, TObject } from 'typebox';

import type { Cancel } from './clock.ts';
import {
  type Fault,
  FaultError,
  type FaultKind,
  faultOf,
  type FaultRequest,
  type FaultScope,
} from './fault-request.ts';
import { faultState, type FaultSurroundings } from './faults.ts';
import type { Random } from './random.ts';

/** A fault that happens by itself at a time, instead of striking something that passes by. */
export interface HappeningKind<Settings extends TObject = TObject> extends FaultKind<Settings> {
  /** Lets it happen. Answers whom it hit; undefined: nobody was there to be hit. */
  happen(
    settings: Static<Settings>,
    scope: FaultScope,
    random: Random,
  ): FaultScope | undefined | Promise<FaultScope | undefined>;
}

interface Pending extends Fault {
  readonly cancels: Cancel[];
  left: number;
}

/** What happens by itself, now or later: each a number of times, once unless asked otherwise. */
export class Happenings {
  readonly #kinds = new Map<string, HappeningKind>();
  readonly #pending = new Map<string, Pending>();
  readonly #surroundings: FaultSurroundings;
  readonly #random: Random;
  #count = 0;

  constructor(surroundings: FaultSurroundings) {
    this.#surroundings = surroundings;
    this.#random = surroundings.random.fork('happenings');
  }

  define<Settings extends TObject>(kind: HappeningKind<Settings>): void {
    if (this.#kinds.has(kind.kind)) throw new Error(`"${kind.kind}" is defined twice.`);
    this.#kinds.set(kind.kind, kind);
  }

  knows(kind: string): boolean {
    return this.#kinds.has(kind);
  }

  kinds(): HappeningKind[] {
    return [...this.#kinds.values()];
  }

  list(): Fault[] {
    return [...this.#pending.values()].map(({ cancels: _cancels, left: _left, ...fault }) => fault);
  }

  /**
   * Lets it happen at once, or later: all times at the beginning, or at moments drawn until the end.
   * Resolves once what was to happen at once has happened.
   * @throws FaultError for an unknown kind, wrong settings or a scope the kind does not know
   */
  async add(request: FaultRequest): Promise<Fault> {
    const kind = this.#kinds.get(request.kind);
    if (kind === undefined) throw new FaultError(`kind: nothing like "${request.kind}" happens.`);
    const { clock, journal } = this.#surroundings;
    const now = clock.now();
    const fault = faultOf(kind, request, `happening-${++this.#count}`, now);
    const left = fault.times ?? 1;
    const pending: Pending = { ...fault, cancels: [], left };
    this.#pending.set(pending.id, pending);
    journal.write('fault.added', { fault: faultState(fault) });
    const length = Number.isFinite(fault.until) ? fault.until - fault.from : 0;
    for (let time = 0; time < left; time++) {
      const at = fault.from + Math.floor(this.#random.next() * length);
      if (at > now) {
        pending.cancels.push(clock.after(at - now, () => this.#happen(kind, pending)));
      } else {
        await this.#happen(kind, pending);
      }
    }
    return fault;
  }

  /** Takes back what has not happened yet: one by id, all of a kind, or all. Answers how many. */
  remove(
    which: { readonly id?: string | undefined; readonly kind?: string | undefined } = {},
  ): number {
    const removed = [...this.#pending.values()].filter(
      ({ id, kind }) => id === (which.id ?? id) && kind === (which.kind ?? kind),
    );
    for (const { id, cancels } of removed) {
      for (const cancel of cancels) cancel();
      this.#pending.delete(id);
    }
    if (removed.length > 0) {
      this.#surroundings.journal.write('fault.removed', { ...which, removed: removed.length });
    }
    return removed.length;
  }

  async #happen(kind: HappeningKind, pending: Pending): Promise<void> {
    if (--pending.left === 0) this.#pending.delete(pending.id);
    if (!this.#random.chance(pending.probability)) return;
    const hit = await kind.happen(pending.settings, pending.scope, this.#random);
    if (hit === undefined) return;
    const { journal, strikes } = this.#surroundings;
    pending.struck++;
    strikes.add(kind.kind, hit['location']);
    journal.write('fault.struck', { id: pending.id, fault: kind.kind, ...hit });
  }
}
