import { randomUUID } from 'node:crypto';
import { JsonClient } from '@allotment/demo';
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
