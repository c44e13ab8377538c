import { type Plan, type Scratch, isBetter } from './search.ts';

/** A plan that saves less than another promised is taken all the same up to this share: looking on costs more than it brings. */
const tolerance = 1 / 3;

/** Steps spent on pieces not yet looked at before a plan is chosen: where there are many, the first will do. */
const stepsOnNew = 1_000_000;

/** The best plan known for each piece that may begin one; looked for again only when it may have changed. */
export class Plans {
  readonly #search: (seed: number) => Plan | undefined;
  readonly #scratch: Scratch;
  readonly #plans: (Plan | undefined)[];
  readonly #stale = new Set<number>();
  /** Pieces before this one were looked at. */
  #looked = 0;

  constructor(pieces: number, scratch: Scratch, search: (seed: number) => Plan | undefined) {
    this.#search = search;
    this.#scratch = scratch;
    this.#plans = Array.from({ length: pieces });
  }

  /**
   * The best of the plans known, or none when none saves a request or the steps are used up. One that fills its request
   * is taken without looking on. Pieces without a plan are looked at once more before giving up: as others shrink, less
   * may be needed to save a request.
   */
  best(): Plan | undefined {
    let fruitless = 0;
    while (this.#scratch.steps > 0) {
      const plan = this.#lookAtSome() ?? this.#bestKnown();
      if (plan !== undefined) return plan;
      if (this.#looked < this.#plans.length) continue;
      if (fruitless > 0) return undefined;
      fruitless += 1;
      this.#looked = 0;
    }
    return undefined;
  }

  /** Cells of these pieces were taken: the plans with one of them are to be looked for again. */
  changed(pieces: readonly number[]): void {
    const touched = new Set(pieces);
    for (const [seed, plan] of this.#plans.entries()) {
      if (plan?.pieces.some((piece) => touched.has(piece)) === true) this.#stale.add(seed);
    }
  }

  /** Looks at pieces not yet looked at, up to one with a full plan, which is looked at again the next time. */
  #lookAtSome(): Plan | undefined {
    const until = Math.max(0, this.#scratch.steps - stepsOnNew);
    while (this.#looked < this.#plans.length && this.#scratch.steps > until) {
      const plan = this.#look(this.#looked);
      if (plan?.full === true) return plan;
      this.#looked += 1;
    }
    return undefined;
  }

  #look(seed: number): Plan | undefined {
    const plan = this.#search(seed);
    this.#plans[seed] = plan;
    this.#stale.delete(seed);
    return plan;
  }

  #bestKnown(): Plan | undefined {
    while (this.#scratch.steps > 0) {
      const seed = this.#first();
      const plan = seed === undefined ? undefined : this.#plans[seed];
      if (seed === undefined || plan === undefined) return undefined;
      if (!this.#stale.has(seed)) return plan;
      const fresh = this.#look(seed);
      const less = plan.saved - (fresh?.saved ?? 0);
      if (fresh?.full === true || (plan.saved > 1 && less <= tolerance * plan.saved)) return fresh;
    }
    return undefined;
  }

  /** The piece whose plan, as far as is known, is the best. */
  #first(): number | undefined {
    let first: number | undefined;
    let best: Plan | undefined;
    for (const [seed, plan] of this.#plans.entries()) {
      if (plan === undefined || (best !== undefined && !isBetter(plan, best))) continue;
      first = seed;
      best = plan;
    }
    this.#scratch.steps -= this.#plans.length;
    return first;
  }
}
