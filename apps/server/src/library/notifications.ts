import {
  InvalidAnswerError,
  type Notification,
  parseNotification,
} from '@allotment/apps-and-books';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { hint, wakeChannel } from '../db/hints.ts';
import { leaveNotes, type Note } from '../db/notes.ts';
import { Problem } from '../errors.ts';
import { bearerColumns, isBearer } from './bearer.ts';
import { requestAssignments, requestCounts } from './counts.ts';
import { enqueueSync } from './sync-queue.ts';

/** The time stamp of the last notification need not be more exact than this. */
const stampEveryMs = 10_000;

/**
 * Stores one notification before anything is made of it; a second delivery of the same changes nothing.
 *
 * @param notificationPath the last part of the address that Apple was given
 * @param authorization the Authorization header
 * @returns false when the bearer is wrong
 * @throws Problem when the address is unknown or the body is no notification
 */
export async function receiveNotification(
  context: Context,
  notificationPath: string,
  authorization: string | undefined,
  body: unknown,
): Promise<boolean> {
  const location = await findLocation(context, notificationPath);
  if (location === undefined || location.notificationSecret === null) {
    throw new Problem('notFound', 'unknownAddress', 'No location expects notifications here.');
  }
  if (!isBearer(context, location, authorization)) return false;
  const notification = readNotification(body);
  await store(context, location.uid, notification, body);
  return true;
}

async function findLocation(context: Context, notificationPath: string) {
  if (!/^[0-9a-f-]{36}$/i.test(notificationPath)) return undefined;
  return context.db
    .selectFrom('library.location')
    .select(bearerColumns)
    .where('notificationId', '=', notificationPath)
    .executeTakeFirst();
}

function readNotification(body: unknown): Notification {
  try {
    return parseNotification(body);
  } catch (error) {
    if (!(error instanceof InvalidAnswerError)) throw error;
    throw new Problem('badRequest', 'notANotification', error.message, {
      field: error.field,
      cause: error,
    });
  }
}

/** One statement, because Apple sends as many as it likes: each waits for one answer of the database instead of six. */
async function store(
  { db, clock }: Context,
  locationUid: string,
  notification: Notification,
  body: unknown,
): Promise<void> {
  const now = clock.now();
  const { uId, notificationId } = notification;
  const type = notification.type === 'other' ? notification.name : notification.type;
  const eventId = 'eventId' in notification ? (notification.eventId ?? null) : null;
  const meant = uId === locationUid;
  await sql`with stored as (
      insert into library.notification (notification_id, location_uid, type, event_id, body, received_at, applied_at, outcome)
      values (${notificationId}, ${uId}, ${type}, ${eventId}, ${JSON.stringify(body)}, ${now},
        ${meant ? null : now}, ${meant ? null : 'unknownLocation'})
      on conflict do nothing returning outcome
    ), stamped as (
      update library.location set last_notification_at = ${now}
      where uid = ${locationUid} and exists (select from stored)
        and (last_notification_at is null or last_notification_at < ${new Date(now.getTime() - stampEveryMs)}))
    select pg_notify(${wakeChannel}, 'library') from stored where outcome is null`.execute(db);
}

const atOnce = 200;

/** Makes something of stored notifications. @returns whether more may wait */
export async function applyNotifications(context: Context): Promise<boolean> {
  return context.db.transaction().execute(async (trx) => {
    const waiting = await trx
      .selectFrom('library.notification')
      .select(['notificationId', 'locationUid', 'body'])
      .where('appliedAt', 'is', null)
      .orderBy('receivedAt')
      .limit(atOnce)
      .forUpdate()
      .skipLocked()
      .execute();
    if (waiting.length === 0) return false;
    await apply(
      context,
      trx,
      waiting.map(({ body }) => parseNotification(body)),
    );
    await sql`update library.notification n set applied_at = ${context.clock.now()}, outcome = 'applied'
      from unnest(${waiting.map((one) => one.locationUid)}::text[], ${waiting.map((one) => one.notificationId)}::text[]) as r (uid, id)
      where n.location_uid = r.uid and n.notification_id = r.id`.execute(trx);
    await hint(trx, 'locations');
    return waiting.length === atOnce;
  });
}

interface NamedAsset {
  readonly uId: string;
  readonly adamId: string;
  readonly pricingParam: string;
}

/**
 * Events are settled by `associations`. All else only says what to read again: a change of counts can overtake a sync
 * that includes it, and what is not known yet may concern anything.
 */
async function apply(
  context: Context,
  trx: Trx,
  notifications: readonly Notification[],
): Promise<void> {
  const events: Note[] = [];
  const counted: NamedAsset[] = [];
  const reassigned: NamedAsset[] = [];
  const unclear = new Set<string>();
  for (const one of notifications) {
    if (one.type === 'ASSET_COUNT') counted.push(one);
    else if (one.type === 'other') unclear.add(one.uId);
    else if (one.type === 'USER_MANAGEMENT' || one.type === 'USER_ASSOCIATED')
      events.push({ kind: 'users', key: `${one.uId}\t${one.notificationId}` });
    else if (one.type === 'ASSET_MANAGEMENT') {
      const { uId } = one;
      if (one.eventId === undefined)
        reassigned.push(...one.assignments.map((row) => ({ ...row, uId })));
      else events.push({ kind: 'event', key: `${uId}\t${one.notificationId}` });
    }
  }
  await leaveNotes(trx, 'associations', events);
  await requestAssignments(trx, (await findAssets(trx, reassigned)).known);
  const { known, unknown } = await findAssets(trx, counted);
  await requestCounts(trx, known);
  await syncLocations(context, trx, [...unclear, ...unknown]);
}

/** The ids of these assets, and the locations of those that are new to us. */
async function findAssets(
  trx: Trx,
  assets: readonly NamedAsset[],
): Promise<{ readonly known: readonly number[]; readonly unknown: readonly string[] }> {
  if (assets.length === 0) return { known: [], unknown: [] };
  const { rows } = await sql<{ uid: string; id: number | null }>`
    select distinct r.uid, a.id
    from unnest(${assets.map((one) => one.uId)}::text[], ${assets.map((one) => one.adamId)}::text[], ${assets.map((one) => one.pricingParam)}::text[])
      as r (uid, adam_id, pricing_param)
    left join library.asset a on a.location_uid = r.uid and a.adam_id = r.adam_id and a.pricing_param = r.pricing_param`.execute(
    trx,
  );
  return {
    known: rows.flatMap(({ id }) => id ?? []),
    unknown: rows.filter(({ id }) => id === null).map(({ uid }) => uid),
  };
}

async function syncLocations(context: Context, trx: Trx, uids: readonly string[]): Promise<void> {
  if (uids.length === 0) return;
  const tokens = await trx
    .selectFrom('library.token')
    .select('id')
    .where('locationUid', 'in', uids)
    .where('state', '=', 'valid')
    .orderBy('id')
    .execute();
  for (const { id } of tokens) await enqueueSync(context, trx, id, 'notification');
}
