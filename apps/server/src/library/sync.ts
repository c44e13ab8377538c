import { AppsAndBooksError, type LocationClient } from '@allotment/apps-and-books';
import type { Context } from '../context.ts';
import { ensureApps, readAllAssets } from './assets.ts';
import { rotateIfOld } from './bearer.ts';
import { readCatalog } from './catalog.ts';
import { requestAssignments } from './counts.ts';
import { boundClient } from './credentials.ts';
import type { WalkScope } from './mirror-walk.ts';
import { claimLocation, ownedColumns } from './owner.ts';
import { readAllAssignments, readNewAssignments } from './read-assignments.ts';
import { recordLocation, recordValid } from './record-location.ts';
import { openToken } from './secrets.ts';
import { SyncGone, type SyncProgress } from './sync-progress.ts';
import { beginSync, failSync, finishSync, type SyncRun } from './sync-run.ts';
import { markCredential } from './token-states.ts';

/**
 * Runs one sync to its end. What Apple refuses ends it as failed, with the reason in its row and in the token's; a
 * failure of ours (database, shutdown) is thrown and leaves it running, to be taken up again.
 */
export async function runSync(
  context: Context,
  syncId: string,
  signal: AbortSignal,
): Promise<void> {
  const run = await beginSync(context, syncId);
  if (run === undefined) return;
  try {
    const { clean, warning } = await readAll(context, run, signal);
    await finishSync(context, run, clean, warning);
  } catch (error) {
    if (error instanceof SyncGone) return;
    if (!(error instanceof AppsAndBooksError)) throw error;
    await markCredential(context, run.token.locationUid, error, run.token.id);
    await failSync(context, run, error);
  }
}

/** What a sync has found. */
interface Found {
  /** Whether the assignments were read without doubt. */
  readonly clean: boolean;
  /** What went wrong beside the licenses, in a sentence. */
  readonly warning: string | undefined;
}

/**
 * Reads location, titles and assignments together, and the catalog, which is another service, while the assignments
 * come in: Apple's time is most of a sync's. Ends when all have ended; the first failure ends the others.
 */
async function readAll(context: Context, run: SyncRun, outer: AbortSignal): Promise<Found> {
  const failed = new AbortController();
  const signal = AbortSignal.any([outer, failed.signal]);
  const endingAll = async <T>(part: Promise<T>): Promise<T> => {
    try {
      return await part;
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  };
  const located = endingAll(readLocation(context, run, signal));
  // A location known to be ours need not be asked about first: each of its answers says whose it is, and is checked.
  if (!run.isOurs) await located;
  const titlesRead = endingAll(readTitles(context, run, signal));
  let isDescribed = false;
  const known = Promise.all([located, titlesRead]);
  const described = endingAll(readDescriptions(context, run, known, signal)).finally(() => {
    isDescribed = true;
  });
  const held = endingAll(readHolders(context, run, titlesRead, signal)).finally(() => {
    if (!isDescribed) run.progress.enter('catalog');
  });
  await Promise.allSettled([located, described, held]);
  const [, warning, clean] = await Promise.all([located, described, held]);
  return { clean, warning };
}

/** Whose is the location now? A takeover wanted but not yet done is done here. */
async function readLocation(
  context: Context,
  { token, progress }: SyncRun,
  signal: AbortSignal,
): Promise<void> {
  progress.enter('location');
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
  await claimLocation(context, client, location, config, location.takeOver, signal);
  await recordValid(context, token.id);
}

async function readTitles(
  context: Context,
  { token, progress }: SyncRun,
  signal: AbortSignal,
): Promise<void> {
  const client = boundClient(context, token.locationUid, token);
  progress.enter('assets');
  await readAllAssets(context, client, token.locationUid, onPageOf(progress), signal);
  progress.enter('assignments');
}

/** What was read of the assignments. */
interface Reading {
  readonly clean: boolean;
  /** What is to be kept of it with the location. */
  readonly kept: { readonly walkedAt?: Date; readonly assignmentsVersion?: string | null };
}

/** Who holds what, then the apps. @returns whether the assignments were read without doubt */
async function readHolders(
  context: Context,
  run: SyncRun,
  titlesRead: Promise<void>,
  signal: AbortSignal,
): Promise<boolean> {
  const { token } = run;
  const uid = token.locationUid;
  const client = boundClient(context, uid, token);
  const scope = { locationUid: uid, titlesRead };
  const { clean, kept } =
    (await readIncrement(context, run, client, scope, signal)) ??
    (await readWhole(context, run, client, scope, signal));
  await context.db.transaction().execute(async (trx) => {
    if (Object.keys(kept).length > 0) {
      await trx.updateTable('library.location').set(kept).where('uid', '=', uid).execute();
    }
    await ensureApps(context, trx, token.id, uid);
  });
  return clean;
}

/** @returns undefined when all must be read */
async function readIncrement(
  context: Context,
  { token, increment, progress }: SyncRun,
  client: LocationClient,
  scope: WalkScope,
  signal: AbortSignal,
): Promise<Reading | undefined> {
  if (!increment) return undefined;
  const { assignmentsVersion: since } = await context.db
    .selectFrom('library.location')
    .select('assignmentsVersion')
    .where('uid', '=', token.locationUid)
    .executeTakeFirstOrThrow();
  if (since === null) return undefined;
  const onPage = onPageOf(progress);
  const read = await readNewAssignments(context, client, scope, since, onPage, signal);
  if (read === undefined) return undefined;
  await requestAssignments(context.db, read.ofForeignPeople);
  const { clean, versionId } = read;
  return { clean, kept: clean ? { assignmentsVersion: versionId ?? null } : {} };
}

async function readWhole(
  context: Context,
  { progress }: SyncRun,
  client: LocationClient,
  scope: WalkScope,
  signal: AbortSignal,
): Promise<Reading> {
  const onPage = onPageOf(progress);
  const { clean, versionId } = await readAllAssignments(context, client, scope, onPage, signal);
  // Without a clean reading the next increment goes on from the last one.
  return {
    clean,
    kept: clean ? { walkedAt: context.clock.now(), assignmentsVersion: versionId ?? null } : {},
  };
}

function onPageOf(progress: SyncProgress): (totalPages: number, rows: number) => Promise<void> {
  return async (totalPages, rows) => progress.page(totalPages, rows);
}

/**
 * Descriptions never stop license work.
 *
 * @param known settled when location and titles were read
 * @returns what went wrong, in a sentence
 */
async function readDescriptions(
  context: Context,
  { token }: SyncRun,
  known: Promise<unknown>,
  signal: AbortSignal,
): Promise<string | undefined> {
  await known;
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
    if (signal.aborted || !(error instanceof AppsAndBooksError)) throw error;
    context.log.warn({ err: error }, 'the catalog was not read');
    return `Licenses are up to date, but names and icons are not: ${error.message}`;
  }
}
