import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  credentialFor,
  listSyncs,
  readLibrarySettings,
  readToken,
  requestSync,
  updateLibrarySettings,
  updateToken,
} from '../../src/library/index.ts';
import { deleteToken } from '../../src/operations/index.ts';
import { type Harness, startHarness } from '../support/harness.ts';
import {
  administrator,
  type AppleLocation,
  keynote,
  synced,
  TestApple,
  upload,
} from './support/library.ts';

const cleanUp = { reason: 'Clean up' };
let harness: Harness;
let apple: TestApple;

beforeAll(async () => {
  harness = await startHarness();
  apple = new TestApple(harness);
});
afterAll(async () => harness[Symbol.asyncDispose]());

interface Pair {
  readonly location: AppleLocation;
  /** The token that came first. */
  readonly first: string;
  /** Its duplicate, of another content manager. */
  readonly second: string;
}

/** A location with Keynote, a synced token, and a duplicate of it. */
async function twoTokens(name: string): Promise<Pair> {
  const location = await apple.location(name);
  await apple.buy(location, keynote, 3);
  const first = await upload(harness.context, await apple.tokenFile(location), {
    displayName: `${name} one`,
  });
  await synced(harness.context, first);
  const file = await apple.tokenFile(location, { contentManager: 'second' });
  const second = await upload(harness.context, file, { allowDuplicate: true });
  return { location, first, second };
}

async function appsOf(tokenId: string): Promise<readonly string[]> {
  const rows = await harness.context.db
    .selectFrom('library.app')
    .select('id')
    .where('tokenId', '=', tokenId)
    .execute();
  return rows.map((row) => row.id);
}

async function servedBy(location: AppleLocation): Promise<string | undefined> {
  const credential = await credentialFor(harness.context, location.uId);
  return credential.usable ? credential.tokenId : undefined;
}

describe('a second token of a location', () => {
  it('[L 9] stands by as a duplicate: it is not synced, has no apps, and says which token serves', async () => {
    const { location, first, second } = await twoTokens('Twins');
    const duplicate = await readToken(harness.context.db, second);
    expect(duplicate).toMatchObject({ state: 'duplicateLocationId', serving: false });
    expect(duplicate.stateReason).toContain('"Twins one"');
    await expect(requestSync(harness.context, second, administrator)).rejects.toMatchObject({
      code: 'duplicateNotSynced',
    });
    harness.clock.advance(25 * 3_600_000);
    await expect
      .poll(async () => (await listSyncs(harness.context.db, first, 9)).length, { timeout: 60_000 })
      .toBeGreaterThan(1);
    expect(await listSyncs(harness.context.db, second, 9)).toEqual([]);
    expect(await appsOf(second)).toEqual([]);
    expect(await servedBy(location)).toBe(first);
  });

  it('[L 9] is made on request alone: the refusal says how to ask for it', async () => {
    const { location, first } = await twoTokens('Asked');
    const token = await apple.tokenFile(location, { contentManager: 'third' });
    const create = async (more: object): Promise<{ id: string; state: string }> =>
      harness.api.post('/beta/deviceAppManagement/vppTokens', {
        displayName: 'Third',
        appleId: 'third@example.org',
        vppTokenAccountType: 'business',
        countryOrRegion: 'us',
        token,
        ...more,
      });
    await expect(create({})).rejects.toThrow('allowDuplicate true');
    await expect(create({ allowDuplicate: false })).rejects.toThrow('locationPresent');
    expect(await create({ allowDuplicate: true })).toMatchObject({ state: 'duplicateLocationId' });
    expect(await servedBy(location)).toBe(first);
  });

  it('[brief 65] is deleted without a trace on the apps', async () => {
    const { location, first, second } = await twoTokens('Clean-up');
    const apps = await appsOf(first);
    await deleteToken(harness.context, second, cleanUp, administrator);
    expect(await appsOf(first)).toEqual(apps);
    expect(apps).toHaveLength(1);
    expect(await servedBy(location)).toBe(first);
  });

  it('[brief 65] inherits the apps with their assignments when the first is deleted', async () => {
    const { location, first, second } = await twoTokens('Heir');
    const apps = await appsOf(first);
    await deleteToken(harness.context, first, cleanUp, administrator);
    expect(await synced(harness.context, second)).toMatchObject({
      state: 'valid',
      stateReason: null,
      lastSyncStatus: 'completed',
    });
    expect(await appsOf(second)).toEqual(apps);
    expect(await servedBy(location)).toBe(second);
  });

  it('serves the location once the credential of the first wears out, and hands nothing back by itself', async () => {
    const { location, first, second } = await twoTokens('Relay');
    const apps = await appsOf(first);
    await harness.context.db
      .updateTable('library.token')
      .set({ expiresAt: harness.clock.now() })
      .where('id', '=', first)
      .execute();
    await expect.poll(async () => servedBy(location), { timeout: 60_000 }).toBe(second);
    expect(await readToken(harness.context.db, first)).toMatchObject({ state: 'expired' });
    expect(await appsOf(second)).toEqual(apps);

    const file = await apple.tokenFile(location);
    await updateToken(harness.context, first, { token: file }, administrator);
    const renewed = await readToken(harness.context.db, first);
    expect(renewed.state).toBe('duplicateLocationId');
    expect(renewed.stateReason).toContain('"Relay"');
    expect(await servedBy(location)).toBe(second);
  });

  it('serves at once where the first is worn out already', async () => {
    const location = await apple.location('Late');
    await apple.buy(location, keynote, 3);
    const first = await upload(harness.context, await apple.tokenFile(location));
    await synced(harness.context, first);
    await apple.control('tokens/revoke', { uId: location.uId });
    await requestSync(harness.context, first, administrator);
    expect(await synced(harness.context, first)).toMatchObject({ state: 'invalid' });
    const second = await upload(harness.context, await apple.tokenFile(location), {
      allowDuplicate: true,
    });
    expect(await synced(harness.context, second)).toMatchObject({ state: 'valid' });
    expect(await servedBy(location)).toBe(second);
    expect(await appsOf(second)).toHaveLength(1);
  });
});

