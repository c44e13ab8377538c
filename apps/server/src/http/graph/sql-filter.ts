import { type Expression, type Literal, ODataError, type Value } from '@allotment/graph-odata';
import { type RawBuilder, sql } from 'kysely';

/** A property that SQL can filter and order by. */
export interface Column {
  readonly kind: 'text' | 'instant' | 'boolean';
  readonly sql: RawBuilder<unknown>;
}

export type Columns = Readonly<Record<string, Column>>;

type Condition = RawBuilder<boolean>;

const always = sql<boolean>`true`;
const never = sql<boolean>`false`;
const operators = { gt: sql`>`, ge: sql`>=`, lt: sql`<`, le: sql`<=` } as const;

/**
 * A `$filter` as a condition that is true or false and never null: the same rule as `matches` of graph-odata, held
 * together with it by a property test.
 *
 * @param isOf whether the set's entities are of a type
 * @throws ODataError for a property without a column and for comparisons between two properties
 */
export function filterSql(
  expression: Expression,
  columns: Columns,
  isOf: (type: string) => boolean,
): Condition {
  const read = (inner: Expression): Condition => filterSql(inner, columns, isOf);
  switch (expression.kind) {
    case 'and':
      return sql<boolean>`(${read(expression.left)} and ${read(expression.right)})`;
    case 'or':
      return sql<boolean>`(${read(expression.left)} or ${read(expression.right)})`;
    case 'not':
      return sql<boolean>`(not ${read(expression.operand)})`;
    case 'compare': {
      const column = columnOf(expression.left, columns);
      return compareSql(expression.operator, column, literalOf(expression.right));
    }
    case 'in': {
      const column = columnOf(expression.value, columns);
      const each = expression.among.map((literal) => compareSql('eq', column, literal));
      return sql<boolean>`(${sql.join(each, sql` or `)})`;
    }
    case 'text':
      return textSql(
        expression.test,
        columnOf(expression.value, columns),
        literalOf(expression.part),
      );
    case 'isOf':
      return isOf(expression.type) ? always : never;
    default:
      return expression.value ? always : never;
  }
}

/** `$search`: a text anywhere in one of these columns. */
export function searchSql(search: string, columns: readonly Column[]): Condition {
  const each = columns.map((column) => textSql('contains', column, search));
  return sql<boolean>`(${sql.join(each, sql` or `)})`;
}

/** The column of a property whose name is written in any case. @throws ODataError */
export function columnNamed(option: string, name: string, columns: Columns): Column {
  const wanted = name.toLowerCase();
  const column = Object.entries(columns).find(([known]) => known.toLowerCase() === wanted)?.[1];
  if (column !== undefined) return column;
  throw new ODataError(
    option,
    `${option} cannot use the property ${name} here; it can use ${Object.keys(columns).join(', ')}.`,
  );
}

function columnOf(value: Value, columns: Columns): Column {
  if (value.kind === 'property') return columnNamed('$filter', value.path.join('/'), columns);
  throw new ODataError(
    '$filter',
    '$filter must have a property on the left of each comparison here.',
  );
}

function literalOf(value: Value): Literal {
  if (value.kind === 'literal') return value.value;
  throw new ODataError(
    '$filter',
    '$filter must have a value on the right of each comparison here.',
  );
}

function compareSql(
  operator: 'eq' | 'ne' | keyof typeof operators,
  column: Column,
  literal: Literal,
): Condition {
  if (operator === 'ne') return sql<boolean>`(not ${compareSql('eq', column, literal)})`;
  if (literal === null) return operator === 'eq' ? sql<boolean>`(${column.sql} is null)` : never;
  const sides = comparable(column, literal);
  if (sides === undefined) return never;
  const sign = operator === 'eq' ? sql`=` : operators[operator];
  return sql<boolean>`coalesce(${sides.left} ${sign} ${sides.right}, false)`;
}

interface Sides {
  readonly left: RawBuilder<unknown>;
  readonly right: RawBuilder<unknown>;
}

/** Texts are compared in lower case, character by character; different kinds are never equal and in no order. */
function comparable(column: Column, literal: Literal): Sides | undefined {
  if (column.kind === 'text') {
    return typeof literal === 'string'
      ? { left: lower(column), right: sql`${literal.toLowerCase()}::text collate "C"` }
      : undefined;
  }
  if (column.kind === 'boolean') {
    return typeof literal === 'boolean'
      ? { left: column.sql, right: sql`${literal}::boolean` }
      : undefined;
  }
  return literal instanceof Date
    ? { left: column.sql, right: sql`${literal}::timestamptz` }
    : undefined;
}

function textSql(
  test: 'startswith' | 'endswith' | 'contains',
  column: Column,
  part: Literal,
): Condition {
  if (typeof part !== 'string' || column.kind !== 'text') return never;
  const text = lower(column);
  const wanted = sql`${part.toLowerCase()}::text`;
  if (test === 'startswith') return sql<boolean>`coalesce(starts_with(${text}, ${wanted}), false)`;
  if (test === 'endswith') {
    return sql<boolean>`coalesce(right(${text}, length(${wanted})) = ${wanted}, false)`;
  }
  return sql<boolean>`coalesce(strpos(${text}, ${wanted}) > 0, false)`;
}

/** In lower case, in the order of its characters and not of a language. */
export function lower(column: Column): RawBuilder<unknown> {
  return sql`lower(${column.sql}) collate "C"`;
}
