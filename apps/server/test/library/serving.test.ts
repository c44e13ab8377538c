import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Trx } from '../../src/db/connect.ts';
import { ensureApps } from '../../src/library/assets.ts';
import { recordValid } from '../../src/library/record-location.ts';
import { handOver } from '../../src/library/serving.ts';
import { openTestContext, type TestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';

let test: TestContext;

beforeAll(async () => {
  test = await openTestContext();
});
afterAll(async () => test[Symbol.asyncDispose]());

let made = 0;

/** A location with an app, the token that serves it, and another one that stands by. */
async function twoTokens() {
  const { db } = test.context;
  made += 1;
  const uid = `served-${made}`;
  const organization = new TestOrganization(test.context);
  const { tokenId } = await organization.location(uid);
  const given = await db
    .selectFrom('library.token')
    .selectAll()
    .where('id', '=', tokenId)
    .executeTakeFirstOrThrow();
  // The one that serves has the higher id and ends earlier.
  const [first, second] = [`ffffffff${tokenId.slice(8)}`, `00000000${tokenId.slice(8)}`];
  await db
    .updateTable('library.token')
    .set({ id: first, expiresAt: new Date('2098-01-01T00:00:00Z') })
    .where('id', '=', tokenId)
    .execute();
  await db
    .insertInto('library.token')
    .values({ ...given, id: second, serving: false, state: 'duplicateLocationId' })
    .execute();
  const { appId } = await organization.app({ uid, tokenId: first }, 5);
  return { uid, first, second, appId };
}

async function appsOf(tokenId: string): Promise<readonly string[]> {
  const { db } = test.context;
  const rows = await db
    .selectFrom('library.app')
    .select('id')
    .where('tokenId', '=', tokenId)
    .execute();
  return rows.map(({ id }) => id);
}

async function tokensOf(uid: string) {
  return test.context.db
    .selectFrom('library.token')
    .select(['id', 'serving', 'state'])
    .where('locationUid', '=', uid)
    .orderBy('id')
    .execute();
}

async function inOne<T>(act: (trx: Trx) => Promise<T>): Promise<T> {
  return test.context.db.transaction().execute(act);
}

/** Waits until so many wait for a lock. */
async function waiting(count: number): Promise<void> {
  await vi.waitFor(
    async () => {
      const { rowCount } = await test.context.pool.query(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      expect(rowCount).toBe(count);
    },
    { timeout: 10_000, interval: 20 },
  );
}

describe('a sync under a token that comes to serve its location no more', () => {
  it('makes no second set of apps', async () => {
    const { context } = test;
    const { uid, first, second, appId } = await twoTokens();
    await inOne(async (trx) => handOver(context, trx, uid, 'working'));
    await inOne(async (trx) => ensureApps(context, trx, first, uid));
    expect(await appsOf(first)).toEqual([]);
    expect(await appsOf(second)).toEqual([appId]);
  });

  it('does not call that token valid', async () => {
    const { context } = test;
    const { uid, first } = await twoTokens();
    await inOne(async (trx) => handOver(context, trx, uid, 'working'));
    await context.db
      .updateTable('library.token')
      .set({ state: 'invalid' })
      .where('id', '=', first)
      .execute();
    await recordValid(context, first);
    expect(await tokensOf(uid)).toMatchObject([{ serving: true }, { state: 'invalid' }]);
  });

  it('waits while another one takes over, and makes none then', async () => {
    const { context } = test;
    const { uid, first, second, appId } = await twoTokens();
    let making: Promise<void> | undefined;
    await inOne(async (trx) => {
      await handOver(context, trx, uid, 'working');
      making = inOne(async (other) => ensureApps(context, other, first, uid));
      await waiting(1);
    });
    await making;
    expect(await appsOf(first)).toEqual([]);
    expect(await appsOf(second)).toEqual([appId]);
  });
});
