import type { Notification } from '@allotment/apps-and-books';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { settleUserEvents } from '../../src/associations/user-events.ts';
import { ensurePersonHolders } from '../../src/library/index.ts';
import { type TestContext, openTestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';

let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
});
afterAll(async () => test[Symbol.asyncDispose]());

const lock = (holderId: number) =>
  sql`select from associations.apple_user where holder_id = ${holderId} for update nowait`;

async function untilWaiting(): Promise<void> {
  for (;;) {
    const { rowCount } = await test.context.pool.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if (rowCount === 1) return;
  }
}

it('what is told of several users takes them in their order, not in that of the notifications', async () => {
  const { context } = test;
  const organization = new TestOrganization(context);
  const locationUid = 'order';
  await organization.location(locationUid);
  const personIds = [await organization.person('one'), await organization.person('two')];
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
      holders.map(({ id, personId }) => ({
        locationUid,
        holderId: id,
        personId: personId ?? '',
        state: 'registered',
        due: false,
      })),
    )
    .execute();
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
  const [first = 0, second = 0] = holders.map(({ id }) => id);

  const { settled } = await context.db.transaction().execute(async (trx) => {
    await lock(first).execute(trx);
    const settling = context.db
      .transaction()
      .execute(async (other) => settleUserEvents(context, other, accepted));
    await untilWaiting();
    await lock(second).execute(trx);
    return { settled: settling };
  });
  await settled;
  const states = await context.db.selectFrom('associations.appleUser').select('state').execute();
  expect(states).toEqual([{ state: 'associated' }, { state: 'associated' }]);
});
