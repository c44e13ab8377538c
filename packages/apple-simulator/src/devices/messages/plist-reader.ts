import { PlistError, PlistReal, type PlistDictionary, type PlistValue } from './plist.ts';

const DEEPEST_NESTING = 64;
const PROLOG =
  /^\uFEFF?\s*(?:<\?xml[^<>]*\?>\s*)?(?:<!--[^]*?-->\s*)*(?:<!DOCTYPE\s+plist\b[^<>[\]]*>\s*)?(?:<!--[^]*?-->\s*)*/;
const GAP = /(?:\s+|<!--[^]*?-->)*/y;
const TAG = /<(\/?)([A-Za-z]+)(\s[^<>]*?)?(\/?)>/y;
const TEXT = /(?:[^<]+|<!--[^]*?-->|<!\[CDATA\[[^]*?\]\]>)*/y;
const MARKUP = /<!--[^]*?-->|<!\[CDATA\[([^]*?)\]\]>|&(#x?[0-9A-Fa-f]+|[a-z]+);|&/g;
const ENTITIES: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
};

interface Tag {
  readonly name: string;
  readonly closing: boolean;
  readonly empty: boolean;
}

/**
 * Reads an XML property list as strictly as a device does: no unknown elements, no entity declarations,
 * no duplicate keys; integers and reals stay apart.
 * @throws PlistError naming what is wrong and where
 */
export function parsePlist(text: string): PlistValue {
  return new Reader(text).document();
}

class Reader {
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): PlistValue {
    this.#position = PROLOG.exec(this.#text)?.[0].length ?? 0;
    const root = this.#tag();
    if (root.name !== 'plist' || root.closing || root.empty) this.#fail('expected <plist>');
    const value = this.#value(this.#tag(), 0);
    const end = this.#tag();
    if (end.name !== 'plist' || !end.closing) this.#fail('expected </plist> after one value');
    this.#skip(GAP);
    if (this.#position !== this.#text.length) this.#fail('text after </plist>');
    return value;
  }

  #value(tag: Tag, depth: number): PlistValue {
    if (tag.closing) this.#fail(`unexpected </${tag.name}>`);
    if (depth > DEEPEST_NESTING) this.#fail('nested too deeply');
    switch (tag.name) {
      case 'dict':
        return this.#dictionary(tag, depth);
      case 'array':
        return this.#array(tag, depth);
      case 'true':
      case 'false':
        if (this.#content(tag).trim() !== '') this.#fail(`<${tag.name}> must be empty`);
        return tag.name === 'true';
      case 'string':
        return this.#content(tag);
      case 'integer':
        return this.#integer(this.#content(tag));
      case 'real':
        return this.#real(this.#content(tag));
      case 'data':
        return this.#data(this.#content(tag));
      case 'date':
        return this.#date(this.#content(tag));
      default:
        return this.#fail(`unknown element <${tag.name}>`);
    }
  }

  #dictionary(tag: Tag, depth: number): PlistDictionary {
    const entries: PlistDictionary = Object.create(null) as PlistDictionary;
    if (tag.empty) return entries;
    let next = this.#tag();
    while (!next.closing) {
      if (next.name !== 'key') this.#fail(`expected <key>, found <${next.name}>`);
      const key = this.#content(next);
      if (key in entries) this.#fail(`the key "${key}" appears twice`);
      entries[key] = this.#value(this.#tag(), depth + 1);
      next = this.#tag();
    }
    if (next.name !== 'dict') this.#fail(`expected </dict>, found </${next.name}>`);
    return entries;
  }

  #array(tag: Tag, depth: number): PlistValue[] {
    const items: PlistValue[] = [];
    if (tag.empty) return items;
    let next = this.#tag();
    while (!next.closing) {
      items.push(this.#value(next, depth + 1));
      next = this.#tag();
    }
    if (next.name !== 'array') this.#fail(`expected </array>, found </${next.name}>`);
    return items;
  }

  #tag(): Tag {
    this.#skip(GAP);
    TAG.lastIndex = this.#position;
    const match = TAG.exec(this.#text);
    if (match === null) return this.#fail('expected an element');
    this.#position = TAG.lastIndex;
    const [, slash, name = '', attributes, empty] = match;
    if (attributes !== undefined && attributes.trim() !== '' && name !== 'plist')
      this.#fail(`<${name}> takes no attributes`);
    return { name, closing: slash === '/', empty: empty === '/' };
  }

  /** The text up to the end tag of the element that was just opened. */
  #content(tag: Tag): string {
    if (tag.closing) this.#fail(`unexpected </${tag.name}>`);
    if (tag.empty) return '';
    const start = this.#position;
    this.#skip(TEXT);
    const raw = this.#text.slice(start, this.#position);
    const end = this.#tag();
    if (!end.closing || end.name !== tag.name) this.#fail(`expected </${tag.name}>`);
    return raw.includes('&') || raw.includes('<') ? this.#unescape(raw) : raw;
  }

  #unescape(raw: string): string {
    return raw.replace(MARKUP, (markup, cdata: string | undefined, entity: string | undefined) => {
      if (cdata !== undefined) return cdata;
      if (markup.startsWith('<!--')) return '';
      if (entity === undefined) return this.#fail('"&" that begins no entity');
      if (!entity.startsWith('#'))
        return ENTITIES[entity] ?? this.#fail(`unknown entity &${entity};`);
      const code = entity.startsWith('#x')
        ? Number.parseInt(entity.slice(2), 16)
        : Number.parseInt(entity.slice(1), 10);
      if (!(code >= 0 && code <= 0x10ffff)) this.#fail(`no such character: &${entity};`);
      return String.fromCodePoint(code);
    });
  }

  #integer(text: string): number {
    const value = /^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : Number.NaN;
    if (!Number.isSafeInteger(value)) this.#fail(`"${text}" is not an integer`);
    return value;
  }

  #real(text: string): PlistReal {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (!Number.isFinite(value)) this.#fail(`"${text}" is not a number`);
    return new PlistReal(value);
  }

  #data(text: string): Uint8Array {
    const base64 = text.replace(/\s+/g, '');
    if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64))
      this.#fail('<data> is not base64');
    return Buffer.from(base64, 'base64');
  }

  #date(text: string): Date {
    const date = new Date(text);
    if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) || Number.isNaN(date.getTime()))
      this.#fail(`"${text}" is not a date of the form YYYY-MM-DDTHH:MM:SSZ`);
    return date;
  }

  #skip(pattern: RegExp): void {
    pattern.lastIndex = this.#position;
    if (pattern.test(this.#text)) this.#position = pattern.lastIndex;
  }

  #fail(reason: string): never {
    throw new PlistError(`Property list: ${reason} (at character ${this.#position}).`);
  }
}
