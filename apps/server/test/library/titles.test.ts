import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { requestSync, updateToken } from '../../src/library/index.ts';
import { type Harness, startHarness } from '../support/harness.ts';
import {
  administrator,
  type AppleLocation,
  assetsOf,
  holdersOf,
  keynote,
  pages,
  synced,
  TestApple,
  upload,
} from './support/library.ts';

const macNumbers = '409203825';
const notability = '360593530';
let harness: Harness;
let apple: TestApple;

beforeAll(async () => {
  harness = await startHarness();
  apple = new TestApple(harness);
});
afterAll(async () => harness[Symbol.asyncDispose]());

async function uploaded(location: AppleLocation): Promise<string> {
  const id = await upload(harness.context, await apple.tokenFile(location));
  await synced(harness.context, id);
  return id;
}

async function syncAgain(id: string): Promise<void> {
  await requestSync(harness.context, id, administrator);
  expect(await synced(harness.context, id)).toMatchObject({ lastSyncStatus: 'completed' });
}

/** The app objects of a token, by title. */
async function appsOf(tokenId: string) {
  return harness.context.db
    .selectFrom('library.app as app')
    .innerJoin('library.asset as asset', 'asset.id', 'app.assetId')
    .select(['app.id', 'app.platform', 'asset.adamId', 'app.assetId'])
    .where('app.tokenId', '=', tokenId)
    .orderBy('asset.adamId')
    .orderBy('app.platform')
    .execute();
}

async function titleOf(location: AppleLocation, adamId: string) {
  return harness.context.db
    .selectFrom('library.title')
    .select(['name', 'storeUrl', 'price', 'bundleId', 'found', 'version'])
    .where('locationUid', '=', location.uId)
    .where('adamId', '=', adamId)
    .executeTakeFirstOrThrow();
}

describe('the apps of a title', () => {
  it('[L 53] are one for macOS and one for iOS where it runs on both, of one stock', async () => {
    const location = await apple.location('Platforms');
    for (const adamId of [macNumbers, notability, keynote]) await apple.buy(location, adamId, 3);
    const apps = await appsOf(await uploaded(location));
    expect(apps.map(({ adamId, platform }) => [adamId, platform])).toEqual([
      [notability, 'ios'],
      [notability, 'macos'],
      [keynote, 'ios'],
      [macNumbers, 'macos'],
    ]);
    const [ios, macos] = apps;
    expect(ios?.assetId).toBe(macos?.assetId);
  });

  it('stay the same objects from one sync to the next', async () => {
    const location = await apple.location('Stable');
    await apple.buy(location, notability, 3);
    const id = await uploaded(location);
    const before = await appsOf(id);
    await syncAgain(id);
    expect(await appsOf(id)).toEqual(before);
  });
});

describe('another country or region', () => {
  it('[brief 35] rewrites what the store says and its address at the next sync', async () => {
    const location = await apple.location('Moved');
    await apple.buy(location, keynote, 3);
    const id = await uploaded(location);
    const before = await titleOf(location, keynote);
    // Apple in a box says the same in every country: here each store has an address and a language of its own.
    const { catalog } = harness.context.apple;
    const ask = catalog.lookup.bind(catalog);
    const lookup = vi.spyOn(catalog, 'lookup').mockImplementation(async (query, signal) => {
      const found = await ask(query, signal);
      const storeUrl = `https://apps.apple.com/${query.country}/app/id${keynote}`;
      const say = { name: `Keynote (${query.country})`, price: '0,00 €', storeUrl };
      return new Map([...found].map(([adamId, title]) => [adamId, { ...title, ...say }]));
    });
    await updateToken(harness.context, id, { countryOrRegion: 'fr' }, administrator);
    expect(await titleOf(location, keynote)).toEqual(before);
    await syncAgain(id);
    lookup.mockRestore();
    expect(await titleOf(location, keynote)).toEqual({
      ...before,
      name: 'Keynote (fr)',
      price: '0,00 €',
      storeUrl: `https://apps.apple.com/fr/app/id${keynote}`,
    });
  });

  it('[brief 36] leaves an app alone that its store does not have', async () => {
    const location = await apple.location('Moved away');
    await apple.buy(location, pages, 3);
    const id = await uploaded(location);
    const before = await titleOf(location, pages);
    const apps = await appsOf(id);
    await apple.control(`titles/${pages}/store`, { absentIn: ['fr'] });
    await updateToken(harness.context, id, { countryOrRegion: 'fr' }, administrator);
    await syncAgain(id);
    expect(await titleOf(location, pages)).toEqual(before);
    expect(await appsOf(id)).toEqual(apps);
    await apple.control(`titles/${pages}/store`, { absentIn: [] });
  });
});

describe('a title that vanished at Apple', () => {
  it('[L 14] is retired by the next sync with its history, and comes back as the same app', async () => {
    const location = await apple.location('Vanishing');
    await apple.buy(location, keynote, 3);
    await apple.buy(location, pages, 3);
    await apple.assign(location, keynote, { serialNumbers: ['C0HISTORY'] });
    const id = await uploaded(location);
    const apps = await appsOf(id);
    const title = { uId: location.uId, adamId: keynote };
    harness.clock.advance(1000);
    await apple.control('assets/vanish', title);
    await syncAgain(id);
    const [gone, still] = await assetsOf(harness.context, location.uId);
    expect(gone).toMatchObject({ adamId: keynote, total: 3, assigned: 1 });
    expect(gone?.vanishedAt).toBeInstanceOf(Date);
    expect(still?.vanishedAt).toBeNull();
    expect(await holdersOf(harness.context, gone?.id ?? 0)).toEqual(['C0HISTORY']);
    expect(await appsOf(id)).toEqual(apps);

    harness.clock.advance(1000);
    await apple.control('assets/return', title);
    await syncAgain(id);
    const [back] = await assetsOf(harness.context, location.uId);
    expect(back).toMatchObject({ id: gone?.id, vanishedAt: null, total: 3 });
    expect(await appsOf(id)).toEqual(apps);
  });
});
