/** A property list that cannot be read or written. */
export class PlistError extends Error {
  override readonly name = 'PlistError';
}

/** A `<real>`: kept apart from integers, because Apple's schemas tell them apart. */
export class PlistReal {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }

  toJSON(): number {
    return this.value;
  }
}

export interface PlistDictionary {
  [key: string]: PlistValue;
}

/** Numbers are integers. */
export type PlistValue =
  | string
  | number
  | boolean
  | PlistReal
  | Date
  | Uint8Array
  | PlistValue[]
  | PlistDictionary;

/** What can be written: entries that are undefined are left out. */
export type PlistInput =
  | string
  | number
  | boolean
  | PlistReal
  | Date
  | Uint8Array
  | readonly PlistInput[]
  | { readonly [key: string]: PlistInput | undefined };

const HEAD = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
`;

/** True for a dictionary, not for the other values that are objects in JavaScript. */
export function isDictionary(value: PlistValue | undefined): value is PlistDictionary {
  return (
    typeof value === 'object' &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    !(value instanceof Date) &&
    !(value instanceof PlistReal)
  );
}

/** Writes an XML property list the way devices do. @throws PlistError for characters that XML cannot carry */
export function buildPlist(value: PlistInput): string {
  return `${HEAD}${element(value, '')}\n</plist>\n`;
}

function element(value: PlistInput, indent: string): string {
  if (typeof value === 'string') return `${indent}<string>${escape(value)}</string>`;
  if (typeof value === 'boolean') return `${indent}<${value}/>`;
  if (typeof value === 'number') return `${indent}<integer>${integer(value)}</integer>`;
  if (value instanceof PlistReal) return `${indent}<real>${value.value}</real>`;
  if (value instanceof Date)
    return `${indent}<date>${value.toISOString().replace(/\.\d{3}Z$/, 'Z')}</date>`;
  if (value instanceof Uint8Array)
    return `${indent}<data>${Buffer.from(value).toString('base64')}</data>`;
  const inner = `${indent}\t`;
  if (isList(value))
    return container(
      'array',
      value.map((item) => element(item, inner)),
      indent,
    );
  const lines: string[] = [];
  for (const [key, entry] of Object.entries(value)) {
    if (entry !== undefined)
      lines.push(`${inner}<key>${escape(key)}</key>\n${element(entry, inner)}`);
  }
  return container('dict', lines, indent);
}

function isList(
  value: readonly PlistInput[] | { readonly [key: string]: PlistInput | undefined },
): value is readonly PlistInput[] {
  return Array.isArray(value);
}

function container(name: string, lines: string[], indent: string): string {
  if (lines.length === 0) return `${indent}<${name}/>`;
  return `${indent}<${name}>\n${lines.join('\n')}\n${indent}</${name}>`;
}

function integer(value: number): string {
  if (!Number.isSafeInteger(value)) throw new PlistError(`${value} is not an integer.`);
  return String(value);
}

function escape(text: string): string {
  // XML has no way to write these characters, not even as references.
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/.test(text))
    throw new PlistError('A string holds a control character that XML cannot carry.');
  if (!/[&<>\r]/.test(text)) return text;
  return text.replace(/[&<>\r]/g, (character) => ESCAPES[character] ?? character);
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '\r': '&#13;',
};
