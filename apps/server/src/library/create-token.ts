import { randomUUID } from 'node:crypto';
import { AppsAndBooksError, type ClientConfig } from '@allotment/apps-and-books';
import { type Actor, recordAudit } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { hint } from '../db/hints.ts';
import { Problem } from '../errors.ts';
import { patience, ranOut } from './apple-problem.ts';
import { type LookedAt, lookAtToken, tokenOfLocation } from './inspect-token.ts';
import { withLocation } from './location-lock.ts';
import { claimLocation, isForeign, ownedColumns, type OwnedLocation } from './owner.ts';
import { recordLocation, recordValid } from './record-location.ts';
import { newNotificationSecret, sealToken } from './secrets.ts';
import { duplicateReason, handOver, wornOut } from './serving.ts';
import { refuseTooManyTokens } from './settings.ts';
import { enqueueSync, nextSyncAt, wakeSyncs } from './sync-queue.ts';
import {
  type AccountType,
  checkAccountType,
  checkAppleId,
  checkCountry,
  checkDisplayName,
  type TokenFields,
} from './token-input.ts';
import { markCredential } from './token-states.ts';

export interface NewToken extends TokenFields {
  /** The content of Apple's .vpptoken file, possibly in base64 once more. A secret. */
  readonly token: string;
  /** True: where the location has a token already, this one stands by as its duplicate instead of being refused. */
  readonly allowDuplicate?: boolean | undefined;
}

/** What is certain of a token before it is written. */
interface CheckedToken {
  readonly appleId: string;
  readonly countryOrRegion: string;
  readonly accountType: AccountType;
  readonly displayName: string;
}

/** A token on its way in. */
interface Upload {
  readonly id: string;
  readonly input: NewToken;
  readonly checked: CheckedToken;
  readonly looked: LookedAt;
  readonly actor: Actor;
}

/**
 * Takes an uploaded token file in. The location's current owner is read first: a location of another service is
 * left alone, in state assignedToExternalMDM, unless taking it over was asked for (behaviors 16 and 29). Otherwise
 * the location is claimed and its first sync is queued. A file of a location that has a token belongs into that token;
 * only on request it becomes a second one, which stands by (behaviors 65 and L9).
 *
 * @throws Problem naming the field and the remedy; nothing was changed then
 */
export async function createToken(
  context: Context,
  input: NewToken,
  actor: Actor,
  signal: AbortSignal = context.signal,
): Promise<{ readonly id: string }> {
  const account = checkAccountType(input.vppTokenAccountType ?? 'business');
  const appleId = checkAppleId(input.appleId ?? '');
  const country =
    input.countryOrRegion === undefined ? undefined : checkCountry(input.countryOrRegion);
  const displayName = checkDisplayName(input.displayName ?? '');
  const waits = patience(context, signal);
  const next = 'Nothing was saved; upload the file again in a few minutes.';
  const looked = await lookAtToken(context, input.token, next, waits);
  const { config } = looked;
  const checked: CheckedToken = {
    appleId,
    accountType: account,
    countryOrRegion: country ?? checkCountry(config.countryISO2ACode ?? 'US'),
    displayName: displayName === '' ? nameOf(config) : displayName,
  };
  const upload: Upload = { id: randomUUID(), input, checked, looked, actor };
  const store = async (): Promise<void> => {
    const location = await context.db
      .transaction()
      .execute(async (trx) => writeUpload(context, trx, upload));
    if (location !== undefined) await claimNow(context, upload, location, waits);
  };
  await withLocation(context, config.uId, store, waits);
  await wakeSyncs(context.db);
  return { id: upload.id };
}

function nameOf(config: ClientConfig): string {
  return config.locationName === '' ? `Location ${config.uId}` : config.locationName;
}

