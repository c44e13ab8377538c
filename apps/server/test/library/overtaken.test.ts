import type { Asset, LocationClient, OnPage } from '@allotment/apps-and-books';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { closeStock } from '../../src/grants/stock.ts';
import { readAllAssets, readCounts } from '../../src/library/assets.ts';
import { openTestContext, type TestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';

let test: TestContext;
let organization: TestOrganization;

beforeAll(async () => {
  test = await openTestContext();
  organization = new TestOrganization(test.context);
});
afterAll(async () => test[Symbol.asyncDispose]());

/** A client whose titles come from the test. */
function clientOf(uId: string, read: (onPage: OnPage<Asset>) => Promise<void>): LocationClient {
  const client = test.context.apple.location({ sToken: 'token', uId });
  vi.spyOn(client, 'assets').mockImplementation(async (_filter, onPage) => {
    await read(onPage);
    return { versionId: 'v1', clean: true, pages: 1, rows: 1, restarts: 0 };
  });
  return client;
}

/** A title of a location, and what Apple may say of it. */
async function title(uid: string) {
  const location = await organization.location(uid);
  const { assetId, adamId } = await organization.app({ uid, ...location }, 10);
  await organization.decide();
  const page = (totalCount: number, more: Partial<Asset> = {}) => ({
    attempt: 0,
    pageIndex: 0,
    totalPages: 1,
    rows: [
      {
        adamId,
        pricingParam: 'STDQ',
        productType: 'App',
        unlimited: false,
        totalCount,
        availableCount: totalCount - 10,
        assignedCount: 10,
        retiredCount: 0,
        deviceAssignable: true,
        revocable: true,
        supportedPlatforms: ['iOS'],
        ...more,
      },
    ],
  });
  const { context } = test;
  const count = async (...shown: Parameters<typeof page>): Promise<void> =>
    readCounts(
      context,
      clientOf(uid, async (onPage) => onPage(page(...shown))),
      uid,
      [{ id: assetId, adamId, pricingParam: 'STDQ' }],
      context.signal,
    );
  /** Reads all titles; what is given happens between Apple's answer and its arrival. */
  const walk = async (meanwhile: () => Promise<void>, ...shown: Parameters<typeof page>) =>
    readAllAssets(
      context,
      clientOf(uid, async (onPage) => {
        await meanwhile();
        await onPage(page(...shown));
      }),
      uid,
      async () => undefined,
      context.signal,
    );
  const asset = async () =>
    context.db
      .selectFrom('library.asset')
      .select(['total', 'available', 'supportedPlatforms', 'vanishedAt'])
      .where('id', '=', assetId)
      .executeTakeFirstOrThrow();
  const asked = async (): Promise<number> => {
    const gone = await context.db
      .deleteFrom('db.note')
      .where('room', '=', 'library')
      .where('kind', '=', 'counts')
      .where('key', '=', String(assetId))
      .executeTakeFirst();
    return Number(gone.numDeletedRows);
  };
  return { assetId, count, walk, asset, asked };
}

describe('a walk that a reading of a single title has overtaken', () => {
  it('leaves its counts, opens the title that was closed meanwhile, and has it read once more', async () => {
    const { context, clock } = test;
    const { assetId, count, walk, asset, asked } = await title('overtaken');
    const meanwhile = async (): Promise<void> => {
      clock.advance(1_000);
      await context.db
        .transaction()
        .execute(async (trx) => closeStock(context, trx, [assetId], 'Apple has none left.'));
      clock.advance(1_000);
      await count(12);
      await asked();
    };
    await walk(meanwhile, 10);
    await organization.decide();
    expect(await asset()).toMatchObject({ total: 12, available: 2, vanishedAt: null });
    const stock = await context.db
      .selectFrom('grants.stock')
      .select(['total', 'closedAt'])
      .where('assetId', '=', assetId)
      .executeTakeFirstOrThrow();
    expect(stock).toEqual({ total: 12, closedAt: null });
    expect(await asked()).toBe(1);
  });

  it('leaves what else that said, and asks nothing where both say the same', async () => {
    const { count, walk, asset, asked } = await title('agreed');
    const newer = async (): Promise<void> => {
      test.clock.advance(1_000);
      await count(12, { supportedPlatforms: ['iOS', 'macOS'] });
    };
    await walk(newer, 12, { supportedPlatforms: ['iOS', 'macOS'] });
    expect(await asked()).toBe(0);
    await walk(newer, 12);
    expect(await asset()).toMatchObject({ supportedPlatforms: ['iOS', 'macOS'] });
    expect(await asked()).toBe(1);
  });

  it('has its say the next time', async () => {
    const { count, walk, asset } = await title('next');
    await count(12);
    test.clock.advance(1_000);
    await walk(async () => undefined, 11, { supportedPlatforms: ['macOS'] });
    expect(await asset()).toMatchObject({ total: 11, supportedPlatforms: ['macOS'] });
  });
});
