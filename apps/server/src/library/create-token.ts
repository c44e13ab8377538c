import { randomUUID } from 'node:crypto';
import { AppsAndBooksError, type ClientConfig } from '@allotment/apps-and-books';
import { type Actor, recordAudit } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Database, Trx } from '../db/connect.ts';
import { hint } from '../db/hints.ts';
import { Problem } from '../errors.ts';
import { markCredential } from './credentials.ts';
import { type LookedAt, lookAtToken, tokenOfLocation } from './inspect-token.ts';
import { withLocation } from './location-lock.ts';
import { claimLocation, newNotificationSecret, ownedColumns, type OwnedLocation } from './owner.ts';
import { recordLocation, recordValid } from './record-location.ts';
import { sealToken } from './secrets.ts';
import { enqueueSync, nextSyncAt, wakeSyncs } from './sync-queue.ts';
import {
  type AccountType,
  checkAccountType,
  checkAppleId,
  checkCountry,
  checkDisplayName,
  type TokenFields,
} from './token-input.ts';

export interface NewToken extends TokenFields {
  /** The content of Apple's .vpptoken file, possibly in base64 once more. A secret. */
  readonly token: string;
}

/** What is certain of a token before it is written. */
interface CheckedToken {
  readonly appleId: string;
  readonly countryOrRegion: string;
  readonly accountType: AccountType;
  readonly displayName: string;
}

/**
 * Takes an uploaded token file in. The location's current owner is read first: a location of another service is
 * left alone, in state assignedToExternalMDM, unless taking it over was asked for (behaviors 16 and 29). Otherwise
 * the location is claimed and its first sync is queued.
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
  const looked = await lookAtToken(context, input.token, signal);
  const { config } = looked;
  const checked: CheckedToken = {
    appleId,
    accountType: account,
    countryOrRegion: country ?? checkCountry(config.countryISO2ACode ?? 'US'),
    displayName: displayName === '' ? nameOf(config) : displayName,
  };
  await refusePresent(context.db, config.uId);
  const id = randomUUID();
  await withLocation(context, config.uId, async () => {
    const location = await context.db
      .transaction()
      .execute(async (trx) => writeToken(context, trx, id, input, checked, looked, actor));
    const takeOver = input.claimTokenManagementFromExternalMdm === true;
    await claimNow(context, id, location, looked, takeOver, signal);
  });
  await wakeSyncs(context.db);
  return { id };
}

function nameOf(config: ClientConfig): string {
  return config.locationName === '' ? `Location ${config.uId}` : config.locationName;
}

async function writeToken(
  context: Context,
  trx: Trx,
  id: string,
  input: NewToken,
  checked: CheckedToken,
  { token, config }: LookedAt,
  actor: Actor,
): Promise<OwnedLocation> {
  const now = context.clock.now();
  const location = await ensureLocation(context, trx, config);
  await refusePresent(trx, config.uId);
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
    })
    .execute();
  await recordAudit(trx, now, actor, {
    action: 'createVppToken',
    target: { kind: 'vppToken', id, name: checked.displayName },
    detail: { uId: config.uId, owner: config.mdmInfo?.name ?? null },
  });
  if (!isForeign(context, config) || input.claimTokenManagementFromExternalMdm === true) {
    await enqueueSync(context, trx, id, 'first');
  }
  await hint(trx, 'tokens', 'locations');
  return location;
}

/** The location's row, made when it is new. Whose it is stays open until it was claimed. */
async function ensureLocation(
  context: Context,
  trx: Trx,
  config: ClientConfig,
): Promise<OwnedLocation> {
  await trx
    .insertInto('library.location')
    .values({
      uid: config.uId,
      name: config.locationName,
      notificationSecret: newNotificationSecret(context, config.uId),
      createdAt: context.clock.now(),
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await recordLocation(trx, config);
  return trx
    .updateTable('library.location')
    .set({ ownerState: 'unknown' })
    .where('uid', '=', config.uId)
    .returning(ownedColumns)
    .executeTakeFirstOrThrow();
}

async function refusePresent(db: Database, uid: string): Promise<void> {
  const present = await tokenOfLocation(db, uid);
  if (present === undefined) return;
  throw new Problem(
    'conflict',
    'locationPresent',
    `The location of this token is already here as "${present.displayName}" (${present.id}): upload the file into that token to renew it.`,
    { field: 'token' },
  );
}

function isForeign(context: Context, { mdmInfo }: ClientConfig): boolean {
  return mdmInfo !== undefined && mdmInfo.id !== context.installationId;
}

/** Claims at once, so that the caller sees the outcome; what Apple cannot do now, the first sync tries again. */
async function claimNow(
  context: Context,
  tokenId: string,
  location: OwnedLocation,
  { client, config }: LookedAt,
  takeOver: boolean,
  signal: AbortSignal,
): Promise<void> {
  try {
    await claimLocation(context, client, location, config, takeOver, signal);
    await recordValid(context, tokenId);
  } catch (error) {
    if (!(error instanceof AppsAndBooksError)) throw error;
    await markCredential(context, location.uid, error);
    context.log.warn(
      { err: error },
      'the location could not be claimed yet; its first sync tries again',
    );
  }
}
