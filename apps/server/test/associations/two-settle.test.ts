import { randomUUID } from 'node:crypto';
import type { KyselyPlugin } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { drainEvents, settleArrived } from '../../src/associations/events.ts';
import type { Context } from '../../src/context.ts';
import { leaveNotes } from '../../src/db/notes.ts';
import { lockStock } from '../../src/grants/index.ts';
import { type TestContext, openTestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';
import { untilWaiting } from '../support/until-waiting.ts';
import { storeEvent } from './support/tell.ts';

let test: TestContext;
let uid: string;
let organization: TestOrganization;
let tokenId: string;

beforeAll(async () => {
  test = await openTestContext();
});
afterAll(async () => test[Symbol.asyncDispose]());
beforeEach(async () => {
  await test.context.db.deleteFrom('db.note').execute();
  uid = randomUUID();
  organization = new TestOrganization(test.context);
  ({ tokenId } = await organization.location(uid));
});

/** A title that a device is being given by a request of its own; `eventId` null: Apple's answer is not here yet. */
async function requested(eventId: string | null) {
  const { db, clock } = test.context;
  const { appId, assetId } = await organization.app({ uid, tokenId }, 5);
  const { directoryId } = await organization.device(`TWO${randomUUID().slice(0, 8)}`.toUpperCase());
  const groupId = await organization.group();
  await organization.join(groupId, { deviceId: directoryId });
  await organization.assign(appId, groupId);
  await organization.decide();
  const pair = await db
    .selectFrom('grants.openChange as c')
    .innerJoin('library.holder as h', 'h.id', 'c.holderId')
    .innerJoin('library.asset as a', 'a.id', 'c.assetId')
    .select(['c.holderId', 'h.key as serialNumber', 'a.adamId'])
    .where('c.assetId', '=', assetId)
    .executeTakeFirstOrThrow();
  const now = clock.now();
  const { id } = await db
    .insertInto('associations.appleRequest')
    .values({
      locationUid: uid,
      op: 'associate',
      assetIds: [assetId],
      holderIds: [pair.holderId],
      epoch: 1,
      state: eventId === null ? 'sending' : 'accepted',
      eventId,
      createdAt: now,
      sentAt: now,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await db
    .updateTable('grants.openChange')
    .set({ requestId: id })
    .where('assetId', '=', assetId)
    .execute();
  return { id, assetId, adamId: pair.adamId, serialNumber: pair.serialNumber };
}

type Requested = Awaited<ReturnType<typeof requested>>;

/** Apple has told that a request's license is assigned. */
async function tell(eventId: string, { adamId, serialNumber }: Requested): Promise<void> {
  const assignments = [{ adamId, serialNumber, pricingParam: 'STDQ' }];
  const told = { eventId, type: 'ASSOCIATE', result: 'SUCCESS', assignments };
  await storeEvent(test.context, uid, told);
}

const isHeld = async ({ assetId }: Requested): Promise<boolean> =>
  (
    await test.context.db
      .selectFrom('grants.demand')
      .select('held')
      .where('assetId', '=', assetId)
      .executeTakeFirstOrThrow()
  ).held;

const notesOf = async (room: string) =>
  test.context.db.selectFrom('db.note').select(['kind', 'key']).where('room', '=', room).execute();

/** The context, where `act` happens right after it was read which requests notifications are about. */
function afterReadingRequests(act: () => Promise<void>): Context {
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      const [row] = result.rows;
      if (row !== undefined && 'errorNumber' in row) await act();
      return result;
    },
  };
  return { ...test.context, db: test.context.db.withPlugin(plugin) };
}

it('a request that becomes known a moment later is settled by who makes it known: its titles are not locked', async () => {
  const known = await requested('known');
  const late = await requested(null);
  await tell('known', known);
  await tell('late', late);
  const context = afterReadingRequests(async () => {
    await test.context.db
      .updateTable('associations.appleRequest')
      .set({ state: 'accepted', eventId: 'late' })
      .where('id', '=', late.id)
      .execute();
  });
  await drainEvents(context);
  expect([await isHeld(known), await isHeld(late)]).toEqual([true, false]);
  await settleArrived(test.context, uid, 'late');
  expect(await isHeld(late)).toBe(true);
});

it('what Apple repeats is settled once, also by two at the same time', async () => {
  const one = await requested('twice');
  const { both } = await test.context.db.transaction().execute(async (trx) => {
    await lockStock(trx, [one.assetId]);
    await tell('twice', one);
    const first = drainEvents(test.context);
    await untilWaiting(test.context, 1);
    await tell('twice', one);
    const second = drainEvents(test.context, 'event');
    await untilWaiting(test.context, 2);
    return { both: Promise.all([first, second]) };
  });
  expect(await both).toEqual([true, true]);
  expect(await isHeld(one)).toBe(true);
  expect((await notesOf('delivery')).filter(({ kind }) => kind === 'license')).toHaveLength(1);
});

it('who settles licenses only leaves the other notes', async () => {
  const location = { kind: 'location', key: uid };
  await leaveNotes(test.context.db, 'associations', [location]);
  expect(await drainEvents(test.context, 'event')).toBe(false);
  expect(await notesOf('associations')).toEqual([location]);
});
