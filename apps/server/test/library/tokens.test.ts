import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  inspectToken,
  listTokens,
  readToken,
  requestSync,
  updateToken,
} from '../../src/library/index.ts';
import { deleteToken } from '../../src/operations/index.ts';
import { type Harness, startHarness } from '../support/harness.ts';
import { administrator, assetsOf, keynote, synced, TestApple, upload } from './support/library.ts';

let harness: Harness;
let apple: TestApple;

beforeAll(async () => {
  harness = await startHarness();
  apple = new TestApple(harness);
});
afterAll(async () => harness[Symbol.asyncDispose]());

async function ownerAtApple(uId: string): Promise<string | undefined> {
  const { locations } = await harness.apple.get<{
    locations: { uId: string; mdmInfo: { id: string } | null }[];
  }>('/_control/state');
  return locations.find((location) => location.uId === uId)?.mdmInfo?.id;
}

async function tokenIds(): Promise<string[]> {
  return (await listTokens(harness.context.db)).map((token) => token.id);
}

describe('a token', () => {
  it('[brief 14] is the precondition: without one there is nothing to manage', async () => {
    expect(await listTokens(harness.context.db)).toEqual([]);
    const { context } = harness;
    expect(await context.db.selectFrom('library.app').selectAll().execute()).toEqual([]);
  });

  it('[brief 32] is read and stored from the file that Apple made', async () => {
    const location = await apple.location('Stored');
    const file = await apple.tokenFile(location);
    const id = await upload(harness.context, `\uFEFF${file}\n`);
    const token = await readToken(harness.context.db, id);
    expect(token).toMatchObject({
      locationUid: location.uId,
      locationName: 'Stored',
      displayName: 'Stored',
      organizationName: 'Stored',
      state: 'valid',
    });
    const stored = await harness.context.db
      .selectFrom('library.token')
      .select('secret')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    expect(stored.secret.toString('latin1')).not.toContain(file);
    expect(JSON.stringify(token)).not.toContain(file);
  });

  it('[brief 33] records the Apple ID that owns it, and asks for one', async () => {
    const location = await apple.location('Owned');
    const file = await apple.tokenFile(location);
    await expect(upload(harness.context, file, { appleId: 'nobody' })).rejects.toMatchObject({
      field: 'appleId',
    });
    const id = await upload(harness.context, file, { appleId: ' owner@example.org ' });
    expect(await readToken(harness.context.db, id)).toMatchObject({ appleId: 'owner@example.org' });
  });

  it('[brief 12] [brief 38] is of a business or an education account, and of nothing else', async () => {
    const school = await apple.location('School', 'school');
    const file = await apple.tokenFile(school);
    await expect(
      upload(harness.context, file, { vppTokenAccountType: 'charity' }),
    ).rejects.toMatchObject({ field: 'vppTokenAccountType', code: 'unknownAccountType' });
    const id = await upload(harness.context, file, { vppTokenAccountType: 'education' });
    const company = await apple.location('Company');
    const other = await upload(harness.context, await apple.tokenFile(company));
    expect((await synced(harness.context, id)).lastSyncStatus).toBe('completed');
    expect((await synced(harness.context, other)).lastSyncStatus).toBe('completed');
    expect(await readToken(harness.context.db, id)).toMatchObject({ accountType: 'education' });
    expect(await readToken(harness.context.db, other)).toMatchObject({ accountType: 'business' });
  });

  it('[brief 15] stands beside others', async () => {
    const before = await listTokens(harness.context.db);
    for (const name of ['North', 'South']) {
      await upload(harness.context, await apple.tokenFile(await apple.location(name)));
    }
    const names = (await listTokens(harness.context.db)).map((token) => token.locationName);
    expect(names).toEqual([...before.map((token) => token.locationName), 'North', 'South']);
  });

  it.each([
    ['notBase64', 'not a token!'],
    ['notJson', Buffer.from('hello').toString('base64')],
    ['missingField', Buffer.from('{"token":"x","orgName":"y"}').toString('base64')],
    ['innerToken', '{"token":"x","expDate":"2030-01-01T00:00:00+0000","orgName":"y"}'],
  ])('is refused as %s, naming the field', async (code, file) => {
    const before = await tokenIds();
    await expect(upload(harness.context, file)).rejects.toMatchObject({ code, field: 'token' });
    expect(await tokenIds()).toEqual(before);
  });

  it('is refused when it has expired, was revoked, or is of the old kind', async () => {
    const location = await apple.location('Refused');
    for (const [more, code] of [
      [{ expiresInDays: -1 }, 'expired'],
      [{ state: 'revoked' }, 'tokenRevoked'],
      [{ state: 'legacy' }, 'legacyToken'],
    ] as const) {
      const file = await apple.tokenFile(location, more);
      await expect(upload(harness.context, file)).rejects.toMatchObject({ code, field: 'token' });
    }
  });

  it('is refused with a country that has no store', async () => {
    const file = await apple.tokenFile(await apple.location('Nowhere'));
    await expect(upload(harness.context, file, { countryOrRegion: 'zz' })).rejects.toMatchObject({
      code: 'unknownCountry',
      field: 'countryOrRegion',
    });
  });

  it('of a location that is here already offers to renew that token', async () => {
    const location = await apple.location('Twice');
    const id = await upload(harness.context, await apple.tokenFile(location));
    const again = upload(harness.context, await apple.tokenFile(location));
    await expect(again).rejects.toMatchObject({ kind: 'conflict', code: 'locationPresent' });
    await expect(again).rejects.toThrow(id);
  });

  it('uploaded twice at once is taken once', async () => {
    const location = await apple.location('At once');
    const file = await apple.tokenFile(location);
    const uploads = [upload(harness.context, file), upload(harness.context, file)];
    const outcomes = await Promise.allSettled(uploads);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    const tokens = await listTokens(harness.context.db);
    expect(tokens.filter((token) => token.locationUid === location.uId)).toHaveLength(1);
  });

  it('can be looked at before it is saved, without a trace', async () => {
    const location = await apple.location('Looked at');
    const seen = await inspectToken(harness.context, await apple.tokenFile(location));
    expect(seen).toMatchObject({
      uId: location.uId,
      country: 'US',
      owner: undefined,
      present: undefined,
    });
    expect(await ownerAtApple(location.uId)).toBeUndefined();
  });
});

