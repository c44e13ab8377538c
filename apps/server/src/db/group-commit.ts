interface Waiting<T, R> {
  readonly item: T;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

export interface GroupCommitOptions<T, R> {
  /** So many are stored together at most. */
  readonly atOnce: number;
  /** Stores a set, whole or not at all. @returns what became of each, in order */
  readonly store: (items: readonly T[]) => Promise<readonly R[]>;
  /** Whether an error lies in what was to be stored: then the others of its set are stored without it. */
  readonly isFaultOfItem: (error: unknown) => boolean;
}

/**
 * Stores single things in sets: what arrives while a set is being stored is stored by the next statement, together.
 * One that arrives alone does not wait. Everybody is answered after the commit of their own.
 */
export class GroupCommit<T, R> {
  readonly #options: GroupCommitOptions<T, R>;
  #waiting: Waiting<T, R>[] = [];
  #storing = false;

  constructor(options: GroupCommitOptions<T, R>) {
    this.#options = options;
  }

  /** Resolves when it is stored. @throws what storing it threw: it is not stored then, as far as is known */
  async add(item: T): Promise<R> {
    const { promise, resolve, reject } = Promise.withResolvers<R>();
    this.#waiting.push({ item, resolve, reject });
    if (!this.#storing) void this.#storeAll();
    return promise;
  }

  /** Never throws: whoever added something is told. */
  async #storeAll(): Promise<void> {
    this.#storing = true;
    while (this.#waiting.length > 0)
      await this.#storeSet(this.#waiting.splice(0, this.#options.atOnce));
    this.#storing = false;
  }

  async #storeSet(set: readonly Waiting<T, R>[]): Promise<void> {
    const { store, isFaultOfItem } = this.#options;
    let results: readonly R[];
    try {
      results = await store(set.map(({ item }) => item));
    } catch (error) {
      if (set.length > 1 && isFaultOfItem(error))
        for (const one of set) await this.#storeSet([one]);
      else for (const { reject } of set) reject(error);
      return;
    }
    for (const [index, { resolve, reject }] of set.entries()) {
      const result = results[index];
      if (result === undefined) reject(new Error('It is not known whether it was stored.'));
      else resolve(result);
    }
  }
}
