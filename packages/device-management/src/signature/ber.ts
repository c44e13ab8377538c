import { SignatureError } from '../errors.ts';

/** One element of a BER encoding: Apple's devices encode CMS with indefinite lengths. */
export interface BerElement {
  tag: number;
  /** Tag, length and content as they were encoded. */
  raw: Buffer;
  content: Buffer;
  children: readonly BerElement[];
}

export const TAG = {
  integer: 0x02,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  context0: 0xa0,
  context0Primitive: 0x80,
  context1: 0xa1,
  context3: 0xa3,
} as const;

const CONSTRUCTED = 0x20;
const MAX_DEPTH = 24;

function malformed(reason: string): SignatureError {
  return new SignatureError('malformed', `the signature is not valid BER: ${reason}`);
}

/**
 * Reads one BER element that fills the buffer. Recursion is bounded, and no length is trusted
 * beyond the bytes at hand. Tags above 30 do not occur in CMS and are refused.
 * @throws SignatureError
 */
export function readBer(bytes: Buffer): BerElement {
  const { element, end } = readElement(bytes, 0, 0);
  if (end !== bytes.length) throw malformed('bytes follow its end');
  return element;
}

function readElement(
  bytes: Buffer,
  start: number,
  depth: number,
): { element: BerElement; end: number } {
  if (depth > MAX_DEPTH) throw malformed('it nests too deep');
  const tag = byteAt(bytes, start);
  if ((tag & 0x1f) === 0x1f) throw malformed('a tag is longer than one byte');
  const { length, contentStart } = readLength(bytes, start + 1);
  const constructed = (tag & CONSTRUCTED) !== 0;
  if (length === undefined) {
    if (!constructed) throw malformed('a primitive has no length');
    const { children, end } = readChildren(bytes, contentStart, undefined, depth);
    return {
      element: {
        tag,
        raw: bytes.subarray(start, end),
        content: bytes.subarray(contentStart, end - 2),
        children,
      },
      end,
    };
  }
  const end = contentStart + length;
  if (end > bytes.length) throw malformed('a length passes the end');
  const children = constructed
    ? readChildren(bytes.subarray(0, end), contentStart, end, depth).children
    : [];
  return {
    element: {
      tag,
      raw: bytes.subarray(start, end),
      content: bytes.subarray(contentStart, end),
      children,
    },
    end,
  };
}

/** Children up to `stop`, or up to the end-of-contents mark when there is none. */
function readChildren(
  bytes: Buffer,
  start: number,
  stop: number | undefined,
  depth: number,
): { children: BerElement[]; end: number } {
  const children: BerElement[] = [];
  let position = start;
  for (;;) {
    if (position === stop) return { children, end: position };
    if (stop === undefined && byteAt(bytes, position) === 0 && byteAt(bytes, position + 1) === 0)
      return { children, end: position + 2 };
    const { element, end } = readElement(bytes, position, depth + 1);
    children.push(element);
    position = end;
  }
}

function readLength(
  bytes: Buffer,
  position: number,
): { length: number | undefined; contentStart: number } {
  const first = byteAt(bytes, position);
  if (first < 0x80) return { length: first, contentStart: position + 1 };
  if (first === 0x80) return { length: undefined, contentStart: position + 1 };
  const size = first & 0x7f;
  if (size > 4 || position + 1 + size > bytes.length) throw malformed('a length is too long');
  return { length: bytes.readUIntBE(position + 1, size), contentStart: position + 1 + size };
}

function byteAt(bytes: Buffer, position: number): number {
  const byte = bytes[position];
  if (byte === undefined) throw malformed('it breaks off');
  return byte;
}

/** A UTCTime or GeneralizedTime as DER has them, to the second and in UTC; undefined for anything else. */
export function readTime({ tag, content }: BerElement): Date | undefined {
  const text = content.toString('latin1');
  const parts = /^(\d{2,4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(text);
  const [, year = '', ...rest] = parts ?? [];
  const digits = tag === TAG.utcTime ? 2 : tag === TAG.generalizedTime ? 4 : undefined;
  if (year.length !== digits) return undefined;
  // RFC 5280, 4.1.2.5.1: two digits mean 1950 to 2049.
  const century = digits === 4 ? '' : Number(year) < 50 ? '20' : '19';
  const [month, day, hour, minute, second] = rest;
  const time = new Date(`${century}${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

/** Dotted form of an OBJECT IDENTIFIER. */
export function readObjectIdentifier(element: BerElement): string {
  const [first, ...rest] = base128(element.content);
  if (element.tag !== TAG.objectIdentifier || first === undefined)
    throw malformed('an object identifier is missing');
  const root = first < 80 ? Math.floor(first / 40) : 2;
  return [root, first - root * 40, ...rest].join('.');
}

function base128(content: Buffer): number[] {
  const numbers: number[] = [];
  let value: number | undefined;
  for (const byte of content) {
    if (value === undefined && byte === 0x80)
      throw malformed('an object identifier begins a number with nothing');
    value = (value ?? 0) * 128 + (byte & 0x7f);
    if (!Number.isSafeInteger(value)) throw malformed('an object identifier is too long');
    if ((byte & 0x80) === 0) {
      numbers.push(value);
      value = undefined;
    }
  }
  if (value !== undefined) throw malformed('an object identifier breaks off');
  return numbers;
}
