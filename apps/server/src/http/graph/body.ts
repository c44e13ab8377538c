import { type EntityType, propertyNames, type Version } from '@allotment/graph-odata';
import { Type } from 'typebox';
import { Problem } from '../../errors.ts';

/** A JSON object; what is in it is read property by property, so that an error can name the property. */
export const objectBody = Type.Object({}, { additionalProperties: true });

/**
 * The body of a request about an entity. Annotations are ignored, and so are properties that Graph knows and that
 * cannot be written; one that Graph does not know is refused, and so is a value of another type.
 */
export class EntityBody {
  readonly #properties: ReadonlyMap<string, unknown>;

  /** @throws Problem `unknownProperty` */
  constructor(body: object, type: EntityType, version: Version, also: readonly string[] = []) {
    const known = new Set(
      [...propertyNames(type, version), ...also].map((name) => name.toLowerCase()),
    );
    const properties = new Map<string, unknown>();
    for (const [name, value] of Object.entries(body)) {
      if (name.startsWith('@')) continue;
      if (!known.has(name.toLowerCase())) {
        throw new Problem(
          'badRequest',
          'unknownProperty',
          `The property '${name}' does not exist on type 'microsoft.graph.${type.name}' in ${version}.`,
          { field: name },
        );
      }
      properties.set(name.toLowerCase(), value);
    }
    this.#properties = properties;
  }

  /** A text without the space around it; undefined when it is not in the body, null when it says so. */
  text(name: string, longest = 256): string | null | undefined {
    const value = this.#properties.get(name.toLowerCase());
    if (value === undefined || value === null) return value;
    if (typeof value !== 'string') throw wrong(name, 'a text');
    if (value.length > longest) throw wrong(name, `a text of at most ${longest} characters`);
    return value.trim();
  }

  /** A text that must not be missing or null or empty. */
  requiredText(name: string, longest?: number): string {
    const value = this.text(name, longest);
    if (value === undefined || value === null || value === '') {
      throw new Problem('badRequest', 'missing', `${name} is missing.`, { field: name });
    }
    return value;
  }

  boolean(name: string): boolean | undefined {
    const value = this.#properties.get(name.toLowerCase());
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'boolean') throw wrong(name, 'true or false');
    return value;
  }

  /** One of some words, in any case. */
  member<Word extends string>(name: string, words: readonly Word[]): Word | undefined {
    const value = this.text(name);
    return value === undefined || value === null ? undefined : enumMember(name, value, words);
  }

  /** The value as it came, whatever it is. */
  get(name: string): unknown {
    return this.#properties.get(name.toLowerCase());
  }
}

/** The word a text stands for, in any case. @throws Problem `badValue` listing the words */
export function enumMember<Word extends string>(
  name: string,
  value: string,
  words: readonly Word[],
): Word {
  const word = words.find((known) => known.toLowerCase() === value.toLowerCase());
  if (word === undefined) throw wrong(name, `one of ${words.join(', ')}`);
  return word;
}

/** A value that cannot be what it should be. */
export function wrong(name: string, expected: string): Problem {
  return new Problem('badRequest', 'badValue', `${name} must be ${expected}.`, { field: name });
}

/** Only what was given: keys whose value is undefined are left out. */
export function given<Fields extends object>(
  fields: Fields,
): { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> };
}
