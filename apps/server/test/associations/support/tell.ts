import { randomUUID } from 'node:crypto';
import { JsonClient } from '@allotment/demo';
import type { Context } from '../../../src/context.ts';
import { leaveNotes } from '../../../src/db/notes.ts';
import { openNotificationSecret } from '../../../src/library/secrets.ts';
import type { Stage } from '../../support/stage.ts';

/** Sends what Apple would tell of an event with licenses. */
export async function tellOfEvent(stage: Stage, notification: object): Promise<void> {
  const { context, url, ca } = stage.harness;
  const { notificationId, notificationSecret } = await context.db
    .selectFrom('library.location')
    .select(['notificationId', 'notificationSecret'])
    .where('uid', '=', stage.uId)
    .executeTakeFirstOrThrow();
  if (notificationSecret === null) throw new Error('A location has a secret.');
  const bearer = openNotificationSecret(context, stage.uId, notificationSecret);
  const sender = new JsonClient(url, ca, bearer);
  try {
    await sender.post(`/apple/notifications/${notificationId}`, {
      notificationId: randomUUID(),
      notificationType: 'ASSET_MANAGEMENT',
      notification,
      uId: stage.uId,
    });
  } finally {
    await sender.close();
  }
}

/** What Apple has told of an event with licenses is stored and noted, as the inbox does it. */
export async function storeEvent(
  { db, clock }: Context,
  locationUid: string,
  notification: { readonly eventId: string; readonly [field: string]: unknown },
): Promise<void> {
  const [notificationId, { eventId }] = [randomUUID(), notification];
  await db
    .insertInto('library.notification')
    .values({
      locationUid,
      notificationId,
      type: 'ASSET_MANAGEMENT',
      eventId,
      body: JSON.stringify({ notification }),
      receivedAt: clock.now(),
    })
    .execute();
  const key = `${locationUid}\t${notificationId}`;
  await leaveNotes(db, 'associations', [{ kind: 'event', key }]);
}