describe('a location of another product', () => {
  it('[brief 16] [brief 29] is recognized before it is claimed, and left alone', async () => {
    const location = await apple.location('Taken');
    await apple.buy(location, keynote, 5);
    await apple.control('takeover', { uId: location.uId });
    const theirs = await ownerAtApple(location.uId);
    const id = await upload(harness.context, await apple.tokenFile(location));
    const token = await readToken(harness.context.db, id);
    expect(token.state).toBe('assignedToExternalMDM');
    expect(token.stateReason).toContain('freshly generated content token');
    expect(await ownerAtApple(location.uId)).toBe(theirs);
    await requestSync(harness.context, id, administrator);
    expect(await synced(harness.context, id)).toMatchObject({
      state: 'assignedToExternalMDM',
      lastSyncStatus: 'failed',
    });
    expect(await assetsOf(harness.context, location.uId)).toEqual([]);
  });

  it('is taken over when that is asked for, now or later', async () => {
    const location = await apple.location('Taken over');
    await apple.control('takeover', { uId: location.uId });
    const claim = { claimTokenManagementFromExternalMdm: true };
    const id = await upload(harness.context, await apple.tokenFile(location), claim);
    expect(await readToken(harness.context.db, id)).toMatchObject({ state: 'valid' });
    expect(await ownerAtApple(location.uId)).toBe(harness.context.installationId);

    const later = await apple.location('Taken over later');
    await apple.control('takeover', { uId: later.uId });
    const other = await upload(harness.context, await apple.tokenFile(later));
    await updateToken(harness.context, other, claim, administrator);
    expect(await synced(harness.context, other)).toMatchObject({ state: 'valid' });
    expect(await ownerAtApple(later.uId)).toBe(harness.context.installationId);
  });

  it('that takes ours away stops everything, and is not fought with', async () => {
    const location = await apple.location('Lost');
    const claim = { claimTokenManagementFromExternalMdm: true };
    const id = await upload(harness.context, await apple.tokenFile(location), claim);
    await synced(harness.context, id);
    await apple.control('takeover', { uId: location.uId });
    const theirs = await ownerAtApple(location.uId);
    await requestSync(harness.context, id, administrator);
    expect(await synced(harness.context, id)).toMatchObject({ state: 'assignedToExternalMDM' });
    expect(await ownerAtApple(location.uId)).toBe(theirs);
  });
});

describe('a token that is here', () => {
  it('is renewed by a newer file of its location, and by no other', async () => {
    const location = await apple.location('Renewed');
    const stranger = await apple.location('Stranger');
    const id = await upload(harness.context, await apple.tokenFile(location));
    await synced(harness.context, id);
    await apple.control('tokens/revoke', { uId: location.uId });
    await requestSync(harness.context, id, administrator);
    expect(await synced(harness.context, id)).toMatchObject({ state: 'invalid' });

    const foreign = { token: await apple.tokenFile(stranger) };
    await expect(updateToken(harness.context, id, foreign, administrator)).rejects.toMatchObject({
      code: 'otherLocation',
      field: 'token',
    });
    const fresh = { token: await apple.tokenFile(location) };
    await updateToken(harness.context, id, fresh, administrator);
    expect(await synced(harness.context, id)).toMatchObject({ state: 'valid', stateReason: null });
  });

  it('[brief 17] expires a year after it was made', async () => {
    const location = await apple.location('Expiring');
    const id = await upload(harness.context, await apple.tokenFile(location));
    await synced(harness.context, id);
    const { expiresAt } = await readToken(harness.context.db, id);
    const days = (expiresAt.getTime() - harness.context.clock.now().getTime()) / 86_400_000;
    expect(days).toBeGreaterThan(364);
    expect(days).toBeLessThan(366);
    await harness.context.db
      .updateTable('library.token')
      .set({ expiresAt: new Date(harness.context.clock.now().getTime() - 1000) })
      .where('id', '=', id)
      .execute();
    await expect
      .poll(async () => (await readToken(harness.context.db, id)).state, { timeout: 60_000 })
      .toBe('expired');
  });

  it('is forgotten with its apps, and nothing is taken back at Apple', async () => {
    const location = await apple.location('Deleted');
    await apple.buy(location, keynote, 2);
    await apple.assign(location, keynote, { serialNumbers: ['C0DELETED'] });
    const id = await upload(harness.context, await apple.tokenFile(location));
    await synced(harness.context, id);
    await deleteToken(harness.context, id, { reason: 'Closed' }, administrator);
    await vi.waitFor(
      async () =>
        expect(readToken(harness.context.db, id)).rejects.toMatchObject({ code: 'tokenNotFound' }),
      20_000,
    );
    const apps = await harness.context.db
      .selectFrom('library.app')
      .select('id')
      .where('tokenId', '=', id)
      .execute();
    expect(apps).toEqual([]);
    const { locations } = await harness.apple.get<{
      locations: { uId: string; assignmentCount: number }[];
    }>('/_control/state');
    expect(locations.find((one) => one.uId === location.uId)?.assignmentCount).toBe(1);
  });
});
