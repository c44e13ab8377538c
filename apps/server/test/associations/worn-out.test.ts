import { randomUUID } from 'node:crypto';
import { type LocationClient, RefusedError } from '@allotment/apps-and-books';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { readDueUsers } from '../../src/associations/read-users.ts';
import { serveLocation } from '../../src/associations/writer.ts';
import { markCredential } from '../../src/library/index.ts';
import { sealToken } from '../../src/library/secrets.ts';
import { openTestContext, type TestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';

const uid = 'worn-out';

let test: TestContext;
beforeEach(async () => {
  test = await openTestContext();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await test[Symbol.asyncDispose]();
});

/** A location with the token that serves it, and another one that stands by. @returns their ids */
async function twoTokens(): Promise<{ readonly first: string; readonly second: string }> {
  const { context } = test;
  const { tokenId: first } = await new TestOrganization(context).location(uid);
  await context.db
    .updateTable('library.location')
    .set({ ownerState: 'ours', lineageKnown: true })
    .execute();
  const given = await context.db
    .updateTable('library.token')
    .set({ secret: sealToken(context, first, 'first') })
    .returningAll()
    .executeTakeFirstOrThrow();
  const second = randomUUID();
  await context.db
    .insertInto('library.token')
    .values({
      ...given,
      id: second,
      secret: sealToken(context, second, 'second'),
      serving: false,
      state: 'duplicateLocationId',
    })
    .execute();
  return { first, second };
}

/** Apple refuses a call as made with an expired token, once the other token of the location has taken over for that. */
function expiresDuring(call: 'assignments' | 'users', tokenId: string): void {
  const { context } = test;
  const expired = new RefusedError({
    call,
    httpStatus: 401,
    number: 9621,
    text: 'Expired',
    retryAfterMs: undefined,
  });
  const client: LocationClient = context.apple.location({ sToken: 'first', uId: uid });
  vi.spyOn(client, call).mockImplementation(async () => {
    await markCredential(context, uid, expired, tokenId);
    throw expired;
  });
  vi.spyOn(context.apple, 'location').mockReturnValue(client);
}

async function tokens() {
  return test.context.db
    .selectFrom('library.token')
    .select(['id', 'serving', 'state'])
    .orderBy('serving')
    .execute();
}

it('the writer blames its own token for what Apple said of it, not the one that serves by then', async () => {
  const { context, clock } = test;
  const { first, second } = await twoTokens();
  const { assetId } = await new TestOrganization(context).app({ uid, tokenId: first }, 5);
  await context.db
    .insertInto('associations.appleRequest')
    .values({
      locationUid: uid,
      op: 'associate',
      assetIds: [assetId],
      holderIds: [],
      epoch: 1,
      state: 'unknown',
      nextCheckAt: clock.now(),
      createdAt: clock.now(),
      sentAt: clock.now(),
    })
    .execute();
  expiresDuring('assignments', first);
  expect(await serveLocation(context, randomUUID(), uid, context.signal)).toBe(false);
  expect(await tokens()).toEqual([
    { id: first, serving: false, state: 'expired' },
    { id: second, serving: true, state: 'unknown' },
  ]);
});

it('who reads the users does so, too', async () => {
  const { context } = test;
  const { first, second } = await twoTokens();
  expiresDuring('users', first);
  expect(await readDueUsers(context, context.signal)).toBe(true);
  expect(await tokens()).toEqual([
    { id: first, serving: false, state: 'expired' },
    { id: second, serving: true, state: 'unknown' },
  ]);
});
