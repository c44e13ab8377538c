import {
  AppsAndBooksError,
  type LocationClient,
  UnknownOutcomeError,
} from '@allotment/apps-and-books';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { hint } from '../db/hints.ts';
import { ensureApps, readAllAssets } from './assets.ts';
import { rotateIfOld } from './bearer.ts';
import { readCatalog } from './catalog.ts';
import { requestAssignments } from './counts.ts';
import { boundClient } from './credentials.ts';
import { forgetOld } from './forget-old.ts';
import type { WalkScope } from './mirror-walk.ts';
import { claimLocation, ownedColumns } from './owner.ts';
import { readAllAssignments, readNewAssignments } from './read-assignments.ts';
import { recordLocation, recordValid } from './record-location.ts';
import { openToken } from './secrets.ts';
import { lockTokenOf } from './sync-queue.ts';
import { SyncGone, SyncProgress } from './sync-progress.ts';
import { markCredential } from './token-states.ts';

/** One sync of a token's location, from the moment it runs. */
interface Run {
  readonly syncId: string;
  /** Only what is new: enough after a notification; what is gone shows in the others (`sync-queue.ts`). */
  readonly increment: boolean;
  readonly token: {
    readonly id: string;
    readonly secret: Buffer;
    readonly locationUid: string;
    readonly countryOrRegion: string;
    readonly claimFromExternalMdm: boolean;
  };
  readonly progress: SyncProgress;
  readonly signal: AbortSignal;
}

/** A sync that failed for a passing reason is tried again this soon. */
const soonMs = 15 * 60_000;

/**
 * Runs one sync to its end. What Apple refuses ends it as failed, with the reason in its row and in the token's; a
 * failure of ours (database, shutdown) is thrown and leaves it running, to be taken up again.
 */
export async function runSync(
  context: Context,
  syncId: string,
  signal: AbortSignal,
): Promise<void> {
  const begun = await begin(context, syncId);
  if (begun === undefined) return;
  const { token, increment } = begun;
  const run: Run = {
    syncId,
    token,
    increment,
    progress: new SyncProgress(context, syncId),
    signal,
  };
  try {
    await readLocation(context, run);
    // Apple's time is most of a sync's: titles and assignments are asked for together, and the catalog, which is
    // another service, is read while the assignments come in.
    const titlesRead = readTitles(context, run);
    const [clean, warning] = await bothEnds(
      readHolders(context, run, titlesRead),
      readDescriptions(context, run, titlesRead),
    );
    await finish(context, run, clean, warning);
  } catch (error) {
    if (error instanceof SyncGone) return;
    if (!(error instanceof AppsAndBooksError)) throw error;
    await markCredential(context, token.locationUid, error, token.id);
    await fail(context, run, error);
  }
}

async function begin(
  context: Context,
  syncId: string,
): Promise<Pick<Run, 'token' | 'increment'> | undefined> {
  return context.db.transaction().execute(async (trx) => {
    const now = context.clock.now();
    await lockTokenOf(trx, syncId);
    const sync = await trx
      .updateTable('library.sync')
      .set({ state: 'running', startedAt: now, pagesDone: 0, rowsRead: 0 })
      .where('id', '=', syncId)
      .where('state', 'in', ['waiting', 'running'])
      .returning(['tokenId', 'trigger'])
      .executeTakeFirst();
    if (sync === undefined) return undefined;
    await hint(trx, 'sync', 'tokens');
    const token = await trx
      .updateTable('library.token')
      .set({ lastSyncStatus: 'inProgress' })
      .where('id', '=', sync.tokenId)
      .returning(['id', 'secret', 'locationUid', 'countryOrRegion', 'claimFromExternalMdm'])
      .executeTakeFirst();
    return token === undefined ? undefined : { token, increment: sync.trigger === 'notification' };
  });
}

/** Whose is the location now? A takeover asked for but not yet done is done here. */
async function readLocation(context: Context, { token, progress, signal }: Run): Promise<void> {
  await progress.enter('location');
  const uId = token.locationUid;
  const client = context.apple.location({ sToken: openToken(context, token), uId });
  const config = await client.clientConfig(signal);
  await recordLocation(context.db, config);
  if (config.tokenExpirationDate !== undefined) {
    await context.db
      .updateTable('library.token')
      .set({ expiresAt: config.tokenExpirationDate })
      .where('id', '=', token.id)
      .execute();
  }
  await rotateIfOld(context, uId);
  const location = await context.db
    .selectFrom('library.location')
    .select(ownedColumns)
    .where('uid', '=', uId)
    .executeTakeFirstOrThrow();
  const takeOver = token.claimFromExternalMdm && location.ownerState === 'unknown';
  await claimLocation(context, client, location, config, takeOver, signal);
  await recordValid(context, token.id);
}

