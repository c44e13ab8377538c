import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  listSyncs,
  pauseLocation,
  readToken,
  requestSync,
  updateToken,
} from '../../src/library/index.ts';
import { type Harness, startHarness } from '../support/harness.ts';
import {
  administrator,
  type AppleLocation,
  assetsOf,
  book,
  holdersOf,
  keynote,
  pages,
  synced,
  TestApple,
  upload,
} from './support/library.ts';

const hour = 60 * 60_000;
let harness: Harness;
let apple: TestApple;

beforeAll(async () => {
  harness = await startHarness();
  apple = new TestApple(harness);
});
afterAll(async () => harness[Symbol.asyncDispose]());

/** A location with ten licenses of Keynote, its token uploaded and synced. */
async function prepared(name: string): Promise<{ location: AppleLocation; id: string }> {
  const location = await apple.location(name);
  await apple.buy(location, keynote, 10);
  const id = await upload(harness.context, await apple.tokenFile(location));
  expect(await synced(harness.context, id)).toMatchObject({ lastSyncStatus: 'completed' });
  return { location, id };
}

async function syncAgain(id: string) {
  await requestSync(harness.context, id, administrator);
  return synced(harness.context, id);
}

async function assetOf(location: AppleLocation, adamId: string) {
  const asset = (await assetsOf(harness.context, location.uId)).find(
    (one) => one.adamId === adamId,
  );
  if (asset === undefined) throw new Error(`${adamId} is not mirrored`);
  return asset;
}

async function appsOf(tokenId: string) {
  return harness.context.db
    .selectFrom('library.app as app')
    .innerJoin('library.asset as asset', 'asset.id', 'app.assetId')
    .leftJoin('library.title as title', (join) =>
      join
        .onRef('title.adamId', '=', 'asset.adamId')
        .onRef('title.locationUid', '=', 'asset.locationUid'),
    )
    .select(['app.id', 'app.platform', 'asset.adamId', 'title.name', 'title.storeUrl'])
    .where('app.tokenId', '=', tokenId)
    .orderBy('asset.adamId')
    .execute();
}

