import { type LocationClient, RefusedError } from '@allotment/apps-and-books';
import type { Context } from '../context.ts';
import { walkMirror, type WalkScope } from './mirror-walk.ts';

/** Reads all assignments of a location into the mirror. */
export async function readAllAssignments(
  context: Context,
  client: LocationClient,
  scope: WalkScope,
  onPage: (totalPages: number, rows: number) => Promise<void>,
  signal: AbortSignal,
): Promise<{ readonly clean: boolean; readonly versionId: string | undefined }> {
  return walkMirror(context, scope, async (mirror) => {
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

const staleVersion = 9721;

/**
 * Reads what was assigned since a version. Nothing is taken as gone: Apple does not say how a removal shows here, so
 * those come from full walks. People who are not ours can be counted only by reading the assets named anew.
 *
 * @param since the versionId of the last clean reading
 * @returns undefined when Apple does not know the version any more: all must be read
 */
export async function readNewAssignments(
  context: Context,
  client: LocationClient,
  scope: WalkScope,
  since: string,
  onPage: (totalPages: number, rows: number) => Promise<void>,
  signal: AbortSignal,
): Promise<
  | {
      readonly clean: boolean;
      readonly versionId: string | undefined;
      readonly ofForeignPeople: readonly number[];
    }
  | undefined
> {
  return walkMirror(context, scope, async (mirror) => {
    try {
      const result = await client.assignments(
        { sinceVersionId: since },
        async (page) => {
          await mirror.write(page.attempt, page.rows);
          await onPage(page.totalPages, page.rows.length);
        },
        signal,
      );
      return { ...result, ofForeignPeople: mirror.ofForeignPeople() };
    } catch (error) {
      if (error instanceof RefusedError && error.number === staleVersion) return undefined;
      throw error;
    }
  });
}

/**
 * Reads the assignments of single assets into the mirror: an unknown outcome is found out by asking (Law 3).
 *
 * @returns whether all were read without doubt; if not, what the mirror does not show may be there all the same
 * @throws AppsAndBooksError; the mirror then holds what was read so far, and nothing was taken as gone
 */
export async function readAssignments(
  context: Context,
  client: LocationClient,
  locationUid: string,
  assetIds: readonly number[],
  signal: AbortSignal,
): Promise<boolean> {
  if (assetIds.length === 0) return true;
  const assets = await context.db
    .selectFrom('library.asset')
    .select(['id', 'adamId', 'pricingParam'])
    .where('locationUid', '=', locationUid)
    .where('id', 'in', assetIds)
    .orderBy('id')
    .execute();
  let allClean = true;
  for (const { id, adamId, pricingParam } of assets) {
    const clean = await walkMirror(context, { locationUid, assetIds: [id] }, async (mirror) => {
      const result = await client.assignments(
        { adamId, pricingParam },
        async (page) => mirror.write(page.attempt, page.rows),
        signal,
      );
      if (result.clean) await mirror.finishClean();
      return result.clean;
    });
    const now = context.clock.now();
    await context.db
      .updateTable('library.asset')
      .set({ lookedAt: now, ...(clean ? { comparedAt: now } : {}) })
      .where('id', '=', id)
      .execute();
    allClean &&= clean;
  }
  return allClean;
}
