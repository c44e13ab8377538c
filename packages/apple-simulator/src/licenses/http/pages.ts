import type { Slices } from '../assignment-query.ts';
import { ServiceError } from '../errors.ts';
import type { VersionLog } from '../versions.ts';
import { type Call, commonFields, text } from './operation.ts';

/**
 * The page that the call asks for (protocol reference 1.10): zero-based, `nextPageIndex` absent at the end.
 * @param show makes the part of the answer that holds the records
 * @throws ServiceError 9650
 */
export function page<T>(
  call: Call,
  list: { readonly endpoint: string; readonly records: Slices<T>; readonly version: VersionLog },
  show: (records: readonly T[]) => object,
): object {
  const { core, settings, faults } = call.service;
  const { endpoint, records, version } = list;
  const totalPages = Math.max(1, Math.ceil(records.size / settings.pageSize));
  const pageIndex = requestedIndex(call);
  if (pageIndex >= totalPages) throw new ServiceError(9650);
  const { uId } = call.location;
  if (faults.versionChanges.strike({ location: uId, path: endpoint })) version.touch();
  const versionId = version.current();
  const from = pageIndex * settings.pageSize;
  const shown = records.slice(from, settings.pageSize);
  core.counters.add('pages', uId);
  core.journal.write('page.served', {
    uId,
    endpoint,
    pageIndex,
    totalPages,
    size: shown.length,
    versionId,
    query: call.query,
  });
  return {
    ...show(shown),
    currentPageIndex: pageIndex,
    ...(pageIndex + 1 < totalPages && { nextPageIndex: pageIndex + 1 }),
    size: shown.length,
    totalPages,
    versionId,
    ...commonFields(call),
  };
}

/**
 * The number of the last change that the caller has seen; undefined when it asks for everything.
 * @throws ServiceError 9721 when the versionId is unknown, too old or another list's
 */
export function seenChange(call: Call, endpoint: string, version: VersionLog): number | undefined {
  const id = text(call, 'sinceVersionId');
  if (id === undefined) return undefined;
  const { settings, faults } = call.service;
  const expired = faults.versionExpired.strike({ location: call.location.uId, path: endpoint });
  const change = expired ? undefined : version.changeOf(id, settings.versionLifetimeDays);
  if (change === undefined) throw new ServiceError(9721);
  return change;
}

function requestedIndex(call: Call): number {
  const value = text(call, 'pageIndex') ?? '0';
  if (!/^\d{1,9}$/u.test(value)) throw new ServiceError(9650);
  return Number(value);
}