describe('a sync', () => {
  it('[brief 1] brings the counts that Apple shows, books and unlimited titles too', async () => {
    const location = await apple.location('Counts');
    await apple.buy(location, keynote, 10);
    await apple.buy(location, pages);
    await apple.buy(location, book, 4);
    await apple.assign(location, keynote, { serialNumbers: ['C0COUNT1', 'C0COUNT2'] });
    const id = await upload(harness.context, await apple.tokenFile(location));
    await synced(harness.context, id);
    expect(await assetsOf(harness.context, location.uId)).toMatchObject([
      { adamId: book, productType: 'Book', total: 4, assigned: 0, available: 4, unlimited: false },
      { adamId: keynote, productType: 'App', total: 10, assigned: 2, available: 8 },
      { adamId: pages, productType: 'App', unlimited: true },
    ]);
    const listed = { owned: 4, held: 0, foreign: 0, available: 4 };
    expect(await harness.api.get(`/api/books?tokenId=${id}`)).toMatchObject({
      count: 1,
      value: [{ adamId: book, ...listed }],
    });
    const keynoteAsset = await assetOf(location, keynote);
    expect(await holdersOf(harness.context, keynoteAsset.id)).toEqual(['C0COUNT1', 'C0COUNT2']);
  });

  it('[brief 34] describes every title from the store of the chosen country', async () => {
    const lookup = vi.spyOn(harness.context.apple.catalog, 'lookup');
    const location = await apple.location('Described');
    await apple.buy(location, keynote, 10);
    await apple.buy(location, pages, 10);
    const file = await apple.tokenFile(location);
    const id = await upload(harness.context, file, { countryOrRegion: 'GB' });
    await synced(harness.context, id);
    expect(lookup.mock.lastCall?.[0]).toMatchObject({
      country: 'gb',
      adamIds: [pages, keynote].sort(),
    });
    const names = (await appsOf(id)).map((app) => app.name);
    expect(new Set(names)).toEqual(new Set(['Keynote', 'Pages']));

    await updateToken(harness.context, id, { countryOrRegion: 'us' }, administrator);
    await syncAgain(id);
    expect(lookup.mock.lastCall?.[0]).toMatchObject({ country: 'us' });
    lookup.mockRestore();
  });

  it('[brief 19] [brief 42] starts when somebody asks for it, and refreshes what Apple says', async () => {
    const { location, id } = await prepared('Asked for');
    await apple.buy(location, keynote, 5);
    await requestSync(harness.context, id, administrator);
    await synced(harness.context, id);
    expect(await assetOf(location, keynote)).toMatchObject({ total: 15 });
    const [latest] = await listSyncs(harness.context.db, id, 1);
    expect(latest).toMatchObject({ trigger: 'manual', requestedBy: 'Ada', state: 'completed' });
  });

  it('[brief 18] runs twice within a day by itself', async () => {
    const { id } = await prepared('By itself');
    const scheduled = async (): Promise<number> =>
      (await listSyncs(harness.context.db, id, 20)).filter(
        (sync) => sync.trigger === 'schedule' && sync.state === 'completed',
      ).length;
    harness.clock.advance(12 * hour);
    await expect.poll(scheduled, { timeout: 60_000 }).toBe(1);
    harness.clock.advance(12 * hour);
    await expect.poll(scheduled, { timeout: 60_000 }).toBe(2);
    await synced(harness.context, id);
    const { nextSyncAt } = await readToken(harness.context.db, id);
    expect(nextSyncAt.getTime() - harness.clock.now().getTime()).toBeGreaterThan(11 * hour);
  });

  it('[brief 49] lists a title once for each token, with its own counts', async () => {
    const north = await prepared('North');
    const south = await prepared('South');
    await apple.buy(south.location, keynote, 7);
    await syncAgain(south.id);
    const [inNorth] = await appsOf(north.id);
    const [inSouth] = await appsOf(south.id);
    expect(inNorth?.adamId).toBe(inSouth?.adamId);
    expect(inNorth?.id).not.toBe(inSouth?.id);
    expect((await assetOf(north.location, keynote)).total).toBe(10);
    expect((await assetOf(south.location, keynote)).total).toBe(17);
  });

  it('counts the licenses of people who are not ours, and keeps nothing else of them', async () => {
    const { location, id } = await prepared('Strangers');
    await apple.control('users', { uId: location.uId, users: [{ clientUserId: 'somebody-else' }] });
    await apple.assign(location, keynote, {
      clientUserIds: ['somebody-else'],
      serialNumbers: ['C0STRANGER'],
    });
    await syncAgain(id);
    const asset = await assetOf(location, keynote);
    expect(asset.foreignPeople).toBe(1);
    expect(await holdersOf(harness.context, asset.id)).toEqual(['C0STRANGER']);
    const known = await harness.context.db
      .selectFrom('library.holder')
      .select('key')
      .where('kind', '=', 'person')
      .execute();
    expect(known).toEqual([]);
  });

  it('goes on reading while the location is paused, and writes nothing to Apple', async () => {
    const { location, id } = await prepared('Paused');
    await pauseLocation(harness.context, location.uId, 'audit', administrator);
    await harness.context.db
      .updateTable('library.location')
      .set({ ownerState: 'unknown' })
      .where('uid', '=', location.uId)
      .execute();
    await apple.buy(location, keynote, 1);
    expect(await syncAgain(id)).toMatchObject({ lastSyncStatus: 'completed' });
    expect(await assetOf(location, keynote)).toMatchObject({ total: 11 });
    const { ownerState } = await harness.context.db
      .selectFrom('library.location')
      .select('ownerState')
      .where('uid', '=', location.uId)
      .executeTakeFirstOrThrow();
    expect(ownerState).toBe('unknown');
  });

  it('is followed by the icons, kept here', async () => {
    const { location } = await prepared('Pictures');
    const icon = async () =>
      harness.context.db
        .selectFrom('library.title')
        .select(['icon', 'iconType'])
        .where('locationUid', '=', location.uId)
        .executeTakeFirst();
    await expect.poll(async () => (await icon())?.iconType, { timeout: 60_000 }).toBe('image/png');
    expect((await icon())?.icon?.subarray(1, 4).toString()).toBe('PNG');
  });

  it('sees what went away, titles and assignments', async () => {
    const { location, id } = await prepared('Shrinking');
    await apple.assign(location, keynote, { serialNumbers: ['C0STAYS', 'C0GOES'] });
    await syncAgain(id);
    await apple.assign(location, keynote, { serialNumbers: ['C0GOES'] }, 'disassociate');
    await syncAgain(id);
    const asset = await assetOf(location, keynote);
    expect(await holdersOf(harness.context, asset.id)).toEqual(['C0STAYS']);
  });

  it('takes nothing as gone while the list changes in flight', async () => {
    const { location, id } = await prepared('Restless');
    await apple.control('settings', { pageSize: 2 });
    const serialNumbers = ['C0A', 'C0B', 'C0C', 'C0D', 'C0E'];
    await apple.assign(location, keynote, { serialNumbers });
    await syncAgain(id);
    await apple.fault('paging.version-changes', {}, { scope: { location: location.uId } });
    await apple.assign(location, keynote, { serialNumbers: ['C0E'] }, 'disassociate');
    await syncAgain(id);
    const asset = await assetOf(location, keynote);
    const [unclean] = await listSyncs(harness.context.db, id, 1);
    expect(unclean).toMatchObject({ state: 'completed', clean: false });
    expect(await holdersOf(harness.context, asset.id)).toEqual(serialNumbers);
  });
});

