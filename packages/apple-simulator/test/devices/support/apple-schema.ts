import { existsSync, readFileSync } from 'node:fs';

import { parse } from 'yaml';

import {
  PlistReal,
  isDictionary,
  type PlistDictionary,
  type PlistValue,
} from '../../../src/devices/messages/plist.ts';

const SCHEMAS = new URL('../../../../../../shared/reference/apple-schemas/mdm/', import.meta.url);

/** Whether Apple's schema files lie beside the repository. */
export const schemasArePresent = existsSync(SCHEMAS);

interface Support {
  readonly introduced?: string;
  readonly devicechannel?: boolean;
  readonly userenrollment?: { readonly mode?: string };
}

/** A key of Apple's schema (github.com/apple/device-management, docs/schema.yaml). */
interface SchemaKey {
  readonly key: string;
  readonly type: string;
  readonly presence?: 'required' | 'optional';
  readonly rangelist?: readonly unknown[];
  readonly subkeys?: readonly SchemaKey[];
  readonly supportedOS?: Readonly<Record<string, Support>>;
}

/** @param file for example `commands/profile.list.yaml` @param part which of its lists of keys */
export function schemaKeys(file: string, part: 'payloadkeys' | 'responsekeys'): SchemaKey[] {
  const schema = parse(readFileSync(new URL(file, SCHEMAS), 'utf8')) as Record<string, SchemaKey[]>;
  return schema[part] ?? [];
}

/**
 * What in a dictionary goes against Apple's schema for a device enrollment on iOS: missing, unknown or
 * wrongly typed keys, values out of range.
 * @param optional keys that devices leave out although the schema calls them required
 */
export function violations(
  keys: readonly SchemaKey[],
  dictionary: PlistDictionary,
  optional: readonly string[] = [],
  path = '',
): string[] {
  const wanted = keys.filter(applies);
  const missing = wanted
    .filter(({ key, presence }) => presence === 'required' && !optional.includes(key))
    .filter(({ key }) => !key.startsWith('ANY') && !(key in dictionary))
    .map(({ key }) => `${path}${key} is missing`);
  const wrong = Object.entries(dictionary).flatMap(([name, value]) => {
    const schema = wanted.find(({ key }) => key === name || key.startsWith('ANY'));
    if (schema === undefined) return [`${path}${name} is unknown`];
    return wrongValue(schema, value, optional, `${path}${name}`);
  });
  return [...missing, ...wrong];
}

function wrongValue(
  { type, rangelist, subkeys = [] }: SchemaKey,
  value: PlistValue,
  optional: readonly string[],
  path: string,
): string[] {
  if (type !== '<any>' && type !== typeOf(value))
    return [`${path} is ${typeOf(value)}, not ${type}`];
  if (rangelist !== undefined && !rangelist.includes(value)) return [`${path} is out of range`];
  if (isDictionary(value) && subkeys.length > 0)
    return violations(subkeys, value, optional, `${path}.`);
  const [item] = subkeys;
  if (!Array.isArray(value) || item === undefined) return [];
  return value.flatMap((entry, position) =>
    wrongValue(item, entry, optional, `${path}[${position}]`),
  );
}

function applies({ supportedOS }: SchemaKey): boolean {
  const support = supportedOS?.['iOS'];
  return (
    support?.introduced !== 'n/a' &&
    support?.devicechannel !== false &&
    support?.userenrollment?.mode !== 'required'
  );
}

function typeOf(value: PlistValue): string {
  if (value instanceof PlistReal) return '<real>';
  if (value instanceof Date) return '<date>';
  if (value instanceof Uint8Array) return '<data>';
  if (Array.isArray(value)) return '<array>';
  if (typeof value === 'number') return '<integer>';
  return typeof value === 'object' ? '<dictionary>' : `<${typeof value}>`;
}
