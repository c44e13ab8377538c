/** The few DER structures (ITU-T X.690) that signing a message needs. */

const UNIVERSAL = { integer: 0x02, octetString: 0x04, null: 0x05, oid: 0x06, utcTime: 0x17 };
export const SEQUENCE = 0x30;
export const SET = 0x31;
export const PRINTABLE_STRING = 0x13;

/** One element: tag, length and the given contents one after another. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const length = contents.reduce((sum, content) => sum + content.length, 0);
  return Buffer.concat([Buffer.from([tag, ...lengthOctets(length)]), ...contents]);
}

/** @param dotted for example `1.2.840.113549.1.7.2` */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const octets = [first * 40 + second, ...rest].flatMap(base128);
  return der(UNIVERSAL.oid, Buffer.from(octets));
}

/** A small non-negative integer (below 128). */
export function smallInteger(value: number): Buffer {
  return der(UNIVERSAL.integer, Buffer.from([value]));
}

export function octetString(content: Uint8Array): Buffer {
  return der(UNIVERSAL.octetString, content);
}

export function nullValue(): Buffer {
  return der(UNIVERSAL.null);
}

/** @param time ms since the epoch; years 1950 to 2049 */
export function utcTime(time: number): Buffer {
  const digits = new Date(time).toISOString().replace(/[-:T]|\.\d+/g, '');
  return der(UNIVERSAL.utcTime, Buffer.from(digits.slice(2), 'ascii'));
}

/** An element within some bytes: its tag, all of it, its content, and the elements inside it. */
export interface Element {
  readonly tag: number;
  readonly bytes: Buffer;
  readonly content: Buffer;
}

/** Reads the elements that follow each other in `bytes`. @throws RangeError when they are cut short or not DER */
export function readElements(bytes: Buffer): Element[] {
  const elements: Element[] = [];
  for (let start = 0; start < bytes.length;) {
    const element = readElement(bytes.subarray(start));
    elements.push(element);
    start += element.bytes.length;
  }
  return elements;
}

/**
 * Follows a path of positions down from a list of elements: `elementAt(list, 1, 0)` is the first child of
 * the second element.
 * @throws RangeError where there is no such element
 */
export function elementAt(elements: readonly Element[], ...path: readonly number[]): Element {
  const [position = 0, ...rest] = path;
  const element = elements[position];
  if (element === undefined) throw new RangeError('An expected DER element is missing.');
  return rest.length === 0 ? element : elementAt(readElements(element.content), ...rest);
}

/** The dotted form of an object identifier. @throws RangeError for any other element */
export function readObjectIdentifier(element: Element): string {
  if (element.tag !== UNIVERSAL.oid) throw new RangeError('Expected an object identifier.');
  const values: number[] = [];
  let value = 0;
  for (const octet of element.content) {
    value = value * 128 + (octet & 0x7f);
    if (octet < 0x80) {
      values.push(value);
      value = 0;
    }
  }
  const [first = 0, ...rest] = values;
  const root = Math.min(2, Math.floor(first / 40));
  return [root, first - root * 40, ...rest].join('.');
}

function readElement(bytes: Buffer): Element {
  const tag = bytes.readUInt8(0);
  const first = bytes.readUInt8(1);
  if (first === 0x80) throw new RangeError('A DER element never has an indefinite length.');
  const lengthOfLength = first < 0x80 ? 0 : first & 0x7f;
  if (lengthOfLength > 6) throw new RangeError('A DER element is far too long.');
  const length = lengthOfLength === 0 ? first : bytes.readUIntBE(2, lengthOfLength);
  const start = 2 + lengthOfLength;
  if (start + length > bytes.length) throw new RangeError('A DER element is cut short.');
  return {
    tag,
    bytes: bytes.subarray(0, start + length),
    content: bytes.subarray(start, start + length),
  };
}

function lengthOctets(length: number): number[] {
  if (length < 0x80) return [length];
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return [0x80 | octets.length, ...octets];
}

function base128(value: number): number[] {
  const octets = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) octets.unshift((rest & 0x7f) | 0x80);
  return octets;
}
