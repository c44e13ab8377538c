import { MessageError } from '../errors.ts';
import { decodeData, decodeDate, decodeInteger, decodeReal, decodeText } from './scalars.ts';
import type { PlistDictionary, PlistValue } from './values.ts';

export interface PlistLimits {
  bytes: number;
  /** Nesting of dictionaries and arrays. */
  depth: number;
  /** Values and keys together. */
  elements: number;
}

/** Room for the app list of a device with thousands of apps (about 520 bytes an app). */
export const DEFAULT_PLIST_LIMITS: PlistLimits = {
  bytes: 4 * 1024 * 1024,
  depth: 32,
  elements: 200_000,
};

// oxlint-disable-next-line no-control-regex -- these are the characters XML 1.0 forbids
const FORBIDDEN_CHARACTERS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
const XML_DECLARATION = /^<\?xml([^<>?]{0,200})\?>/;
const DOCTYPE_WITHOUT_SUBSET =
  /^<!DOCTYPE\s+plist(?:\s+(?:PUBLIC|SYSTEM))?(?:\s+"[^"<>[\]]*")*\s*>/;
const TAG = /<(\/?)([a-z]{1,10})[ \t\r\n]*(\/?)>/y;
const SPACE = /[ \t\r\n]+/y;
const ROOT = /^<plist(?:\s+version\s*=\s*(?:"[^"<>]*"|'[^'<>]*'))?\s*>/;

const BINARY_MAGIC = Buffer.from('bplist');

interface Tag {
  name: string;
  kind: 'open' | 'close' | 'empty';
}

/**
 * Reads an XML property list.
 *
 * Not done with the `plist` package, because its XML parser writes what a stranger sent to the
 * console, lets undefined entities through, and knows no limits; this reader takes the strict
 * subset Apple's own writer produces, in one pass and linear time.
 *
 * @param body the bytes as they came
 * @returns the root value, dictionaries without a prototype
 * @throws MessageError when the bytes are anything else
 */
export function readPlist(body: Uint8Array, limits = DEFAULT_PLIST_LIMITS): PlistValue {
  if (body.byteLength > limits.bytes)
    throw new MessageError('tooLarge', `the body is larger than ${limits.bytes} bytes`);
  if (BINARY_MAGIC.equals(body.subarray(0, BINARY_MAGIC.length)))
    throw new MessageError(
      'binaryPlist',
      'the body is a binary property list; MDM messages are XML property lists',
    );
  return new PlistReader(decodeUtf8(body), limits).read();
}

function decodeUtf8(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch (cause) {
    throw new MessageError('notUtf8', 'the body is not UTF-8 text', { cause });
  }
}

class PlistReader {
  readonly #text: string;
  readonly #limits: PlistLimits;
  #position = 0;
  #elements = 0;

  constructor(text: string, limits: PlistLimits) {
    this.#text = text;
    this.#limits = limits;
  }

  read(): PlistValue {
    if (FORBIDDEN_CHARACTERS.test(this.#text))
      throw this.#malformed('it holds a character XML does not allow');
    this.#readProlog();
    const value = this.#readValue(this.#readTag(), 0);
    this.#expectClose('plist');
    this.#skipSpace();
    if (this.#position !== this.#text.length)
      throw this.#malformed('something follows the closing </plist>');
    return value;
  }

  #readProlog(): void {
    this.#skipSpace();
    const encoding = /encoding\s*=\s*["']([^"']*)["']/.exec(this.#take(XML_DECLARATION) ?? '')?.[1];
    if (encoding !== undefined && !/^(?:utf-8|us-ascii)$/i.test(encoding))
      throw new MessageError('notUtf8', 'the body declares another encoding than UTF-8');
    this.#skipSpace();
    if (this.#text.startsWith('<!DOCTYPE', this.#position) && !this.#take(DOCTYPE_WITHOUT_SUBSET))
      throw new MessageError('forbiddenMarkup', 'the DOCTYPE defines things of its own');
    this.#skipSpace();
    if (!this.#take(ROOT)) throw this.#malformed('it does not begin with <plist>');
  }

  #readValue(tag: Tag, depth: number): PlistValue {
    if (tag.kind === 'close') throw this.#malformed(`</${tag.name}> stands where a value should`);
    this.#countElement();
    if (tag.name === 'dict' || tag.name === 'array') {
      if (depth >= this.#limits.depth)
        throw new MessageError(
          'tooDeep',
          `the property list nests deeper than ${this.#limits.depth}`,
        );
      return tag.name === 'dict' ? this.#readDictionary(tag, depth) : this.#readArray(tag, depth);
    }
    return this.#readScalar(tag);
  }

  #readDictionary(tag: Tag, depth: number): PlistDictionary {
    const dictionary = Object.create(null) as PlistDictionary;
    if (tag.kind === 'empty') return dictionary;
    for (;;) {
      const next = this.#readTag();
      if (next.kind === 'close' && next.name === 'dict') return dictionary;
      if (next.kind === 'close' || next.name !== 'key')
        throw this.#malformed('a dictionary has a value without a key');
      this.#countElement();
      const key = decodeText(this.#readText(next));
      if (key === '__proto__' || key in dictionary)
        throw this.#malformed('a dictionary has the same key twice or a reserved key');
      dictionary[key] = this.#readValue(this.#readTag(), depth + 1);
    }
  }

  #readArray(tag: Tag, depth: number): PlistValue[] {
    const values: PlistValue[] = [];
    if (tag.kind === 'empty') return values;
    for (;;) {
      const next = this.#readTag();
      if (next.kind === 'close' && next.name === 'array') return values;
      values.push(this.#readValue(next, depth + 1));
    }
  }

  #readScalar(tag: Tag): PlistValue {
    const text = this.#readText(tag);
    switch (tag.name) {
      case 'string':
        return decodeText(text);
      case 'integer':
        return decodeInteger(text);
      case 'real':
        return decodeReal(text);
      case 'data':
        return decodeData(text);
      case 'date':
        return decodeDate(text);
      case 'true':
      case 'false':
        if (text.trim() !== '') throw this.#malformed(`a <${tag.name}> has content`);
        return tag.name === 'true';
      default:
        throw this.#malformed('it holds an element property lists do not have');
    }
  }

  #readText(tag: Tag): string {
    if (tag.kind === 'empty') return '';
    const start = this.#position;
    const end = this.#text.indexOf('<', start);
    if (end === -1) throw this.#malformed('it breaks off inside an element');
    this.#position = end;
    this.#expectClose(tag.name);
    return this.#text.slice(start, end);
  }

  #readTag(): Tag {
    this.#skipSpace();
    const match = this.#takeMatch(TAG);
    if (match) {
      const kind = match[1] ? 'close' : match[3] ? 'empty' : 'open';
      if (!(match[1] && match[3])) return { name: match[2] ?? '', kind };
    }
    if (/^<[!?]/.test(this.#text.slice(this.#position, this.#position + 2)))
      throw new MessageError('forbiddenMarkup', 'the body holds markup that is no property list');
    throw this.#malformed('an element of a property list is missing or broken');
  }

  #expectClose(name: string): void {
    const tag = this.#readTag();
    if (tag.kind !== 'close' || tag.name !== name)
      throw this.#malformed(`a <${name}> is not closed where it should be`);
  }

  #countElement(): void {
    this.#elements += 1;
    if (this.#elements > this.#limits.elements)
      throw new MessageError(
        'tooManyElements',
        `the property list has more than ${this.#limits.elements} elements`,
      );
  }

  #skipSpace(): void {
    for (;;) {
      this.#takeMatch(SPACE);
      if (!this.#text.startsWith('<!--', this.#position)) return;
      const end = this.#text.indexOf('-->', this.#position + 4);
      if (end === -1) throw this.#malformed('a comment is not closed');
      this.#position = end + 3;
    }
  }

  /** Takes what matches at the position within the next 1,000 characters. */
  #take(pattern: RegExp): string | undefined {
    const match = pattern.exec(this.#text.slice(this.#position, this.#position + 1000));
    if (!match) return undefined;
    this.#position += match[0].length;
    return match[0];
  }

  #takeMatch(sticky: RegExp): RegExpExecArray | undefined {
    sticky.lastIndex = this.#position;
    const match = sticky.exec(this.#text);
    if (!match) return undefined;
    this.#position = sticky.lastIndex;
    return match;
  }

  #malformed(reason: string): MessageError {
    return new MessageError(
      'malformed',
      `the body is not a property list: ${reason} (near character ${this.#position})`,
    );
  }
}
