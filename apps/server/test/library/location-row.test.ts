import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Trx } from '../../src/db/connect.ts';
import { NotificationInbox } from '../../src/library/inbox.ts';
import { pauseLocation, resumeLocation, setManagedAppleIdSource } from '../../src/library/index.ts';
import { newNotificationSecret, openNotificationSecret } from '../../src/library/secrets.ts';
import { openTestContext, type TestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';
import { administrator } from './support/library.ts';

let test: TestContext;

beforeAll(async () => {
  test = await openTestContext();
});
afterAll(async () => test[Symbol.asyncDispose]());

/** A title is added to the location, as a sync does for each page. */
async function addTitle(trx: Trx, locationUid: string): Promise<void> {
  await trx
    .insertInto('library.title')
    .values({ locationUid, adamId: '1', name: 'Added', found: true, fetchedAt: new Date() })
    .execute();
}

async function inOne<T>(act: (trx: Trx) => Promise<T>): Promise<T> {
  return test.context.db.transaction().execute(act);
}

describe('what is added to a location', () => {
  it('does not wait for whoever says where its people have their accounts', async () => {
    const uid = '1';
    await new TestOrganization(test.context).location(uid);
    await inOne(async (trx) => {
      await setManagedAppleIdSource(trx, uid, 'userPrincipalName');
      const added = inOne(async (other) => {
        await sql`set local lock_timeout = 2000`.execute(other);
        await addTitle(other, uid);
      });
      await expect(added).resolves.toBeUndefined();
    });
  });

  it('does not keep a person from resuming it', async () => {
    const uid = '2';
    const { context } = test;
    await new TestOrganization(context).location(uid);
    await pauseLocation(context, uid, 'moving schools', administrator);
    let resumed: Promise<void> | undefined;
    await inOne(async (trx) => {
      await addTitle(trx, uid);
      resumed = resumeLocation(context, uid, 'moved', administrator);
      const late = context.clock.sleep(5_000).then(() => 'waits');
      expect(await Promise.race([resumed, late])).toBeUndefined();
    });
    await resumed;
  });

  it('does not keep a notification from being dated', async () => {
    const uid = '3';
    const { context } = test;
    await new TestOrganization(context).location(uid);
    const secret = newNotificationSecret(context, uid);
    const { notificationId } = await context.db
      .updateTable('library.location')
      .set({ notificationSecret: secret })
      .where('uid', '=', uid)
      .returning('notificationId')
      .executeTakeFirstOrThrow();
    await inOne(async (trx) => {
      await addTitle(trx, uid);
      const value = {
        notificationId: 'n-1',
        notificationType: 'TEST_NOTIFICATION',
        notification: {},
        uId: uid,
      };
      await new NotificationInbox(context).receive(
        notificationId,
        `Bearer ${openNotificationSecret(context, uid, secret)}`,
        { value, text: JSON.stringify(value) },
      );
    });
    const { lastNotificationAt } = await context.db
      .selectFrom('library.location')
      .select('lastNotificationAt')
      .where('uid', '=', uid)
      .executeTakeFirstOrThrow();
    expect(lastNotificationAt).not.toBeNull();
  });
});
