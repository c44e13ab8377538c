import type { LocationClient } from '@allotment/apps-and-books';
import type { Context } from '../context.ts';
import { walkMirror } from './mirror-walk.ts';

/** Reads all assignments of a location into the mirror. */
export async function readAllAssignments(
  context: Context,
  client: LocationClient,
  locationUid: string,
  onPage: (totalPages: number, rows: number) => Promise<void>,
  signal: AbortSignal,
): Promise<{ readonly clean: boolean; readonly versionId: string | undefined }> {
  return walkMirror(context, { locationUid }, async (mirror) => {
    const result = await client.assignments(
      {},
      async (page) => {
        await mirror.write(page.attempt, page.rows);
        await onPage(page.totalPages, page.rows.length);
      },
      signal,
    );
    if (result.clean) await mirror.finishClean();
    return result;
  });
}

/**
 * Reads the assignments of single assets into the mirror: an unknown outcome is found out by asking (Law 3).
 *
 * @throws AppsAndBooksError; the mirror then holds what was read so far, and nothing was taken as gone
 */
export async function readAssignments(
  context: Context,
  client: LocationClient,
  locationUid: string,
  assetIds: readonly number[],
  signal: AbortSignal,
): Promise<void> {
  if (assetIds.length === 0) return;
  const assets = await context.db
    .selectFrom('library.asset')
    .select(['id', 'adamId', 'pricingParam'])
    .where('locationUid', '=', locationUid)
    .where('id', 'in', assetIds)
    .orderBy('id')
    .execute();
  for (const { id, adamId, pricingParam } of assets) {
    await walkMirror(context, { locationUid, assetIds: [id] }, async (mirror) => {
      const { clean } = await client.assignments(
        { adamId, pricingParam },
        async (page) => mirror.write(page.attempt, page.rows),
        signal,
      );
      if (clean) await mirror.finishClean();
    });
  }
}
