import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { recover } from '../../src/associations/requests.ts';
import { type TestContext, openTestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';

let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
});
afterAll(async () => test[Symbol.asyncDispose]());

it('taking over finds out what was being sent, and waits for nobody who is settling a request', async () => {
  const { db } = test.context;
  const locationUid = 'taken over';
  await new TestOrganization(test.context).location(locationUid);
  const request = {
    locationUid,
    op: 'associate',
    assetIds: [],
    holderIds: [],
    epoch: 1,
    state: 'sending',
    createdAt: test.context.clock.now(),
  };
  const rows = await db
    .insertInto('associations.appleRequest')
    .values([request, request])
    .returning('id')
    .execute();
  const [settled = 0] = rows.map(({ id }) => id);
  const states = async (): Promise<readonly string[]> => {
    const requests = await db
      .selectFrom('associations.appleRequest')
      .select('state')
      .orderBy('id')
      .execute();
    return requests.map(({ state }) => state);
  };
  const lease = { locationUid, epoch: 2, taken: true, failures: 0 };

  await db.transaction().execute(async (trx) => {
    await sql`select from associations.apple_request where id = ${settled} for update`.execute(trx);
    await recover(test.context, lease);
    expect(await states()).toEqual(['sending', 'unknown']);
  });
  await recover(test.context, lease);
  expect(await states()).toEqual(['unknown', 'unknown']);
});
