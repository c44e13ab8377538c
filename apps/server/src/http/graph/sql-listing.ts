import { type Entity, isTypeOrBase, type Listing, type Order } from '@allotment/graph-odata';
import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../../db/connect.ts';
import { type Call, conditionOf } from './call.ts';
import { columnNamed, type Columns, filterSql, lower, searchSql } from './sql-filter.ts';

/** Rows of a set that lie in tables: found, ordered and paged by PostgreSQL. */
export interface Source<Row> {
  /** Everything after `from`, up to the conditions. */
  readonly from: RawBuilder<unknown>;
  /** What is selected; columns arrive in camelCase. */
  readonly select: RawBuilder<unknown>;
  /** Conditions that always hold. */
  readonly where: RawBuilder<boolean>;
  readonly columns: Columns;
  /** Properties that `$search` looks into. */
  readonly searchable: readonly string[];
  readonly toEntity: (row: Row) => Entity;
  /** Makes the order whole, and is the order when none is asked for. */
  readonly order: RawBuilder<unknown>;
}

/** The page of a source that a call asks for, with the number of rows on all pages. */
export async function listRows<Row>(
  db: Database,
  call: Call,
  source: Source<Row>,
): Promise<Listing> {
  const { options, set } = call;
  const where = conditions(call, source);
  const order = [...options.orderBy.map((one) => orderSql(one, source.columns)), source.order];
  const limit = Math.min(options.top ?? set.pageSize, set.pageSize);
  const page = await sql<Row>`select ${source.select} from ${source.from} where ${where}
    order by ${sql.join(order)} limit ${limit} offset ${options.skip}`.execute(db);
  return { items: page.rows.map(source.toEntity), count: await countRows(db, call, source) };
}

/** How many rows a call's filter and search leave. */
export async function countRows(db: Database, call: Call, source: Source<never>): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from ${source.from} where ${conditions(call, source)}`.execute(db);
  return rows[0]?.n ?? 0;
}

function conditions(call: Call, source: Source<never>): RawBuilder<boolean> {
  const { search } = call.options;
  const filter = conditionOf(call);
  const parts = [source.where];
  if (filter !== undefined) {
    const isOf = (type: string): boolean => call.set.types.some((own) => isTypeOrBase(own, type));
    parts.push(filterSql(filter, source.columns, isOf));
  }
  if (search !== undefined) {
    const columns = source.searchable.map((name) => columnNamed('$search', name, source.columns));
    parts.push(searchSql(search, columns));
  }
  return sql<boolean>`${sql.join(parts, sql` and `)}`;
}

/** Missing values come first, last when descending. */
function orderSql(order: Order, columns: Columns): RawBuilder<unknown> {
  const column = columnNamed('$orderby', order.property, columns);
  const key = column.kind === 'text' ? lower(column) : column.sql;
  return order.descending ? sql`${key} desc nulls last` : sql`${key} asc nulls first`;
}
