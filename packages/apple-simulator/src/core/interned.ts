/** Things that many rows name, each under a number from 0 on. */
export class Interned<T> {
  readonly #numbers = new Map<T, number>();
  readonly #things: T[] = [];

  /** The number of a thing; a new thing gets the next one. */
  numberOf(thing: T): number {
    const known = this.#numbers.get(thing);
    if (known !== undefined) return known;
    this.#numbers.set(thing, this.#things.length);
    return this.#things.push(thing) - 1;
  }

  /** The number of a thing that has one. */
  find(thing: T): number | undefined {
    return this.#numbers.get(thing);
  }

  /** @throws RangeError when no thing has the number */
  at(number: number): T {
    if (number >= this.#things.length) throw new RangeError(`Nothing has the number ${number}.`);
    return this.#things[number] as T;
  }

  get size(): number {
    return this.#things.length;
  }
}