describe('the number of tokens', () => {
  it('[brief 23] is limited to 256, and a setting moves that up to 3,000', async () => {
    const { context } = harness;
    expect(await readLibrarySettings(context.db)).toEqual({ tokenLimit: 256 });
    for (const tokenLimit of [0, 3_001, 1.5]) {
      await expect(
        updateLibrarySettings(context, { tokenLimit }, administrator),
      ).rejects.toMatchObject({ field: 'tokenLimit' });
    }
    const { count } = await context.db
      .selectFrom('library.token')
      .select((one) => one.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    await fillUpTo(256 - count);
    const file = await apple.tokenFile(await apple.location('Number 257'));
    await expect(upload(context, file)).rejects.toMatchObject({ code: 'tooManyTokens' });
    await updateLibrarySettings(context, { tokenLimit: 3_000 }, administrator);
    expect(await readToken(context.db, await upload(context, file))).toMatchObject({
      displayName: 'Number 257',
    });
  });
});

/** Tokens that nobody can use, written at once. */
async function fillUpTo(count: number): Promise<void> {
  const { db } = harness.context;
  const at = new Date('2026-01-01T00:00:00Z');
  const uids = Array.from({ length: count }, (_, index) => `filler-${index}`);
  await db
    .insertInto('library.location')
    .values(uids.map((uid) => ({ uid, name: uid, createdAt: at })))
    .execute();
  await db
    .insertInto('library.token')
    .values(
      uids.map((uid) => ({
        locationUid: uid,
        displayName: uid,
        appleId: 'vpp@example.org',
        accountType: 'business',
        countryOrRegion: 'us',
        secret: Buffer.from('sealed'),
        organizationName: uid,
        expiresAt: new Date('2099-01-01T00:00:00Z'),
        state: 'expired',
        nextSyncAt: new Date('2099-01-01T00:00:00Z'),
        createdAt: at,
        modifiedAt: at,
      })),
    )
    .execute();
}
