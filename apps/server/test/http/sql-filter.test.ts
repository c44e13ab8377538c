import { matches, ODataError, parseFilter } from '@allotment/graph-odata';
import * as fc from 'fast-check';
import { type RawBuilder, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Columns, filterSql } from '../../src/http/graph/sql-filter.ts';
import { openTestContext, type TestContext } from '../support/context.ts';

let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
});
afterAll(async () => test[Symbol.asyncDispose]());

interface Row {
  readonly name: string | null;
  readonly at: string | null;
  readonly on: boolean | null;
}

const columns: Columns = {
  name: { kind: 'text', sql: sql.ref('r.name') },
  at: { kind: 'instant', sql: sql.ref('r.at') },
  on: { kind: 'boolean', sql: sql.ref('r.on') },
};

const text = fc.string({ unit: fc.constantFrom('a', 'B', 'b', '%', '_', '\\', ' '), maxLength: 3 });
const instant = fc.constantFrom(
  '2026-01-01T00:00:00.000Z',
  '2026-01-02T03:04:05.678Z',
  '2027-01-01T00:00:00.000Z',
);
const nullable = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.option(values, { nil: null });
const row: fc.Arbitrary<Row> = fc.record({
  name: nullable(text),
  at: nullable(instant),
  on: nullable(fc.boolean()),
});
const operator = fc.constantFrom('eq', 'ne', 'gt', 'ge', 'lt', 'le');
const literal = fc.oneof(
  text.map((value) => `'${value}'`),
  instant,
  fc.constantFrom('true', 'false', 'null', '7'),
);
const comparison = fc.oneof(
  fc
    .tuple(fc.constantFrom('name', 'NAME', 'on'), operator, literal)
    .map((parts) => parts.join(' ')),
  fc.tuple(operator, instant).map(([sign, value]) => `at ${sign} ${value}`),
  fc.constantFrom('at eq null', 'at ne null', 'at eq 7', 'on'),
  fc
    .tuple(fc.constantFrom('startswith', 'endswith', 'contains'), text)
    .map(([test, part]) => `${test}(name,'${part}')`),
  text.map((value) => `name in ('${value}', null)`),
  fc.constantFrom("isof('microsoft.graph.thing')", "isof('other')"),
);
const { filter } = fc.letrec<{ filter: string }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3 },
    comparison,
    fc
      .tuple(tie('filter'), fc.constantFrom('and', 'or'), tie('filter'))
      .map(([one, word, other]) => `(${one}) ${word} (${other})`),
    tie('filter').map((inner) => `not (${inner})`),
  ),
}));

const isThing = (type: string): boolean => type === 'thing';

/** The positions of the rows that PostgreSQL finds. */
async function find(
  condition: RawBuilder<boolean>,
  rows: readonly Row[],
): Promise<readonly number[]> {
  const found = await sql<{ position: number }>`
    select r.position::int from jsonb_to_recordset(${JSON.stringify(rows.map((one, position) => ({ ...one, position })))}::jsonb)
      as r (position int, name text, at timestamptz, "on" boolean)
    where ${condition} order by 1`.execute(test.context.db);
  return found.rows.map((one) => one.position);
}

describe('$filter in SQL', () => {
  it('finds what the same filter finds in memory', async () => {
    const cases = fc.tuple(filter, fc.array(row, { maxLength: 12 }));
    await fc.assert(
      fc.asyncProperty(cases, async ([source, rows]) => {
        const expression = parseFilter(source);
        const expected = rows.flatMap((one, position) =>
          matches(expression, { ...one }, (_entity, type) => isThing(type)) ? [position] : [],
        );
        expect(await find(filterSql(expression, columns, isThing), rows)).toEqual(expected);
      }),
      { numRuns: 400 },
    );
  });

  it.each(['color eq 1', 'name eq name', "'a' eq 'b'"])('%s is refused', (source) => {
    expect(() => filterSql(parseFilter(source), columns, isThing)).toThrow(ODataError);
  });
});
