import { type Entity, type IsOf, matches, orderOf, propertyOf } from './filter/evaluate.ts';
import { type Order, type QueryOptions, skipToken } from './options.ts';

export interface Listing {
  readonly items: readonly Entity[];
  /** How many there are on all pages. */
  readonly count: number;
}

/**
 * Filters, searches, orders and pages a list that fits in memory.
 *
 * @param searchable names of the properties that `$search` looks into
 * @param pageSize how many a page holds when `$top` asks for no fewer
 */
export function list(
  entities: readonly Entity[],
  options: QueryOptions,
  searchable: readonly string[],
  pageSize: number,
  isOf?: IsOf,
): Listing {
  const { filter, search } = options;
  const found = entities
    .filter((entity) => filter === undefined || matches(filter, entity, isOf))
    .filter((entity) => search === undefined || contains(entity, searchable, search));
  if (options.orderBy.length > 0)
    found.sort((one, other) => compareBy(options.orderBy, one, other));
  const items = found.slice(
    options.skip,
    options.skip + Math.min(options.top ?? pageSize, pageSize),
  );
  return { items, count: found.length };
}

function contains(entity: Entity, searchable: readonly string[], search: string): boolean {
  const wanted = search.toLowerCase();
  return searchable.some((name) => {
    const value = propertyOf(entity, [name]);
    return typeof value === 'string' && value.toLowerCase().includes(wanted);
  });
}

/** Missing values come first, last when descending. */
function compareBy(orders: readonly Order[], one: Entity, other: Entity): number {
  for (const { property, descending } of orders) {
    const left = propertyOf(one, [property]) ?? null;
    const right = propertyOf(other, [property]) ?? null;
    const order = orderOf(left, right) ?? (left === null ? -1 : 1);
    if (order !== 0) return descending ? -order : order;
  }
  return 0;
}

/**
 * The address of the page after this one: the request's own, with a `$skiptoken`. Undefined on the last page, and when
 * `$top` asked for no more than was served.
 *
 * @param url the request's whole address
 */
export function nextLink(
  url: URL,
  options: QueryOptions,
  served: number,
  count: number,
): string | undefined {
  const next = options.skip + served;
  if (served === 0 || next >= count || (options.top !== undefined && served >= options.top)) {
    return undefined;
  }
  const link = new URL(url);
  for (const name of new Set(url.searchParams.keys())) {
    if (/^\$?(?:skip|skiptoken|top)$/i.test(name)) link.searchParams.delete(name);
  }
  if (options.top !== undefined) link.searchParams.set('$top', String(options.top - served));
  link.searchParams.set('$skiptoken', skipToken(next));
  return link.href;
}
