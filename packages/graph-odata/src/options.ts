import { ODataError } from './error.ts';
import type { Expression } from './filter/expression.ts';
import { parseFilter } from './filter/parse.ts';
import { castOption } from './url.ts';

export interface Order {
  readonly property: string;
  readonly descending: boolean;
}

export interface Expand {
  readonly property: string;
  readonly select: readonly string[] | undefined;
}

/** The query options of a request, read and checked against nothing yet. */
export interface QueryOptions {
  readonly filter: Expression | undefined;
  /** Undefined: everything. */
  readonly select: readonly string[] | undefined;
  readonly expand: readonly Expand[];
  readonly orderBy: readonly Order[];
  readonly top: number | undefined;
  readonly skip: number;
  readonly count: boolean;
  /** Plain text; quotes and a `property:` before it are taken off. */
  readonly search: string | undefined;
  readonly cast: string | undefined;
}

const names = [
  '$filter',
  '$select',
  '$expand',
  '$orderby',
  '$top',
  '$skip',
  '$skiptoken',
  '$count',
  '$search',
  '$format',
  castOption,
] as const;
type Name = (typeof names)[number];

const largestPage = 1_000;

/**
 * Reads query options, with or without their `$` and in any case. Options without a `$` that are unknown are the
 * caller's own and ignored.
 *
 * @throws ODataError naming the option and the remedy
 */
export function readQueryOptions(query: URLSearchParams): QueryOptions {
  const values = collect(query);
  const filter = values.get('$filter');
  const select = values.get('$select');
  return {
    filter: filter === undefined ? undefined : parseFilter(filter),
    select: select === undefined || select.trim() === '*' ? undefined : splitList(select),
    expand: splitTopLevel(values.get('$expand') ?? '', ',').map(readExpand),
    orderBy: splitList(values.get('$orderby') ?? '').map(readOrder),
    top: readTop(values.get('$top')),
    skip: readSkip(values),
    count: readBoolean('$count', values.get('$count')),
    search: readSearch(values.get('$search')),
    cast: values.get(castOption),
  };
}

/** The token that continues a listing after `skip` entities; opaque to clients. */
export function skipToken(skip: number): string {
  return Buffer.from(`skip:${skip}`).toString('base64url');
}

function collect(query: URLSearchParams): ReadonlyMap<Name, string> {
  const values = new Map<Name, string>();
  for (const [key, value] of query) {
    const plain = key.toLowerCase();
    const name = names.find((known) => known === plain || known === `$${plain}`);
    if (name === undefined) {
      if (!key.startsWith('$')) continue;
      throw new ODataError(key, `The query option ${key} is not supported.`);
    }
    if (values.has(name)) throw new ODataError(name, `${name} was given twice; give it once.`);
    values.set(name, value);
  }
  return values;
}

function readTop(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return Math.min(readCount('$top', text), largestPage);
}

function readSkip(values: ReadonlyMap<Name, string>): number {
  const token = values.get('$skiptoken');
  if (token === undefined) return readCount('$skip', values.get('$skip') ?? '0');
  const skip = /^skip:(\d{1,9})$/.exec(Buffer.from(token, 'base64url').toString())?.[1];
  if (skip === undefined) {
    throw new ODataError(
      '$skiptoken',
      '$skiptoken is not one of ours; follow @odata.nextLink as it is.',
    );
  }
  return Number(skip);
}

function readCount(name: Name, text: string): number {
  if (!/^\d{1,9}$/.test(text)) {
    throw new ODataError(name, `${name} is "${text}": it must be a whole number from 0 on.`);
  }
  return Number(text);
}

function readBoolean(name: Name, text: string | undefined): boolean {
  const word = text?.toLowerCase() ?? 'false';
  if (word !== 'true' && word !== 'false') {
    throw new ODataError(name, `${name} is "${text}": it must be true or false.`);
  }
  return word === 'true';
}

function readSearch(text: string | undefined): string | undefined {
  const unquoted =
    /^"(.*)"$/s.exec(text?.trim() ?? '')?.[1]?.replaceAll('\\"', '"') ?? text?.trim();
  const plain = unquoted?.replace(/^\w+:/, '');
  return plain === '' ? undefined : plain;
}

function readOrder(text: string): Order {
  const [property, direction, ...rest] = text.split(/\s+/);
  const word = direction?.toLowerCase() ?? 'asc';
  if (property === undefined || rest.length > 0 || (word !== 'asc' && word !== 'desc')) {
    throw new ODataError('$orderby', `$orderby has "${text}": write a property, then asc or desc.`);
  }
  return { property, descending: word === 'desc' };
}

function readExpand(text: string): Expand {
  const match = /^(\w+)(?:\((.*)\))?$/s.exec(text);
  const property = match?.[1];
  if (property === undefined) {
    throw new ODataError('$expand', `$expand has "${text}": write names such as assignments.`);
  }
  let select: readonly string[] | undefined;
  for (const option of splitTopLevel(match?.[2] ?? '', ';')) {
    const [, list] = /^\$?select=(.*)$/is.exec(option) ?? [];
    if (list === undefined) {
      throw new ODataError('$expand', `$expand has "${option}" inside: only $select works there.`);
    }
    select = splitList(list);
  }
  return { property, select };
}

function splitList(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** Splits where no parenthesis is open. */
function splitTopLevel(text: string, separator: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '(') depth += 1;
    else if (character === ')') depth -= 1;
    else if (character === separator && depth === 0) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}
