import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assignedByOthers } from '../../src/associations/strangers.ts';
import { NotificationInbox } from '../../src/library/inbox.ts';
import { newNotificationSecret, openNotificationSecret } from '../../src/library/secrets.ts';
import { openTestContext, type TestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';

let test: TestContext;
let inbox: NotificationInbox;

beforeAll(async () => {
  test = await openTestContext();
  inbox = new NotificationInbox(test.context);
});
afterAll(async () => test[Symbol.asyncDispose]());

/** A location that Apple notifies; `receive` brings a notification to its address, whatever location that names. */
async function location(uid: string) {
  const { context } = test;
  const { tokenId } = await new TestOrganization(context).location(uid);
  const secret = newNotificationSecret(context, uid);
  const { notificationId: path } = await context.db
    .updateTable('library.location')
    .set({ notificationSecret: secret })
    .where('uid', '=', uid)
    .returning('notificationId')
    .executeTakeFirstOrThrow();
  const authorization = `Bearer ${openNotificationSecret(context, uid, secret)}`;
  const receive = async (value: object): Promise<boolean> =>
    inbox.receive(path, authorization, { value, text: JSON.stringify(value) });
  return { uid, tokenId, receive };
}

async function stored(notificationId: string) {
  return test.context.db
    .selectFrom('library.notification')
    .select(['locationUid', 'type', 'eventId', 'outcome'])
    .where('notificationId', '=', notificationId)
    .orderBy('locationUid')
    .execute();
}

/** The keys of what `associations` was told, each once. */
async function told(): Promise<readonly string[]> {
  const { rows } = await sql<{ key: string }>`
    delete from db.note where room = 'associations' and kind in ('event', 'users') returning key`.execute(
    test.context.db,
  );
  return rows.map(({ key }) => key);
}

/** What is told of the users of a location, by others. */
const ofUsers = (uId: string, notificationId: string) => ({
  notificationId,
  uId,
  notificationType: 'USER_MANAGEMENT',
  notification: { type: 'CREATE', result: 'SUCCESS', users: [] },
});

describe('a notification that names another location than its address is of', () => {
  it('does not stand in the way of what Apple tells that location', async () => {
    const [ours, theirs] = [await location('a-1'), await location('b-1')];
    const eventId = randomUUID();
    const body = {
      notificationId: 'n-1',
      uId: theirs.uid,
      notificationType: 'ASSET_MANAGEMENT',
      notification: { eventId, type: 'ASSOCIATE', result: 'SUCCESS', assignments: [] },
    };
    expect(await ours.receive(body)).toBe(true);
    const kept = {
      locationUid: ours.uid,
      type: 'unknownLocation',
      outcome: 'unknownLocation',
      eventId: null,
    };
    expect(await stored('n-1')).toEqual([kept]);
    expect(await told()).toEqual([]);
    expect(await theirs.receive(body)).toBe(true);
    expect(await stored('n-1')).toEqual([
      kept,
      { locationUid: theirs.uid, type: 'ASSET_MANAGEMENT', outcome: 'applied', eventId },
    ]);
    expect(await told()).toEqual(['b-1\tn-1']);
  });

  it('tells nothing of either: neither counts as somebody who assigned', async () => {
    const { db } = test.context;
    const serialNumber = 'C0SAME';
    const { rows: holders } = await sql<{ id: number }>`
      insert into library.holder (kind, key) values ('device', ${serialNumber}) returning id`.execute(
      db,
    );
    const ours = await location('a-2');
    const theirs = await location('b-2');
    const notified = async (to: typeof ours, of: typeof ours, adamId: string) =>
      to.receive({
        notificationId: randomUUID(),
        uId: of.uid,
        notificationType: 'ASSET_MANAGEMENT',
        notification: {
          type: 'ASSOCIATE',
          result: 'SUCCESS',
          assignments: [{ adamId, pricingParam: 'STDQ', serialNumber }],
        },
      });
    const assigned = async (at: typeof ours, assetId: number): Promise<unknown> => {
      const { rows } = await sql<{ others: boolean }>`select ${assignedByOthers} as others
        from library.asset a, library.holder h, (select ${at.uid}::text as location_uid, '2026-01-01'::timestamptz as sent_at,
          array[${assetId}::int] as asset_ids, array[${holders[0]?.id}::int] as holder_ids) sent
        where a.id = ${assetId} and h.id = ${holders[0]?.id}`.execute(db);
      return rows;
    };
    const organization = new TestOrganization(test.context);
    const adamId = '361285480';
    const { assetId: here } = await organization.app(ours, 5, { adamId });
    const { assetId: there } = await organization.app(theirs, 5, { adamId });
    await notified(ours, theirs, adamId);
    expect(await assigned(ours, here)).toEqual([{ others: false }]);
    expect(await assigned(theirs, there)).toEqual([{ others: false }]);
    await notified(theirs, theirs, adamId);
    expect(await assigned(theirs, there)).toEqual([{ others: true }]);
    await told();
  });

  it('is not taken for one of the address that came with it under the same id', async () => {
    const [ours, theirs] = [await location('a-3'), await location('b-3')];
    // From then on the address is known, and what comes is stored in this order: the first alone, the rest together.
    await ours.receive(ofUsers(ours.uid, 'n-3-before'));
    await Promise.all([
      ours.receive(ofUsers(ours.uid, 'n-3-first')),
      ours.receive(ofUsers(theirs.uid, 'n-3')),
      ours.receive(ofUsers(ours.uid, 'n-3')),
    ]);
    expect(await stored('n-3')).toMatchObject([{ type: 'unknownLocation' }]);
    expect((await told()).toSorted()).toEqual(['a-3\tn-3-before', 'a-3\tn-3-first']);
  });
});
