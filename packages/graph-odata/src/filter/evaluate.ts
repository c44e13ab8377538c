import type { Comparison, Expression, Literal, TextTest, Value } from './expression.ts';
import { typeName } from './parse.ts';

/** An object as it goes over the wire. */
export type Entity = Readonly<Record<string, unknown>>;

/** Whether an object is of a type or of one derived from it; the type comes without its namespace. */
export type IsOf = (entity: Entity, type: string) => boolean;

/**
 * Whether an entity satisfies a filter. Names and texts are compared without regard to case, as Graph's directory does;
 * a comparison with a missing value is false, except `ne` and comparisons with `null`.
 */
export function matches(expression: Expression, entity: Entity, isOf: IsOf = isExactly): boolean {
  switch (expression.kind) {
    case 'and':
      return matches(expression.left, entity, isOf) && matches(expression.right, entity, isOf);
    case 'or':
      return matches(expression.left, entity, isOf) || matches(expression.right, entity, isOf);
    case 'not':
      return !matches(expression.operand, entity, isOf);
    case 'compare':
      return compare(
        expression.operator,
        valueOf(expression.left, entity),
        valueOf(expression.right, entity),
      );
    case 'in':
      return expression.among.some((literal) =>
        compare('eq', valueOf(expression.value, entity), literal),
      );
    case 'text':
      return testText(
        expression.test,
        valueOf(expression.value, entity),
        valueOf(expression.part, entity),
      );
    case 'isOf':
      return isOf(entity, expression.type);
    default:
      return expression.value;
  }
}

const isExactly: IsOf = (entity, type) => {
  const own = entity['@odata.type'];
  return typeof own === 'string' && typeName(own).toLowerCase() === type.toLowerCase();
};

/** The value of a property whose name is written in any case; undefined when there is none. */
export function propertyOf(entity: Entity, path: readonly string[]): unknown {
  let value: unknown = entity;
  for (const segment of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    const wanted = segment.toLowerCase();
    value = Object.entries(value).find(([name]) => name.toLowerCase() === wanted)?.[1];
  }
  return value;
}

function valueOf(value: Value, entity: Entity): unknown {
  return value.kind === 'literal' ? value.value : propertyOf(entity, value.path);
}

/** What an order (negative, 0, positive, undefined when there is none) says to a comparison. */
const verdicts: Readonly<Record<Comparison, (order: number | undefined) => boolean>> = {
  eq: (order) => order === 0,
  ne: (order) => order !== 0,
  gt: (order) => order !== undefined && order > 0,
  ge: (order) => order !== undefined && order >= 0,
  lt: (order) => order !== undefined && order < 0,
  le: (order) => order !== undefined && order <= 0,
};

function compare(operator: Comparison, left: unknown, right: unknown): boolean {
  const ordering = operator !== 'eq' && operator !== 'ne';
  if (ordering && isMissing(left)) return false;
  return verdicts[operator](orderOf(left, right));
}

/**
 * The order of two values: negative, 0, positive, or undefined when they cannot be compared. Two missing values are
 * equal.
 */
export function orderOf(left: unknown, right: unknown): number | undefined {
  if (isMissing(left) || isMissing(right))
    return isMissing(left) && isMissing(right) ? 0 : undefined;
  const one = comparable(left, right instanceof Date);
  const other = comparable(right, left instanceof Date);
  if (typeof one !== typeof other || one === undefined || other === undefined) return undefined;
  return one < other ? -1 : one > other ? 1 : 0;
}

function isMissing(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function comparable(value: unknown, asInstant: boolean): Exclude<Literal, Date | null> | undefined {
  if (value instanceof Date) return value.getTime();
  if (typeof value === 'string') {
    if (!asInstant) return value.toLowerCase();
    const instant = Date.parse(value);
    return Number.isNaN(instant) ? undefined : instant;
  }
  return typeof value === 'number' || typeof value === 'boolean' ? value : undefined;
}

const textTests: Readonly<Record<TextTest, (text: string, part: string) => boolean>> = {
  startswith: (text, part) => text.startsWith(part),
  endswith: (text, part) => text.endsWith(part),
  contains: (text, part) => text.includes(part),
};

function testText(test: TextTest, value: unknown, part: unknown): boolean {
  if (typeof value !== 'string' || typeof part !== 'string') return false;
  return textTests[test](value.toLowerCase(), part.toLowerCase());
}
