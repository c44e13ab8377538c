import { afterAll, beforeAll, expect, it } from 'vitest';
import { closeStock } from '../../src/grants/stock.ts';
import { openTestContext, type TestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';

const hourMs = 60 * 60_000;
let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
});
afterAll(async () => test[Symbol.asyncDispose]());

it('a title that was closed is read once more where the clock of whoever read it was behind, and opens then', async () => {
  const { context, clock } = test;
  const { db } = context;
  const organization = new TestOrganization(context);
  const location = { uid: 'behind', ...(await organization.location('behind')) };
  const { assetId } = await organization.app(location, 5);
  await organization.decide();
  const asked = async (): Promise<number> => {
    const notes = db
      .selectFrom('db.note')
      .where('room', '=', 'library')
      .where('kind', '=', 'counts');
    return (await notes.execute()).length;
  };
  /** Another host reads the counts that are asked for. */
  const read = async (at: Date): Promise<void> => {
    await db.updateTable('library.asset').set({ readAt: at }).execute();
    await db.deleteFrom('db.note').where('room', '=', 'library').execute();
  };

  await db
    .transaction()
    .execute(async (trx) => closeStock(context, trx, [assetId], 'None is left.'));
  await read(new Date(clock.now().getTime() - 20));
  await organization.decide();
  expect(await asked()).toBe(0);
  clock.advance(hourMs);
  await organization.decide();
  await organization.decide();
  expect(await asked()).toBe(1);

  await read(clock.now());
  clock.advance(hourMs);
  await organization.decide();
  // What became due is noted, and decided the next time.
  await organization.decide();
  expect(await asked()).toBe(0);
  const stock = await db.selectFrom('grants.stock').select('closedAt').executeTakeFirstOrThrow();
  expect(stock.closedAt).toBeNull();
});
