import type { Assignment } from '../assets.ts';
import { holderFields } from '../location.ts';
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
    const rows = since === undefined ? assignments.all() : assignments.changedSince(since);
    const shownToo =
      since !== undefined && call.service.settings.removals === 'shown'
        ? assignments.removedSince(since).filter(({ asset, holder }) => !asset.holders.has(holder))
        : [];
    const removed = new Set(shownToo);
    const records = filtered(call, shownToo.length === 0 ? rows : [...rows, ...shownToo]);
    const withState = flag(call, 'includeUserState') ?? false;
    return page(call, { endpoint: '/assignments', records, version }, (shown) => ({
      assignments: shown.map((row) => ({
        ...rowFields(row, withState),
        ...(removed.has(row) && { removed: true }),
      })),
    }));
  },
};

function filtered(call: Call, rows: readonly Assignment[]): readonly Assignment[] {
  const adamId = text(call, 'adamId');
  const pricingParam = text(call, 'pricingParam');
  const serialNumber = text(call, 'serialNumber');
  const clientUserId = text(call, 'clientUserId');
  const excludeInactive = flag(call, 'excludeInactiveUsers') ?? false;
  const tests: ((row: Assignment) => boolean)[] = [];
  if (adamId !== undefined) tests.push(({ asset }) => asset.kind.adamId === adamId);
  if (pricingParam !== undefined)
    tests.push(({ asset }) => asset.kind.pricingParam === pricingParam);
  if (serialNumber !== undefined) tests.push(({ holder }) => holder === serialNumber);
  if (clientUserId !== undefined) {
    tests.push(({ holder }) => typeof holder !== 'string' && holder.clientUserId === clientUserId);
  }
  if (excludeInactive) {
    tests.push(({ holder }) => typeof holder === 'string' || holder.status !== 'Retired');
  }
  return tests.length === 0 ? rows : rows.filter((row) => tests.every((test) => test(row)));
}

function rowFields({ asset, holder }: Assignment, withState: boolean): object {
  const { adamId, pricingParam } = asset.kind;
  const state =
    withState && typeof holder !== 'string'
      ? { userStatus: holder.status, ...(holder.idHash !== undefined && { idHash: holder.idHash }) }
      : {};
  return { adamId, pricingParam, ...holderFields(holder), ...state };
}
