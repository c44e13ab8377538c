import { build } from 'plist';
import type { PlistDictionary } from './values.ts';

/**
 * Encodes a dictionary as an XML property list in UTF-8.
 * @throws Error when a string holds a character XML cannot carry.
 */
export function writePlist(dictionary: PlistDictionary): Buffer {
  // The package writes bigint but does not say so in its types.
  const value = dictionary as Parameters<typeof build>[0];
  return Buffer.from(build(value, { pretty: true, indent: '\t' }), 'utf8');
}
