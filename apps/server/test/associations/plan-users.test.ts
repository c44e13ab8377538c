import { afterAll, beforeAll, expect, it } from 'vitest';
import { planUsers } from '../../src/associations/people.ts';
import { ensurePersonHolders } from '../../src/library/index.ts';
import { type TestContext, openTestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';
import { untilWaiting } from '../support/until-waiting.ts';

let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
});
afterAll(async () => test[Symbol.asyncDispose]());

it('somebody whom a process without the lease is still planning is not planned by the next one, too', async () => {
  const { context } = test;
  const organization = new TestOrganization(context);
  const locationUid = 'twice';
  await organization.location(locationUid);
  const personId = await organization.person('twice');
  await context.db
    .transaction()
    .execute(async (trx) => ensurePersonHolders(context, trx, [personId]));
  const { id: holderId } = await context.db
    .selectFrom('library.holder')
    .select('id')
    .where('personId', '=', personId)
    .executeTakeFirstOrThrow();
  await context.db
    .insertInto('associations.appleUser')
    .values({ locationUid, holderId, personId, due: true })
    .execute();
  const lease = (epoch: number) => ({ locationUid, epoch, taken: false, failures: 0 });

  let isOver = false;
  const { next } = await context.db.transaction().execute(async (trx) => {
    expect(await planUsers(context, trx, lease(1), 10)).toBe(true);
    const planning = context.db
      .transaction()
      .execute(async (other) => planUsers(context, other, lease(2), 10))
      .finally(() => {
        isOver = true;
      });
    await untilWaiting(test.context, 1, () => isOver);
    return { next: planning };
  });
  expect(await next).toBe(false);
});
