import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { leaveNote } from '../../src/db/notes.ts';
import { releaseIrrevocable, settlePairs } from '../../src/grants/index.ts';
import { appSummaries, bookHolders } from '../../src/status/index.ts';
import { type TestContext, openTestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';

const admin = { kind: 'system', name: 'test' } as const;
const dayMs = 24 * 60 * 60_000;
let test: TestContext;
let organization: TestOrganization;

beforeAll(async () => {
  test = await openTestContext();
  organization = new TestOrganization(test.context);
});
afterAll(async () => test[Symbol.asyncDispose]());

/** A book for a group, with ways to let readers come, licenses be bought and Apple answer. */
async function bookFor(name: string, total: number) {
  const location = { uid: name, ...(await organization.location(name)) };
  const book = await organization.app(location, total, { productType: 'Book' });
  const { appId, assetId } = book;
  const group = await organization.group();
  await organization.assignAs(appId, { groupId: group, licenseType: 'user' });
  let readers = 0;
  return {
    assetId,
    prioritize: async (priority: number): Promise<void> => {
      await test.context.db
        .updateTable('assignments.assignment')
        .set({ priority })
        .where('appId', '=', appId)
        .execute();
      await leaveNote(test.context.db, 'grants', 'app', appId);
      await organization.decide();
    },
    join: async (count: number): Promise<void> => {
      for (let i = 0; i < count; i += 1) {
        readers += 1;
        const key = `${name}${String(readers).padStart(3, '0')}`;
        const personId = await organization.person(key);
        await organization.device(key.toUpperCase(), { personId });
        await organization.join(group, { personId });
      }
      await organization.decide();
    },
    buy: async (licenses: number): Promise<void> => {
      await sql`update library.asset set total = ${licenses} where id = ${assetId}`.execute(
        test.context.db,
      );
      await sql`insert into db.note (room, kind, key) values ('grants', 'stock', ${String(assetId)})`.execute(
        test.context.db,
      );
      await organization.decide();
    },
    release: async (): Promise<void> => {
      await releaseIrrevocable(test.context, assetId, admin);
      await organization.decide();
    },
    given: async (): Promise<number> =>
      (await organization.line(assetId)).filter((one) => one.granted).length,
    toRelease: async (): Promise<number | undefined> => {
      const { value } = await appSummaries(test.context.db, { books: true, ids: [appId] });
      return value[0]?.toRelease;
    },
  };
}

it('a release is for those who waited then, also where they are served later, and for nobody who comes after', async () => {
  const book = await bookFor('later', 25);
  await book.join(30);
  expect([await book.given(), await book.toRelease()]).toEqual([0, 30]);
  await book.release();
  expect([await book.given(), await book.toRelease()]).toEqual([25, 0]);
  await expect(book.release()).rejects.toMatchObject({ code: 'nothingWaits' });

  test.clock.advance(2 * dayMs);
  await book.join(60);
  await book.buy(200);
  expect([await book.given(), await book.toRelease()]).toEqual([30, 60]);
  const { value } = await bookHolders(test.context.db, book.assetId, { top: 100, skip: 0 });
  const causes = value.map((one) => one.reason?.cause ?? '');
  expect(causes.filter((cause) => cause.includes('never takes'))).toHaveLength(60);

  await book.release();
  expect([await book.given(), await book.toRelease()]).toEqual([90, 0]);
});

it('who has had theirs for long does not count among the many at once, whatever changes about the assignment', async () => {
  const book = await bookFor('priority', 30);
  await book.join(20);
  test.clock.advance(2 * dayMs);
  await book.prioritize(7);
  await book.join(1);
  expect([await book.given(), await book.toRelease()]).toEqual([21, 0]);
});

it('a few who come while released ones still wait are served after them, without a person', async () => {
  const book = await bookFor('few', 25);
  await book.join(30);
  await book.release();
  test.clock.advance(2 * dayMs);
  await book.join(3);
  await book.buy(32);
  expect([await book.given(), await book.toRelease()]).toEqual([32, 0]);
});

it('whom Apple refused after the release needs no second one', async () => {
  const book = await bookFor('again', 30);
  await book.join(30);
  await book.release();
  const { rows } = await sql<{ assetId: number; holderId: number }>`select asset_id, holder_id
    from grants.open_change where asset_id = ${book.assetId}`.execute(test.context.db);
  await organization.decide();
  const pairs = {
    assetIds: rows.map((one) => one.assetId),
    holderIds: rows.map((one) => one.holderId),
  };
  const refused = { kind: 'refused', number: 9609, message: 'Unknown user' } as const;
  await test.context.db
    .transaction()
    .execute(async (trx) => settlePairs(test.context, trx, null, pairs, refused));
  await organization.decide();
  expect(await book.given()).toBe(0);
  test.clock.advance(10 * 60_000);
  // What is due is noted in one round and acted on in the next.
  await organization.decide();
  await organization.decide();
  expect([await book.given(), await book.toRelease()]).toEqual([30, 0]);
});
