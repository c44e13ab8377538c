import { isDictionary, type PlistDictionary, type PlistValue } from './plist.ts';

/** A key that is missing or has the wrong type; the message names it. */
export class FieldError extends Error {
  override readonly name = 'FieldError';
}

interface Kinds {
  string: string;
  integer: number;
  boolean: boolean;
  data: Uint8Array;
  dictionary: PlistDictionary;
  array: PlistValue[];
  strings: string[];
}

const CHECKS: { readonly [Kind in keyof Kinds]: (value: PlistValue) => value is Kinds[Kind] } = {
  string: (value) => typeof value === 'string',
  integer: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
  data: (value) => value instanceof Uint8Array,
  dictionary: isDictionary,
  array: (value) => Array.isArray(value),
  strings: (value): value is string[] =>
    Array.isArray(value) && value.every((item) => typeof item === 'string'),
};

/** Reads the keys of a dictionary with their types, and remembers which were asked for. */
export class PlistFields {
  readonly #dictionary: PlistDictionary;
  readonly #path: string;
  readonly #asked = new Set<string>();

  /** @param path how messages name the dictionary, for example `com.apple.mdm` */
  constructor(dictionary: PlistDictionary, path: string) {
    this.#dictionary = dictionary;
    this.#path = path;
  }

  /** Whatever the key holds, without asking for it. */
  value(key: string): PlistValue | undefined {
    return this.#dictionary[key];
  }

  /** @throws FieldError when the key is missing or of another type */
  required<Kind extends keyof Kinds>(key: string, kind: Kind): Kinds[Kind] {
    const value = this.optional(key, kind);
    if (value === undefined) throw this.wrong(key, `is missing; it must be of type ${kind}`);
    return value;
  }

  /** @throws FieldError when the key is there with another type */
  optional<Kind extends keyof Kinds>(key: string, kind: Kind): Kinds[Kind] | undefined {
    this.#asked.add(key);
    const value = this.#dictionary[key];
    if (value === undefined) return undefined;
    if (!CHECKS[kind](value)) throw this.wrong(key, `must be of type ${kind}`);
    return value;
  }

  /** The keys that are there and that nobody asked for. */
  unknownKeys(): string[] {
    return Object.keys(this.#dictionary)
      .filter((key) => !this.#asked.has(key))
      .map((key) => `${this.#path}.${key}`);
  }

  /** An error about one key, to be thrown by the caller. */
  wrong(key: string, problem: string): FieldError {
    return new FieldError(`${this.#path}.${key} ${problem}.`);
  }
}