describe('a sync that Apple hinders', () => {
  it('fails with the reason when the token was revoked, and says who can mend it', async () => {
    const { location, id } = await prepared('Revoked');
    await apple.control('tokens/revoke', { uId: location.uId });
    const token = await syncAgain(id);
    expect(token).toMatchObject({ state: 'invalid', lastSyncStatus: 'failed' });
    expect(token.lastSyncError).toContain('Download a new content token');
    expect(await listSyncs(harness.context.db, id, 1)).toMatchObject([{ errorNumber: 9625 }]);
  });

  it('goes on without names when the catalog is away', async () => {
    const location = await apple.location('Nameless');
    await apple.buy(location, keynote, 1);
    await apple.fault('catalog.refused', { status: 403 }, { times: 1 });
    const id = await upload(harness.context, await apple.tokenFile(location));
    const token = await synced(harness.context, id);
    expect(token).toMatchObject({ state: 'valid', lastSyncStatus: 'completed' });
    expect(token.lastSyncError).toContain('names and icons are not');
    expect(await appsOf(id)).toMatchObject([{ adamId: keynote, name: null }]);
  });

  it('survives pages of HTML and busy answers', async () => {
    const { location, id } = await prepared('Bumpy');
    const scope = { location: location.uId };
    await apple.fault('request.html', { status: 502 }, { times: 1, scope });
    await apple.fault('request.throttled', {}, { times: 1, scope });
    const syncing = syncAgain(id);
    for (let second = 0; second < 8; second += 1) harness.clock.advance(1000);
    expect(await syncing).toMatchObject({ lastSyncStatus: 'completed' });
  });

  it('goes on where it was after a restart', async () => {
    const { id } = await prepared('Restarted');
    await harness.context.db
      .insertInto('library.sync')
      .values({ tokenId: id, trigger: 'manual', state: 'running', createdAt: harness.clock.now() })
      .execute();
    await harness.restart();
    expect(await synced(harness.context, id)).toMatchObject({ lastSyncStatus: 'completed' });
  });
});