/** @returns the location to claim; undefined for a duplicate */
async function writeUpload(
  context: Context,
  trx: Trx,
  upload: Upload,
): Promise<OwnedLocation | undefined> {
  await refuseTooManyTokens(trx);
  const { input, looked } = upload;
  const { uId } = looked.config;
  const present = await tokenOfLocation(trx, uId);
  if (present !== undefined) {
    if (input.allowDuplicate !== true) throw locationPresent(present);
    await writeToken(context, trx, upload, present);
    if (wornOut.has(present.state)) await handOver(context, trx, uId, 'working');
    return undefined;
  }
  const takeOver = input.claimTokenManagementFromExternalMdm === true;
  const location = await ensureLocation(context, trx, looked.config, takeOver);
  await writeToken(context, trx, upload, undefined);
  if (takeOver || !isForeign(context, looked.config.mdmInfo)) {
    await enqueueSync(context, trx, upload.id, 'first');
  }
  return location;
}

function locationPresent(present: { readonly id: string; readonly displayName: string }): Problem {
  return new Problem(
    'conflict',
    'locationPresent',
    `The location of this token is already here as "${present.displayName}" (${present.id}): upload the file into that token to renew it. Only if you want a second token of the same location to stand by, ask for a duplicate: send it again with allowDuplicate true.`,
    { field: 'token' },
  );
}

/** @param serving the token that serves the location already */
async function writeToken(
  context: Context,
  trx: Trx,
  { id, input, checked, looked: { token, config }, actor }: Upload,
  serving: { readonly id: string; readonly displayName: string } | undefined,
): Promise<void> {
  const now = context.clock.now();
  await trx
    .insertInto('library.token')
    .values({
      id,
      locationUid: config.uId,
      ...checked,
      automaticallyUpdateApps: input.automaticallyUpdateApps ?? false,
      claimFromExternalMdm: input.claimTokenManagementFromExternalMdm ?? false,
      dataSharingConsentGranted: input.dataSharingConsentGranted ?? false,
      secret: sealToken(context, id, token.sToken),
      organizationName: token.organizationName,
      expiresAt: config.tokenExpirationDate ?? token.expirationDate,
      nextSyncAt: nextSyncAt(context),
      createdAt: now,
      modifiedAt: now,
      ...(serving === undefined
        ? {}
        : {
            serving: false,
            state: 'duplicateLocationId',
            stateReason: duplicateReason(serving.displayName),
          }),
    })
    .execute();
  await recordAudit(trx, now, actor, {
    action: 'createVppToken',
    target: { kind: 'vppToken', id, name: checked.displayName },
    detail: {
      uId: config.uId,
      owner: config.mdmInfo?.name ?? null,
      duplicateOf: serving?.id ?? null,
    },
  });
  await hint(trx, 'tokens', 'locations');
}

/** The location's row, made when it is new. Whose it is stays open until it was claimed. */
async function ensureLocation(
  context: Context,
  trx: Trx,
  config: ClientConfig,
  takeOver: boolean,
): Promise<OwnedLocation> {
  await trx
    .insertInto('library.location')
    .values({
      uid: config.uId,
      name: config.locationName,
      createdAt: context.clock.now(),
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await recordLocation(trx, config);
  // A location whose token was deleted before has none.
  const secret = newNotificationSecret(context, config.uId);
  return trx
    .updateTable('library.location')
    .set((set) => ({
      ownerState: 'unknown',
      takeOver,
      notificationSecret: set.fn.coalesce('notificationSecret', set.val(secret)),
    }))
    .where('uid', '=', config.uId)
    .returning(ownedColumns)
    .executeTakeFirstOrThrow();
}

/** Claims at once, so that the caller sees the outcome; what Apple cannot do now, the first sync tries again. */
async function claimNow(
  context: Context,
  { id, looked: { client, config } }: Upload,
  location: OwnedLocation,
  waits: AbortSignal,
): Promise<void> {
  try {
    await claimLocation(context, client, location, config, location.takeOver, waits);
    await recordValid(context, id);
  } catch (error) {
    if (!(error instanceof AppsAndBooksError) && !ranOut(waits)) throw error;
    await markCredential(context, location.uid, error, id);
    context.log.warn(
      { err: error },
      'the location could not be claimed yet; its first sync tries again',
    );
  }
}
