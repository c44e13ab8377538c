import {
  type ClientConfig,
  type ClientConfigChange,
  ForeignOwnerError,
  type LocationClient,
  type MdmInfo,
  RefusedError,
} from '@allotment/apps-and-books';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { hint } from '../db/hints.ts';
import { leaveNote } from '../db/notes.ts';
import { foreignLineage, type Lineage, lineageOf, nextMark, pauseAsCopy } from './lineage.ts';
import { openNotificationSecret } from './secrets.ts';
import { recordSubscribed } from './bearer.ts';

/** Notification types asked for, as far as Apple offers them; subscriptions are not managed here. */
const wantedTypes = [
  'ASSET_COUNT',
  'ASSET_MANAGEMENT',
  'USER_MANAGEMENT',
  'USER_ASSOCIATED',
  'UNLIMITED_ASSET',
];
/** Refusals that are about the notification address: the location can be claimed without one. */
const notificationNumbers = new Set([9710, 9711, 9712, 9728]);

/** A location's row, as far as ownership needs it. */
export interface OwnedLocation extends Lineage {
  readonly uid: string;
  readonly ownerState: string;
  /** A person wants it taken over, and that is not done yet. */
  readonly takeOver: boolean;
  readonly notificationId: string;
  readonly notificationSecret: Buffer | null;
  /** When Apple took the secret; null: it is to be told. */
  readonly subscribedAt: Date | null;
  readonly pausedAt: Date | null;
}

export const ownedColumns = [
  'uid',
  'ownerState',
  'takeOver',
  'notificationId',
  'notificationSecret',
  'subscribedAt',
  'pausedAt',
  'lineage',
  'nextLineage',
] as const satisfies readonly (keyof OwnedLocation)[];

/** What Apple shows others about us. */
function ourMdmInfo(context: Context, lineage: string): MdmInfo {
  const url = context.config.publicUrl.origin;
  const metadata = JSON.stringify({ version: 1, lineage, url });
  return {
    id: context.installationId,
    name: 'Allotment',
    metadata: metadata.length <= 255 ? metadata : JSON.stringify({ version: 1, lineage }),
  };
}

/** The same once we have given the location up. */
export function releasedInfo(context: Context): MdmInfo {
  return {
    id: context.installationId,
    name: 'Allotment',
    metadata: JSON.stringify({ version: 1, released: true }),
  };
}

/** Whether another service manages the location: one that is there and has not given it up. */
export function isForeign(context: Context, owner: MdmInfo | undefined): owner is MdmInfo {
  return owner !== undefined && owner.id !== context.installationId && !isReleased(owner);
}

function isReleased({ name, metadata }: MdmInfo): boolean {
  return name === 'Allotment' && metadata.includes('"released":true');
}

/**
 * Makes the location ours at Apple and subscribes to notifications, as far as that is not so already. A location of
 * another service is taken over only when `takeOver` says so; a paused one is only looked at; one that another copy of
 * this installation has marked is paused (Law 11).
 *
 * @param client not bound to an owner
 * @param config what Apple has just said
 * @throws ForeignOwnerError; AppsAndBooksError when Apple cannot be asked: then it is tried at the next sync
 */
export async function claimLocation(
  context: Context,
  client: LocationClient,
  location: OwnedLocation,
  config: ClientConfig,
  takeOver: boolean,
  signal: AbortSignal,
): Promise<void> {
  const { mdmInfo: owner } = config;
  if (isForeign(context, owner) && !takeOver) throw new ForeignOwnerError(owner, undefined);
  // While a person has paused it, nothing is written to Apple (Law 11).
  if (location.pausedAt !== null) return;
  const ours = owner?.id === context.installationId ? owner : undefined;
  if (foreignMark(context, location, config) !== undefined) {
    const seen = await lookAgain(context, client, location.uid, signal);
    if (seen !== undefined) {
      const known = { ...location, ...seen.known };
      await claimLocation(context, client, known, seen.config, takeOver, signal);
    }
    return;
  }
  const mark = await nextMark(context.db, location.uid, ours);
  const info = ourMdmInfo(context, mark);
  const named =
    owner?.id === info.id && owner.name === info.name && owner.metadata === info.metadata;
  const claim: ClientConfigChange = named ? {} : { mdmInfo: info };
  const subscription = await wantedSubscription(context, location, config, signal);
  let refusal: RefusedError | undefined;
  if (subscription !== undefined) {
    // Apple calls the address during this very call: its bearer must be in the database by now.
    refusal = await tryToSubscribe(client, { ...claim, ...subscription }, signal);
  }
  const { notificationSecret } = location;
  const taken = subscription !== undefined && refusal === undefined ? notificationSecret : null;
  if (!named && (subscription === undefined || refusal !== undefined)) {
    await client.updateClientConfig(claim, signal);
  }
  await context.db.transaction().execute(async (trx) => {
    if (taken !== null) await recordSubscribed(context, trx, location.uid, taken);
    await recordOwned(context, trx, location.uid, mark, notificationState(context, refusal));
  });
}

