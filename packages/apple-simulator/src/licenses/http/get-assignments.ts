import {
  type AssignmentFilter,
  matches,
  selectAssignments,
  type Slices,
} from '../assignment-query.ts';
import { type Assignment, holderFields } from '../assets.ts';
import { type Call, flag, type Operation, text } from './operation.ts';
import { page, seenChange } from './pages.ts';

/** GET /assignments (protocol reference 1.6). */
export const getAssignments: Operation = {
  method: 'GET',
  path: '/assignments',
  name: 'assignments',
  readOnly: true,
  paged: true,
  answer(call) {
    const { assignments } = call.location;
    const { version } = assignments;
    const since = seenChange(call, '/assignments', version);
    const filter = requestedFilter(call);
    const rows = selectAssignments(call.location, filter, since);
    const removed = since === undefined ? [] : shownRemovals(call, filter, since);
    const withState = flag(call, 'includeUserState') ?? false;
    const records = removed.length === 0 ? rows : chained(rows, removed);
    const gone = new Set(removed);
    return page(call, { endpoint: '/assignments', records, version }, (shown) => ({
      assignments: shown.map((row) => ({
        ...rowFields(row, withState),
        ...(gone.has(row) && { removed: true }),
      })),
    }));
  },
};

function requestedFilter(call: Call): AssignmentFilter {
  return {
    adamId: text(call, 'adamId'),
    pricingParam: text(call, 'pricingParam'),
    serialNumber: text(call, 'serialNumber'),
    clientUserId: text(call, 'clientUserId'),
    excludeInactiveUsers: flag(call, 'excludeInactiveUsers'),
  };
}

/** Pairs that were taken back since, where the settings let an incremental answer show them. */
function shownRemovals(
  { service, location }: Call,
  filter: AssignmentFilter,
  since: number,
): readonly Assignment[] {
  if (service.settings.removals === 'hidden') return [];
  const { assignments } = location;
  return assignments
    .removedSince(since)
    .filter((row) => !assignments.has(row.asset, row.holder) && matches(filter, row));
}

function chained(rows: Slices<Assignment>, more: readonly Assignment[]): Slices<Assignment> {
  return {
    size: rows.size + more.length,
    slice(from, count) {
      const head = rows.slice(from, count);
      const start = Math.max(0, from - rows.size);
      return [...head, ...more.slice(start, start + count - head.length)];
    },
  };
}

function rowFields({ asset, holder }: Assignment, withState: boolean): object {
  const { adamId, pricingParam } = asset.kind;
  const state =
    withState && typeof holder !== 'string'
      ? { userStatus: holder.status, ...(holder.idHash !== undefined && { idHash: holder.idHash }) }
      : {};
  return { adamId, pricingParam, ...holderFields(holder), ...state };
}
