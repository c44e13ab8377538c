import { createHash, timingSafeEqual } from 'node:crypto';
import {
  InvalidAnswerError,
  type Notification,
  parseNotification,
} from '@allotment/apps-and-books';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { hint, wakeChannel } from '../db/hints.ts';
import { leaveNote } from '../db/notes.ts';
import { Problem } from '../errors.ts';
import { requestAssignments, requestCounts } from './counts.ts';
import { openNotificationSecret } from './secrets.ts';
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
  const secret = openNotificationSecret(context, location.uid, location.notificationSecret);
  if (!sameText(authorization ?? '', `Bearer ${secret}`)) return false;
  const notification = readNotification(body);
  await context.db
    .transaction()
    .execute(async (trx) => store(context, trx, location.uid, notification, body));
  return true;
}

async function findLocation(context: Context, notificationPath: string) {
  if (!/^[0-9a-f-]{36}$/i.test(notificationPath)) return undefined;
  return context.db
    .selectFrom('library.location')
    .select(['uid', 'notificationSecret'])
    .where('notificationId', '=', notificationPath)
    .executeTakeFirst();
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Compares in a time that does not depend on where the texts differ. */
function sameText(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
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

async function store(
  context: Context,
  trx: Trx,
  locationUid: string,
  notification: Notification,
  body: unknown,
): Promise<void> {
  const now = context.clock.now();
  const meant = notification.uId === locationUid;
  const stored = await trx
    .insertInto('library.notification')
    .values({
      notificationId: notification.notificationId,
      locationUid: notification.uId,
      type: notification.type === 'other' ? notification.name : notification.type,
      eventId: 'eventId' in notification ? (notification.eventId ?? null) : null,
      body: JSON.stringify(body),
      receivedAt: now,
      ...(meant ? {} : { appliedAt: now, outcome: 'unknownLocation' }),
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (stored.numInsertedOrUpdatedRows === 0n) return;
  await trx
    .updateTable('library.location')
    .set({ lastNotificationAt: now })
    .where('uid', '=', locationUid)
    .where((one) =>
      one.or([
        one('lastNotificationAt', 'is', null),
        one('lastNotificationAt', '<', new Date(now.getTime() - stampEveryMs)),
      ]),
    )
    .execute();
  if (meant) await sql`select pg_notify(${wakeChannel}, 'library')`.execute(trx);
}

const atOnce = 200;

/** Makes something of stored notifications. @returns whether more may wait */
export async function applyNotifications(context: Context): Promise<boolean> {
  const syncs = new Set<string>();
  const count = await context.db.transaction().execute(async (trx) => {
    const waiting = await trx
      .selectFrom('library.notification')
      .select(['notificationId', 'locationUid', 'body'])
      .where('appliedAt', 'is', null)
      .orderBy('receivedAt')
      .limit(atOnce)
      .forUpdate()
      .skipLocked()
      .execute();
    for (const { locationUid, body } of waiting) {
      if (await apply(trx, locationUid, parseNotification(body))) syncs.add(locationUid);
    }
    await sql`update library.notification n set applied_at = ${context.clock.now()}, outcome = 'applied'
      from unnest(${waiting.map((one) => one.locationUid)}::text[], ${waiting.map((one) => one.notificationId)}::text[]) as r (uid, id)
      where n.location_uid = r.uid and n.notification_id = r.id`.execute(trx);
    if (waiting.length > 0) await hint(trx, 'locations');
    return waiting.length;
  });
  for (const uid of syncs) await syncLocation(context, uid);
  return count === atOnce;
}

/** @returns whether the whole location is to be read again */
async function apply(trx: Trx, locationUid: string, notification: Notification): Promise<boolean> {
  switch (notification.type) {
    case 'ASSET_COUNT': {
      // A change of counts can overtake a sync that includes it: it only says what to read again.
      const ids = await assetIds(trx, locationUid, [notification]);
      await requestCounts(trx, ids);
      return ids.length === 0;
    }
    case 'ASSET_MANAGEMENT':
      if (notification.eventId !== undefined) {
        const key = `${locationUid}\t${notification.notificationId}`;
        await leaveNote(trx, 'associations', 'event', key);
        return false;
      }
      await requestAssignments(trx, await assetIds(trx, locationUid, notification.assignments));
      return false;
    default:
      // What is not known yet may concern anything; tests and users concern nothing that is kept here.
      return notification.type === 'other';
  }
}

async function assetIds(
  trx: Trx,
  locationUid: string,
  assets: readonly { readonly adamId: string; readonly pricingParam: string }[],
): Promise<readonly number[]> {
  const { rows } = await sql<{ id: number }>`
    select distinct a.id from library.asset a
    join unnest(${assets.map((one) => one.adamId)}::text[], ${assets.map((one) => one.pricingParam)}::text[])
      as r (adam_id, pricing_param) using (adam_id, pricing_param)
    where a.location_uid = ${locationUid}`.execute(trx);
  return rows.map((row) => row.id);
}

async function syncLocation(context: Context, uid: string): Promise<void> {
  const token = await context.db
    .selectFrom('library.token')
    .select('id')
    .where('locationUid', '=', uid)
    .where('state', '=', 'valid')
    .executeTakeFirst();
  if (token !== undefined) await enqueueSync(context, token.id, 'notification', undefined);
}
