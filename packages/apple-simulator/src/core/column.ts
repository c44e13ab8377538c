type Numbers = Uint8Array | Uint32Array | Float64Array;
type Kind = new (length: number) => Numbers;

const FIRST_CAPACITY = 16;

/** A list of numbers that grows at its end, packed as tightly as its kind of array. */
export class Column {
  readonly #kind: Kind;
  #values: Numbers;
  #length = 0;

  /** @param kind for example Uint32Array */
  constructor(kind: Kind) {
    this.#kind = kind;
    this.#values = new kind(FIRST_CAPACITY);
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new this.#kind(Math.ceil(this.#values.length * 1.5));
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }

  /** The value at an index below `length`. */
  at(index: number): number {
    return this.#values[index] as number;
  }

  set(index: number, value: number): void {
    this.#values[index] = value;
  }
}

/** The first index from 0 to `length` at which the test holds, given that it holds from there on. */
export function firstWhere(length: number, test: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (test(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
