import type { Notification } from '@allotment/apps-and-books';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { takeManagedAppleIdsFrom } from '../../src/associations/accounts.ts';
import { drainEvents } from '../../src/associations/events.ts';
import { settleUserEvents } from '../../src/associations/user-events.ts';
import { ensurePersonHolders } from '../../src/library/index.ts';
import { type TestContext, openTestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';
import { untilWaiting } from '../support/until-waiting.ts';
import { storeEvent } from './support/tell.ts';

let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
});
afterAll(async () => test[Symbol.asyncDispose]());

const lock = (holderId: number) =>
  sql`select from associations.apple_user where holder_id = ${holderId} for update nowait`;

/** A location with two people as its users, in the order of their holders; the later one was written first. */
async function twoUsers(locationUid: string) {
  const { context } = test;
  const organization = new TestOrganization(context);
  await organization.location(locationUid);
  const personIds = [
    await organization.person(`${locationUid} one`),
    await organization.person(`${locationUid} two`),
  ];
  await context.db
    .transaction()
    .execute(async (trx) => ensurePersonHolders(context, trx, personIds));
  const holders = await context.db
    .selectFrom('library.holder')
    .select(['id', 'key', 'personId'])
    .where('personId', 'in', personIds)
    .orderBy('id')
    .execute();
  await context.db
    .insertInto('associations.appleUser')
    .values(
      holders.toReversed().map(({ id, personId }) => ({
        locationUid,
        holderId: id,
        personId: personId ?? '',
        state: 'registered',
        due: false,
      })),
    )
    .execute();
  // Knowing that there are few, PostgreSQL reads them as they lie.
  await sql`analyze associations.apple_user`.execute(context.db);
  return holders;
}

/** Somebody takes the first of two users, waits until `act` waits for it, and takes the second. */
async function besideBoth(
  holders: readonly { readonly id: number }[],
  act: () => Promise<void>,
): Promise<void> {
  const [first = 0, second = 0] = holders.map(({ id }) => id);
  const { done } = await test.context.db.transaction().execute(async (trx) => {
    await lock(first).execute(trx);
    const acting = act();
    await untilWaiting(test.context);
    await lock(second).execute(trx);
    return { done: acting };
  });
  await done;
}

it('what is told of several users takes them in their order, not in that of the notifications', async () => {
  const { context } = test;
  const locationUid = 'order';
  const holders = await twoUsers(locationUid);
  const accepted = holders.toReversed().map(({ key: clientUserId }): Notification => {
    const users = [
      {
        clientUserId,
        status: 'Associated' as const,
        idHash: 'hash',
        email: undefined,
        inviteCode: undefined,
      },
    ];
    return { type: 'USER_ASSOCIATED', uId: locationUid, notificationId: clientUserId, users };
  });
  await besideBoth(holders, async () =>
    context.db.transaction().execute(async (other) => settleUserEvents(context, other, accepted)),
  );
  const states = await context.db.selectFrom('associations.appleUser').select('state').execute();
  expect(states).toEqual([{ state: 'associated' }, { state: 'associated' }]);
});

it('who looks at all people of a location takes its users in their order, too', async () => {
  const { context } = test;
  const locationUid = 'accounts';
  const holders = await twoUsers(locationUid);
  await context.db
    .updateTable('associations.appleUser')
    .set({ retryAt: new Date(context.clock.now().getTime() + 60_000) })
    .where('locationUid', '=', locationUid)
    .execute();
  await besideBoth(holders, async () =>
    takeManagedAppleIdsFrom(context, locationUid, 'userPrincipalName', {
      kind: 'administrator',
      name: 'Ada',
    }),
  );
  const due = await context.db
    .selectFrom('associations.appleUser')
    .select(['due', 'retryAt'])
    .where('locationUid', '=', locationUid)
    .execute();
  // Whom Apple refused with the account of before is tried at once.
  expect(due).toEqual(holders.map(() => ({ due: true, retryAt: null })));
});

/** Apple has told that a request, for one title and one of the users, failed: it does not know the user. */
async function failedFor(
  locationUid: string,
  { id: holderId, key: clientUserId }: { readonly id: number; readonly key: string },
): Promise<void> {
  const { db, clock } = test.context;
  const { id: tokenId } = await db
    .selectFrom('library.token')
    .select('id')
    .where('locationUid', '=', locationUid)
    .executeTakeFirstOrThrow();
  const title = await new TestOrganization(test.context).app({ uid: locationUid, tokenId }, 5);
  const [now, eventId] = [clock.now(), `event of ${clientUserId}`];
  const { id: requestId } = await db
    .insertInto('associations.appleRequest')
    .values({
      locationUid,
      op: 'associate',
      assetIds: [title.assetId],
      holderIds: [holderId],
      epoch: 1,
      state: 'accepted',
      eventId,
      createdAt: now,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const pair = { assetId: title.assetId, holderId, op: 'associate', requestId };
  await db
    .insertInto('grants.openChange')
    .values({ ...pair, notBefore: now, createdAt: now })
    .execute();
  const error = { errorNumber: 9609, errorMessage: 'Unable to find the registered user.' };
  const assignments = [{ adamId: title.adamId, clientUserId, pricingParam: 'STDQ' }];
  await storeEvent(test.context, locationUid, {
    eventId,
    type: 'ASSOCIATE',
    result: 'FAILURE',
    error,
    assignments,
  });
}

it('what fails for several users takes them in their order, not in that of the requests', async () => {
  const { context } = test;
  const locationUid = 'failures';
  const holders = await twoUsers(locationUid);
  for (const holder of holders.toReversed()) await failedFor(locationUid, holder);
  await besideBoth(holders, async () => void (await drainEvents(context, 'event')));
  const states = await context.db
    .selectFrom('associations.appleUser')
    .select('state')
    .where('locationUid', '=', locationUid)
    .execute();
  expect(states).toEqual([{ state: 'absent' }, { state: 'absent' }]);
});
