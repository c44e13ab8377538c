import { MessageError } from '../errors.ts';
import type { PlistDictionary, PlistValue } from '../plist/values.ts';

// oxlint-disable-next-line no-control-regex -- refused in names and identifiers
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f]/;

function invalid(name: string, remedy: string): MessageError {
  return new MessageError('invalidField', `${name} ${remedy}`);
}

function present(dictionary: PlistDictionary, name: string): PlistValue {
  const value = dictionary[name];
  if (value === undefined) throw invalid(name, 'is missing');
  return value;
}

/** A text the message cannot do without: not empty, one line, at most `limit` characters. */
export function requiredText(dictionary: PlistDictionary, name: string, limit = 256): string {
  const value = present(dictionary, name);
  if (typeof value !== 'string') throw invalid(name, 'must be a string');
  if (value === '' || value.length > limit || CONTROL_CHARACTERS.test(value))
    throw invalid(name, `must have 1 to ${limit} characters and no control characters`);
  return value;
}

/** Bytes the message cannot do without. */
export function requiredData(dictionary: PlistDictionary, name: string, limit: number): Buffer {
  const value = present(dictionary, name);
  if (!(value instanceof Uint8Array)) throw invalid(name, 'must be data');
  if (value.byteLength === 0 || value.byteLength > limit)
    throw invalid(name, `must have 1 to ${limit} bytes`);
  return Buffer.from(value);
}

// What follows reads what devices leave out or get wrong without harm: anything else is undefined.

export function text(dictionary: PlistDictionary, name: string, limit = 1024): string | undefined {
  const value = dictionary[name];
  return typeof value === 'string' && value !== '' && value.length <= limit ? value : undefined;
}

export function integer(dictionary: PlistDictionary, name: string): number | undefined {
  const value = dictionary[name];
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
}

export function number(dictionary: PlistDictionary, name: string): number | undefined {
  const value = dictionary[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

export function flag(dictionary: PlistDictionary, name: string): boolean | undefined {
  const value = dictionary[name];
  return typeof value === 'boolean' ? value : undefined;
}

export function data(dictionary: PlistDictionary, name: string, limit: number): Buffer | undefined {
  const value = dictionary[name];
  return value instanceof Uint8Array && value.byteLength > 0 && value.byteLength <= limit
    ? Buffer.from(value)
    : undefined;
}
