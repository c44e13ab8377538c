/**
 * Single changes go first: no step of a pass begins while one is being decided, so that it does not share the
 * processors with a fleet. The step that waited longest is let in between two of them.
 */
export class Turns {
  #deciding: Promise<unknown> = Promise.resolve();

  /** Decides a single change: the steps of passes that would begin meanwhile wait for its end. */
  async takeFirst<T>(act: () => Promise<T>): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#deciding = promise;
    try {
      return await act();
    } finally {
      resolve(undefined);
    }
  }

  /** Resolves when the single change being decided now, if any, has been decided or has failed. */
  async wait(): Promise<void> {
    await this.#deciding;
  }
}
