import { MessageError } from '../errors.ts';

const NAMED_ENTITIES = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

function malformed(message: string): MessageError {
  return new MessageError('malformed', message);
}

/** XML 1.0, production Char. */
function isXmlCharacter(code: number): boolean {
  return (
    code === 0x9 ||
    code === 0xa ||
    code === 0xd ||
    (code >= 0x20 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) ||
    (code >= 0x10000 && code <= 0x10ffff)
  );
}

function decodeEntity(name: string): string {
  const named = NAMED_ENTITIES.get(name);
  if (named !== undefined) return named;
  const digits = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(name);
  if (!digits) throw malformed('an entity is used that property lists do not have');
  const code =
    digits[1] !== undefined ? Number.parseInt(digits[1], 16) : Number.parseInt(digits[2] ?? '', 10);
  if (!isXmlCharacter(code)) throw malformed('a character reference names no XML character');
  return String.fromCodePoint(code);
}

/** Replaces the five named entities and character references; every other `&` is refused. */
export function decodeText(raw: string): string {
  let text = '';
  let position = 0;
  for (let start = raw.indexOf('&'); start !== -1; start = raw.indexOf('&', position)) {
    const end = raw.indexOf(';', start);
    if (end === -1 || end - start > 9) throw malformed('an "&" does not begin an entity');
    text += raw.slice(position, start) + decodeEntity(raw.slice(start + 1, end));
    position = end + 1;
  }
  return position === 0 ? raw : text + raw.slice(position);
}

export function decodeInteger(raw: string): number | bigint {
  const text = raw.trim();
  const match = /^([+-]?)(0x[0-9a-fA-F]{1,16}|[0-9]{1,20})$/i.exec(text);
  if (!match) throw malformed('an <integer> is not a whole number');
  const magnitude = BigInt(match[2] ?? '');
  const value = match[1] === '-' ? -magnitude : magnitude;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

export function decodeReal(raw: string): number {
  const text = raw.trim();
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,4})?$/i.test(text) || text.length > 400)
    throw malformed('a <real> is not a number');
  return Number(text);
}

export function decodeData(raw: string): Buffer {
  const text = raw.replace(/[ \t\r\n]+/g, '');
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text))
    throw malformed('a <data> is not base64');
  return Buffer.from(text, 'base64');
}

export function decodeDate(raw: string): Date {
  const text = raw.trim();
  const date = new Date(text);
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(text) || Number.isNaN(date.getTime()))
    throw malformed('a <date> is not a UTC time such as 2026-01-31T12:00:00Z');
  return date;
}
