import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { isDictionary, type PlistDictionary, type PlistValue } from '../plist/values.ts';

/** Apple's systems, as its files name them. */
export type AppleSystem = 'iOS' | 'macOS' | 'tvOS' | 'visionOS' | 'watchOS';

/** Since when each system knows something; `n/a`: it does not. */
type Support = Partial<
  Record<AppleSystem, { introduced?: string; userenrollment?: { mode?: string } }>
>;

/** Apple's description of one key. */
export interface SchemaKey {
  key: string;
  type: string;
  presence?: 'required' | 'optional';
  rangelist?: unknown[];
  format?: string;
  subkeys?: SchemaKey[];
  supportedOS?: Support;
}

/** Apple's description of a message, a command or a payload. */
export interface Schema {
  payload: { requesttype?: string; payloadtype?: string; supportedOS?: Support };
  payloadkeys: SchemaKey[];
  responsekeys?: SchemaKey[];
}

/**
 * Reads one of Apple's files.
 *
 * @param folder of check-ins, commands or profiles, as Apple publishes them
 */
export function readSchema(folder: string, file: string): Schema {
  const schema = parse(readFileSync(join(folder, file), 'utf8')) as Omit<Schema, 'payloadkeys'> &
    Partial<Schema>;
  // A command without arguments has no keys.
  return { ...schema, payloadkeys: schema.payloadkeys ?? [] };
}

/** Apple's files of a folder, by the name of the request they describe. */
export function readSchemas(folder: string): ReadonlyMap<string, Schema> {
  return new Map(
    readdirSync(folder).flatMap((file) => {
      const schema = readSchema(folder, file);
      const name = schema.payload.requesttype;
      return name === undefined ? [] : [[name, schema] as const];
    }),
  );
}

/** Everything in which a dictionary departs from Apple's description of it; `ignored` keys may be there. */
export function departures(
  dictionary: PlistDictionary,
  keys: readonly SchemaKey[],
  ignored: readonly string[] = [],
  path = '',
): string[] {
  const known = new Map(keys.map((key) => [key.key, key]));
  const any = [...known.values()].find((key) => key.key.startsWith('ANY'));
  const missing = keys
    .filter((key) => key.presence === 'required' && existsOnIos(key) && !key.key.startsWith('ANY'))
    .filter((key) => !(key.key in dictionary))
    .map((key) => `${path}${key.key} is missing`);
  const wrong = Object.entries(dictionary)
    .filter(([name]) => !ignored.includes(name))
    .flatMap(([name, value]) => {
      const key = known.get(name) ?? any;
      return key ? departuresOf(value, key, `${path}${name}`) : [`${path}${name} is unknown`];
    });
  return [...missing, ...wrong];
}

/** Everything in a dictionary that a system does not know, though another of Apple's does. */
export function unknownTo(
  system: AppleSystem,
  dictionary: PlistDictionary,
  keys: readonly SchemaKey[],
  path = '',
): string[] {
  return keys.flatMap((key) => {
    const value = dictionary[key.key];
    if (value === undefined) return [];
    if (key.supportedOS?.[system]?.introduced === 'n/a')
      return [`${path}${key.key} does not exist on ${system}`];
    return isDictionary(value) && key.subkeys
      ? unknownTo(system, value, key.subkeys, `${path}${key.key}.`)
      : [];
  });
}

function existsOnIos(key: SchemaKey): boolean {
  const ios = key.supportedOS?.iOS;
  return ios?.introduced !== 'n/a' && ios?.userenrollment?.mode !== 'required';
}

function departuresOf(value: PlistValue, key: SchemaKey, path: string): string[] {
  if (!hasType(value, key.type)) return [`${path} is no ${key.type}`];
  if (key.rangelist && !key.rangelist.includes(value)) return [`${path} is not in its range`];
  if (key.format && typeof value === 'string' && !new RegExp(key.format).test(value))
    return [`${path} does not match ${key.format}`];
  if (isDictionary(value) && key.subkeys) return departures(value, key.subkeys, [], `${path}.`);
  if (Array.isArray(value)) {
    const { subkeys = [] } = key;
    return value.flatMap((entry, index) => departuresOfEntry(entry, subkeys, `${path}[${index}]`));
  }
  return [];
}

/** Where a list can hold several kinds of things, as that of Settings does, an entry is compared with the nearest. */
function departuresOfEntry(value: PlistValue, kinds: readonly SchemaKey[], path: string): string[] {
  const [nearest = []] = kinds
    .map((kind) => departuresOfItem(value, kind, path))
    .toSorted((one, other) => one.length - other.length);
  return nearest;
}

/** DeviceInformation lists its allowed query names as subkeys of a string. */
function departuresOfItem(value: PlistValue, item: SchemaKey, path: string): string[] {
  if (typeof value === 'string' && item.subkeys)
    return item.subkeys.some((key) => key.key === value) ? [] : [`${path} is unknown`];
  return departuresOf(value, item, path);
}

function hasType(value: PlistValue, type: string): boolean {
  switch (type) {
    case '<string>':
      return typeof value === 'string';
    case '<integer>':
      return typeof value === 'bigint' || Number.isSafeInteger(value);
    case '<real>':
      return typeof value === 'number';
    case '<boolean>':
      return typeof value === 'boolean';
    case '<data>':
      return value instanceof Uint8Array;
    case '<date>':
      return value instanceof Date;
    case '<array>':
      return Array.isArray(value);
    case '<dictionary>':
      return isDictionary(value);
    case '<any>':
      return true;
    default:
      return false;
  }
}
