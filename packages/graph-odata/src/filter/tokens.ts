import { ODataError } from '../error.ts';
import type { Literal } from './expression.ts';

export type Token =
  | { readonly kind: 'literal'; readonly value: Literal; readonly at: number }
  | { readonly kind: 'name'; readonly text: string; readonly at: number }
  | { readonly kind: 'punctuation'; readonly text: string; readonly at: number };

const patterns = {
  space: /\s+/y,
  text: /'((?:[^']|'')*)'|"((?:[^"]|"")*)"/y,
  guid: /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/iy,
  instant: /\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?/iy,
  number: /-?\d+(?:\.\d+)?/y,
  name: /[a-z_][\w.]*(?:\/[a-z_][\w.]*)*/iy,
  punctuation: /[(),]/y,
} as const;

/** Splits a decoded `$filter` into tokens. @throws ODataError at the first character that starts none */
export function tokenize(filter: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(filter);
    if (match !== null) at += match[0].length;
    return match;
  };
  take(patterns.space);
  while (at < filter.length) {
    tokens.push(nextToken(take, at, filter));
    take(patterns.space);
  }
  return tokens;
}

function nextToken(
  take: (pattern: RegExp) => RegExpExecArray | null,
  at: number,
  filter: string,
): Token {
  const text = take(patterns.text);
  if (text !== null) return { kind: 'literal', value: unquote(text), at };
  const guid = take(patterns.guid);
  if (guid !== null) return { kind: 'literal', value: guid[0], at };
  const instant = take(patterns.instant);
  if (instant !== null) return { kind: 'literal', value: readInstant(instant[0]), at };
  const number = take(patterns.number);
  if (number !== null) return { kind: 'literal', value: Number(number[0]), at };
  const name = take(patterns.name);
  if (name !== null) return nameToken(name[0], take, at);
  const punctuation = take(patterns.punctuation);
  if (punctuation !== null) return { kind: 'punctuation', text: punctuation[0], at };
  throw new ODataError(
    '$filter',
    `$filter has "${filter.charAt(at)}" at position ${at}, which starts nothing known there.`,
  );
}

/** A name, a word that stands for a value, or an enumeration member such as `microsoft.graph.kind'member'`. */
function nameToken(
  name: string,
  take: (pattern: RegExp) => RegExpExecArray | null,
  at: number,
): Token {
  const word = name.toLowerCase();
  if (word === 'true' || word === 'false') return { kind: 'literal', value: word === 'true', at };
  if (word === 'null') return { kind: 'literal', value: null, at };
  if (name.includes('.')) {
    const member = take(patterns.text);
    if (member !== null) return { kind: 'literal', value: unquote(member), at };
  }
  return { kind: 'name', text: name, at };
}

function unquote(match: RegExpExecArray): string {
  return match[1]?.replaceAll("''", "'") ?? match[2]?.replaceAll('""', '"') ?? '';
}

/** A date without a time is its first moment; a time without a zone is UTC. */
function readInstant(text: string): Date {
  const zoned = /(?:Z|[+-]\d\d:\d\d)$/i.test(text) || !/T/i.test(text) ? text : `${text}Z`;
  const instant = new Date(zoned);
  if (Number.isNaN(instant.getTime())) {
    throw new ODataError(
      '$filter',
      `$filter has the time ${text}, which does not exist; write it like 2026-01-31T00:00:00Z.`,
    );
  }
  return instant;
}
