/** Whole numbers by name, for all together and for each scope (a location's uId, a device's serial number). */
export class Counters {
  readonly #total = new Map<string, number>();
  readonly #scopes = new Map<string, Map<string, number>>();

  /** Counts `by` (default 1) under `name`, in the total and in the scope when one is given. */
  add(name: string, scope?: string, by = 1): void {
    increase(this.#total, name, by);
    if (scope === undefined) return;
    let counts = this.#scopes.get(scope);
    if (counts === undefined) this.#scopes.set(scope, (counts = new Map()));
    increase(counts, name, by);
  }

  /** What was counted under `name`: in the scope, or in total. */
  get(name: string, scope?: string): number {
    const counts = scope === undefined ? this.#total : this.#scopes.get(scope);
    return counts?.get(name) ?? 0;
  }

  /** All counts of a scope, or the totals, as a plain object. */
  snapshot(scope?: string): Record<string, number> {
    const counts = scope === undefined ? this.#total : this.#scopes.get(scope);
    return Object.fromEntries(counts ?? []);
  }
}

function increase(counts: Map<string, number>, name: string, by: number): void {
  counts.set(name, (counts.get(name) ?? 0) + by);
}