/** Why the mark that Apple has under our name is not one of those known, in a sentence; undefined when all is well. */
function foreignMark(
  { installationId, config: { publicUrl } }: Context,
  known: Lineage,
  { mdmInfo: owner }: ClientConfig,
): string | undefined {
  return owner?.id === installationId ? foreignLineage(known, owner, publicUrl) : undefined;
}

/**
 * Pauses a location with the mark of another copy, but not for one that we have left since the row or Apple was asked:
 * both are asked anew, the row first, until it stays as it was.
 *
 * @returns what they say when it was our own mark; undefined when the location is paused
 */
async function lookAgain(
  context: Context,
  client: LocationClient,
  uid: string,
  signal: AbortSignal,
): Promise<{ readonly known: Lineage; readonly config: ClientConfig } | undefined> {
  for (;;) {
    const known = await lineageOf(context.db, uid);
    const config = await client.clientConfig(signal);
    const problem = foreignMark(context, known, config);
    if (problem === undefined) return { known, config };
    if (await pauseAsCopy(context, uid, known, problem)) return undefined;
  }
}

async function tryToSubscribe(
  client: LocationClient,
  change: ClientConfigChange,
  signal: AbortSignal,
): Promise<RefusedError | undefined> {
  try {
    await client.updateClientConfig(change, signal);
    return undefined;
  } catch (error) {
    if (error instanceof RefusedError && notificationNumbers.has(error.number ?? 0)) return error;
    throw error;
  }
}

interface Notifications {
  readonly notifications: 'on' | 'off' | 'failed';
  readonly notificationsError: string | null;
}

function notificationState(context: Context, refusal: RefusedError | undefined): Notifications {
  if (refusal !== undefined) {
    return { notifications: 'failed', notificationsError: `${refusal.message} ${refusal.remedy}` };
  }
  const on = context.config.publicUrl.protocol === 'https:';
  return { notifications: on ? 'on' : 'off', notificationsError: null };
}

async function recordOwned(
  { clock }: Context,
  trx: Trx,
  uid: string,
  lineage: string,
  notifications: Notifications,
): Promise<void> {
  await trx
    .updateTable('library.location')
    .set({
      ownerState: 'ours',
      takeOver: false,
      otherOwnerId: null,
      otherOwnerName: null,
      lineage,
      nextLineage: null,
      lineageKnown: true,
      lineageAt: clock.now(),
      ...notifications,
    })
    .where('uid', '=', uid)
    .execute();
  await leaveNote(trx, 'associations', 'location', uid);
  await hint(trx, 'locations');
}

/** Undefined when Apple need not be told: no https address, or the subscription is as it should be. */
async function wantedSubscription(
  context: Context,
  location: OwnedLocation,
  config: ClientConfig,
  signal: AbortSignal,
): Promise<ClientConfigChange | undefined> {
  const { publicUrl } = context.config;
  if (publicUrl.protocol !== 'https:' || location.notificationSecret === null) return undefined;
  const notificationUrl = new URL(`/apple/notifications/${location.notificationId}`, publicUrl)
    .href;
  const offered = (await context.apple.serviceConfig(signal)).notificationTypes;
  const notificationTypes = wantedTypes.filter((type) => offered.includes(type));
  const subscribed = new Set(config.subscribedNotificationTypes);
  const same =
    config.notificationUrl === notificationUrl &&
    location.subscribedAt !== null &&
    location.ownerState === 'ours' &&
    notificationTypes.every((type) => subscribed.has(type));
  if (same) return undefined;
  return {
    notificationUrl,
    notificationAuthToken: openNotificationSecret(
      context,
      location.uid,
      location.notificationSecret,
    ),
    notificationTypes,
  };
}
