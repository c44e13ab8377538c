import { type AppsAndBooksError, UnknownOutcomeError } from '@allotment/apps-and-books';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { hint } from '../db/hints.ts';
import { forgetOld } from './forget-old.ts';
import { lockTokenOf } from './sync-queue.ts';
import { SyncProgress } from './sync-progress.ts';

/** One sync of a token's location, from the moment it runs. */
export interface SyncRun {
  readonly syncId: string;
  /** Only what is new: enough after a notification; what is gone shows in the others (`sync-queue.ts`). */
  readonly increment: boolean;
  /** Nobody else was known to manage the location when this began, and it is not to be taken over. */
  readonly isOurs: boolean;
  readonly token: {
    readonly id: string;
    readonly secret: Buffer;
    readonly locationUid: string;
    readonly countryOrRegion: string;
  };
  readonly progress: SyncProgress;
}

/** A sync that failed for a passing reason is tried again this soon. */
const soonMs = 15 * 60_000;

/** @returns undefined when the sync is over already, or gone */
export async function beginSync(context: Context, syncId: string): Promise<SyncRun | undefined> {
  return context.db.transaction().execute(async (trx) => {
    const now = context.clock.now();
    // Forgotten with the machine, it waits as before: no need to wait for the disk.
    await sql`set local synchronous_commit = off`.execute(trx);
    await lockTokenOf(trx, syncId);
    const sync = await trx
      .updateTable('library.sync')
      .set({ state: 'running', startedAt: now, pagesDone: 0, rowsRead: 0 })
      .where('id', '=', syncId)
      .where('state', 'in', ['waiting', 'running'])
      .returning(['tokenId', 'trigger'])
      .executeTakeFirst();
    if (sync === undefined) return undefined;
    const token = await trx
      .updateTable('library.token as token')
      .from('library.location as location')
      .set({ lastSyncStatus: 'inProgress' })
      .where('token.id', '=', sync.tokenId)
      .whereRef('location.uid', '=', 'token.locationUid')
      .returning([
        'token.id',
        'token.secret',
        'token.locationUid',
        'token.countryOrRegion',
        'location.ownerState',
        'location.takeOver',
      ])
      .executeTakeFirst();
    await hint(trx, 'sync', 'tokens');
    if (token === undefined) return undefined;
    return {
      syncId,
      token,
      increment: sync.trigger === 'notification',
      isOurs: token.ownerState === 'ours' && !token.takeOver,
      progress: new SyncProgress(context, syncId),
    };
  });
}

/** @param warning what went wrong beside the licenses, in a sentence */
export async function finishSync(
  context: Context,
  run: SyncRun,
  clean: boolean,
  warning: string | undefined,
): Promise<void> {
  const now = context.clock.now();
  await end(context, run, async (trx) => {
    await trx
      .updateTable('library.sync')
      .set({ state: 'completed', phase: 'done', clean, error: warning ?? null, finishedAt: now })
      .where('id', '=', run.syncId)
      .execute();
    await trx
      .updateTable('library.token')
      .set({ lastSyncAt: now, lastSyncStatus: 'completed', lastSyncError: warning ?? null })
      .where('id', '=', run.token.id)
      .execute();
  });
}

/** Ends it with the reason for people to read; tried again soon when it may pass. */
export async function failSync(
  context: Context,
  run: SyncRun,
  error: AppsAndBooksError,
): Promise<void> {
  const now = context.clock.now();
  const told = `${error.message} ${error.remedy}`;
  const passing = error.retryable || error instanceof UnknownOutcomeError;
  const soon = new Date(now.getTime() + Math.max(soonMs, error.retryAfterMs ?? 0));
  await end(context, run, async (trx) => {
    await trx
      .updateTable('library.sync')
      .set({ state: 'failed', error: told, errorNumber: error.number ?? null, finishedAt: now })
      .where('id', '=', run.syncId)
      .execute();
    await trx
      .updateTable('library.token')
      .set({
        lastSyncAt: now,
        lastSyncStatus: 'failed',
        lastSyncError: told,
        ...(passing ? { nextSyncAt: sql<Date>`least(next_sync_at, ${soon})` } : {}),
      })
      .where('id', '=', run.token.id)
      .execute();
  });
  context.log.warn({ err: error, location: run.token.locationUid }, 'a sync failed');
}

async function end(
  context: Context,
  run: SyncRun,
  write: (trx: Trx) => Promise<void>,
): Promise<void> {
  await run.progress.silence();
  await context.db.transaction().execute(async (trx) => {
    await lockTokenOf(trx, run.syncId);
    await write(trx);
    await forgetOld(trx, run.token, context.clock.now());
    await hint(trx, 'sync', 'tokens', 'apps', 'locations');
  });
  context.log.debug({ sync: run.syncId }, 'a sync ended');
}
