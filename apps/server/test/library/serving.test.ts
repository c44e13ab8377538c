import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Trx } from '../../src/db/connect.ts';
import { ensureApps } from '../../src/library/assets.ts';
import { rotateBearer } from '../../src/library/bearer.ts';
import { forgetToken } from '../../src/library/forget-token.ts';
import { recordValid } from '../../src/library/record-location.ts';
import { handOver } from '../../src/library/serving.ts';
import { expireTokens } from '../../src/library/token-states.ts';
import { updateToken } from '../../src/library/update-token.ts';
import { openTestContext, type TestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';
import { administrator } from './support/library.ts';

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

const lock = (tokenId: string) => sql`select from library.token where id = ${tokenId} for update`;

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

describe('while the token that serves wears out', () => {
  const acts: readonly [
    string,
    (token: Awaited<ReturnType<typeof twoTokens>>) => Promise<unknown>,
  ][] = [
    [
      'it can be deleted',
      async ({ first }) =>
        inOne(async (trx) => forgetToken(test.context, trx, first, administrator)),
    ],
    [
      'a takeover can be wished with the other one',
      async ({ second }) =>
        updateToken(
          test.context,
          second,
          { claimTokenManagementFromExternalMdm: true },
          administrator,
        ),
    ],
  ];

  it.each(acts)('%s: neither waits for the other', async (_, act) => {
    const { context } = test;
    const tokens = await twoTokens();
    const { uid, second, appId } = tokens;
    await context.db
      .updateTable('library.token')
      .set({ expiresAt: context.clock.now() })
      .where('id', '=', tokens.first)
      .execute();
    let both: Promise<unknown> | undefined;
    await inOne(async (trx) => {
      await lock(second).execute(trx);
      const acted = act(tokens);
      await waiting(1);
      both = Promise.all([acted, expireTokens(context)]);
      await waiting(2);
    });
    await both;
    expect(await tokensOf(uid)).toContainEqual({ id: second, serving: true, state: 'unknown' });
    expect(await appsOf(second)).toEqual([appId]);
  });
});

it('the bearer of notifications can be replaced while the token that serves is deleted: neither waits for the other', async () => {
  const { context } = test;
  const { uid, first, second } = await twoTokens();
  await context.db
    .updateTable('library.location')
    .set({ notifications: 'on', subscribedAt: context.clock.now() })
    .where('uid', '=', uid)
    .execute();
  let both: Promise<unknown> | undefined;
  await inOne(async (trx) => {
    await lock(second).execute(trx);
    const deleted = inOne(async (other) => forgetToken(context, other, first, administrator));
    await waiting(1);
    both = Promise.all([deleted, rotateBearer(context, uid, administrator)]);
    await waiting(2);
  });
  await both;
  expect(await tokensOf(uid)).toMatchObject([{ id: second, serving: true }]);
});

it('a token that comes to serve while it is deleted leaves its apps to the other one', async () => {
  const { context } = test;
  const { uid, first, second, appId } = await twoTokens();
  let deleted: Promise<boolean> | undefined;
  await inOne(async (trx) => {
    await handOver(context, trx, uid, 'working');
    deleted = inOne(async (other) => forgetToken(context, other, second, administrator));
    await waiting(1);
  });
  expect(await deleted).toBe(false);
  expect(await tokensOf(uid)).toMatchObject([{ id: first, serving: true }]);
  expect(await appsOf(first)).toEqual([appId]);
});

it('a token that is renewed while it is being called expired stays valid, and goes on to serve', async () => {
  const { context } = test;
  const { uid, first, second } = await twoTokens();
  const endsAt = async (trx: Trx, expiresAt: Date) =>
    trx.updateTable('library.token').set({ expiresAt }).where('id', '=', first).execute();
  await inOne(async (trx) => endsAt(trx, context.clock.now()));
  let expired: Promise<void> | undefined;
  await inOne(async (trx) => {
    await lock(first).execute(trx);
    expired = expireTokens(context);
    await waiting(1);
    await endsAt(trx, new Date('2099-01-01T00:00:00Z'));
  });
  await expired;
  expect(await tokensOf(uid)).toEqual([
    { id: second, serving: false, state: 'duplicateLocationId' },
    { id: first, serving: true, state: 'valid' },
  ]);
});
