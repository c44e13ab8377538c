import { firstWhere } from '../core/column.ts';
import type { Asset, Assignment, Holder } from './assets.ts';
import type { Location } from './location.ts';

export interface AssignmentFilter {
  readonly adamId?: string | undefined;
  readonly pricingParam?: string | undefined;
  readonly serialNumber?: string | undefined;
  readonly clientUserId?: string | undefined;
  readonly excludeInactiveUsers?: boolean | undefined;
}

/** Records of which any stretch can be had without the rest. */
export interface Slices<T> {
  readonly size: number;
  slice(from: number, count: number): readonly T[];
}

export function slicesOf<T>(records: readonly T[]): Slices<T> {
  return { size: records.length, slice: (from, count) => records.slice(from, from + count) };
}

/**
 * The rows of GET /assignments that a filter lets through, in order of their latest change. Where the
 * filter names nothing, or one asset, a page costs no walk over the rest.
 * @param since number of the last change the caller has seen
 */
export function selectAssignments(
  location: Location,
  filter: AssignmentFilter,
  since?: number,
): Slices<Assignment> {
  const book = location.assignments;
  const rows = selectRows(location, filter);
  const first = since === undefined ? 0 : rows.rankOf(book.firstAfter(since));
  return {
    size: rows.size - first,
    slice: (from, count) => rows.slice(first + from, count).map((row) => book.read(row)),
  };
}

/** Whether the filter lets an assignment through. */
export function matches(filter: AssignmentFilter, { asset, holder }: Assignment): boolean {
  const user = typeof holder === 'string' ? undefined : holder;
  return (
    isWanted(filter, asset) &&
    (filter.serialNumber === undefined || filter.serialNumber === holder) &&
    (filter.clientUserId === undefined || filter.clientUserId === user?.clientUserId) &&
    !(filter.excludeInactiveUsers === true && user?.status === 'Retired')
  );
}

interface Rows {
  readonly size: number;
  /** How many have a lower number. */
  rankOf(row: number): number;
  slice(from: number, count: number): readonly number[];
}

function selectRows(location: Location, filter: AssignmentFilter): Rows {
  const book = location.assignments;
  const { adamId, pricingParam, serialNumber, clientUserId } = filter;
  const assets = [...location.assets.values()].filter((asset) => isWanted(filter, asset));
  if (serialNumber !== undefined || clientUserId !== undefined) {
    return sorted(rowsOf(location, filter, assets));
  }
  const withoutRetired = filter.excludeInactiveUsers === true && book.usedUp > 0;
  const everyAsset = adamId === undefined && pricingParam === undefined;
  if (!withoutRetired && everyAsset) return book.list();
  const [only] = assets;
  if (!withoutRetired && only !== undefined && assets.length === 1) return book.list(only);
  return sorted(
    book.remember(JSON.stringify(filter), () =>
      Uint32Array.from(
        assets
          .flatMap((asset) => book.list(asset).slice(0, Number.POSITIVE_INFINITY))
          .filter((row) => !withoutRetired || !book.isUsedUp(row)),
      ).sort(),
    ),
  );
}

/** The rows of one holder, or of all rows of users with one clientUserId. */
function rowsOf(
  { assignments, users }: Location,
  filter: AssignmentFilter,
  assets: readonly Asset[],
): Uint32Array {
  const { serialNumber, clientUserId } = filter;
  const holders: readonly Holder[] =
    clientUserId === undefined ? [serialNumber ?? ''] : users.rows(clientUserId);
  const rows = holders.flatMap((holder) =>
    assets.flatMap((asset) => assignments.rowOf(asset, holder) ?? []),
  );
  return Uint32Array.from(rows.filter((row) => matches(filter, assignments.read(row)))).sort();
}

function sorted(rows: Uint32Array): Rows {
  return {
    size: rows.length,
    rankOf: (row) => firstWhere(rows.length, (index) => (rows[index] ?? 0) >= row),
    slice: (from, count) => [...rows.subarray(from, from + count)],
  };
}

function isWanted({ adamId, pricingParam }: AssignmentFilter, { kind }: Asset): boolean {
  return (
    (adamId === undefined || adamId === kind.adamId) &&
    (pricingParam === undefined || pricingParam === kind.pricingParam)
  );
}