async function readTitles(context: Context, { token, progress, signal }: Run): Promise<void> {
  const client = boundClient(context, token.locationUid, token);
  await progress.enter('assets');
  await readAllAssets(context, client, token.locationUid, onPageOf(progress), signal);
  await progress.enter('assignments');
}

/** Who holds what, then the apps. @returns whether the assignments were read without doubt */
async function readHolders(
  context: Context,
  run: Run,
  titlesRead: Promise<void>,
): Promise<boolean> {
  const { token, progress } = run;
  const uid = token.locationUid;
  const client = boundClient(context, uid, token);
  const scope = { locationUid: uid, titlesRead };
  const clean =
    (await readIncrement(context, run, client, scope)) ??
    (await readWhole(context, run, client, scope));
  await ensureApps(context, token.id, uid);
  await progress.enter('catalog');
  return clean;
}

/** @returns whether it was read without doubt; undefined when all must be read */
async function readIncrement(
  context: Context,
  { token, increment, progress, signal }: Run,
  client: LocationClient,
  scope: WalkScope,
): Promise<boolean | undefined> {
  const { locationUid: uid } = token;
  const { assignmentsVersion: since } = await context.db
    .selectFrom('library.location')
    .select('assignmentsVersion')
    .where('uid', '=', uid)
    .executeTakeFirstOrThrow();
  if (!increment || since === null) return undefined;
  const onPage = onPageOf(progress);
  const read = await readNewAssignments(context, client, scope, since, onPage, signal);
  if (read !== undefined) await requestAssignments(context.db, read.ofForeignPeople);
  if (read?.clean === true)
    await recordReading(context, uid, { assignmentsVersion: read.versionId ?? null });
  return read?.clean;
}

async function readWhole(
  context: Context,
  { token, progress, signal }: Run,
  client: LocationClient,
  scope: WalkScope,
): Promise<boolean> {
  const { locationUid: uid } = token;
  const onPage = onPageOf(progress);
  const { clean, versionId } = await readAllAssignments(context, client, scope, onPage, signal);
  // Without a clean reading the next increment goes on from the last one.
  await recordReading(context, uid, {
    walkedAt: context.clock.now(),
    ...(clean ? { assignmentsVersion: versionId ?? null } : {}),
  });
  return clean;
}

async function recordReading(
  context: Context,
  uid: string,
  reading: { readonly walkedAt?: Date; readonly assignmentsVersion?: string | null },
): Promise<void> {
  await context.db.updateTable('library.location').set(reading).where('uid', '=', uid).execute();
}

function onPageOf(progress: SyncProgress): (totalPages: number, rows: number) => Promise<void> {
  return async (totalPages, rows) => progress.page(totalPages, rows);
}

/** Descriptions never stop license work. @returns what went wrong, in a sentence */
async function readDescriptions(
  context: Context,
  { token, signal }: Run,
  titlesRead: Promise<void>,
): Promise<string | undefined> {
  await titlesRead;
  const location = await context.db
    .selectFrom('library.location')
    .select('defaultPlatform')
    .where('uid', '=', token.locationUid)
    .executeTakeFirstOrThrow();
  const storefront = {
    locationUid: token.locationUid,
    country: token.countryOrRegion,
    platform: location.defaultPlatform ?? undefined,
    sToken: openToken(context, token),
  };
  try {
    await readCatalog(context, storefront, signal);
    return undefined;
  } catch (error) {
    if (!(error instanceof AppsAndBooksError)) throw error;
    context.log.warn({ err: error }, 'the catalog was not read');
    return `Licenses are up to date, but names and icons are not: ${error.message}`;
  }
}

/** Both results, or the failure of the first of the two that failed; either way both have ended. */
async function bothEnds<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([a, b]);
  return Promise.all([a, b]);
}

async function finish(
  context: Context,
  run: Run,
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

async function fail(context: Context, run: Run, error: AppsAndBooksError): Promise<void> {
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

async function end(context: Context, run: Run, write: (trx: Trx) => Promise<void>): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    await lockTokenOf(trx, run.syncId);
    await write(trx);
    await forgetOld(trx, run.token, context.clock.now());
    await hint(trx, 'sync', 'tokens', 'apps', 'locations');
  });
  context.log.debug({ sync: run.syncId }, 'a sync ended');
}
