import { describe, expect, it } from 'vitest';

import { Box, type Client, type Json, useBox } from '../support/box.ts';

const KEYNOTE = '361285480';
const keynote = { adamId: KEYNOTE, pricingParam: 'STDQ' };
const box = useBox();

const devices = (count: number, prefix = 'SERIAL'): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

/** A location with that many devices holding Keynote, in pages of three. */
async function filled(count: number): Promise<Client> {
  const client = await box().location([{ adamId: KEYNOTE, quantity: 1000 }]);
  await box().control('settings', { pageSize: 3 });
  if (count > 0) await assign(client, devices(count));
  return client;
}

const assign = (client: Client, serialNumbers: string[], operation = 'associate'): Promise<Json> =>
  box().control('assignments', {
    uId: client.uId,
    operation,
    assignments: [{ ...keynote, serialNumbers }],
  });

const page = async (client: Client, query: Record<string, string> = {}): Promise<Json> =>
  (await client.get('/assignments', query)).body;

const serials = (body: Json): unknown[] =>
  (body['assignments'] as Json[]).map(({ serialNumber }) => serialNumber);

describe('pages', () => {
  it('are counted from zero; the last one names no next', async () => {
    const client = await filled(8);
    expect(await page(client)).toMatchObject({
      currentPageIndex: 0,
      nextPageIndex: 1,
      size: 3,
      totalPages: 3,
    });
    const last = await page(client, { pageIndex: '2' });
    expect(last).toMatchObject({ currentPageIndex: 2, size: 2, totalPages: 3 });
    expect(last).not.toHaveProperty('nextPageIndex');
    expect((await client.all('assignments')).map(({ serialNumber }) => serialNumber)).toEqual(
      devices(8),
    );
  });

  it.each(['3', '-1', 'x', '1.5', ''])(
    'with the index "%s" are refused with 9650',
    async (pageIndex) => {
      const client = await filled(8);
      expect(await client.get('/assignments', { pageIndex })).toMatchObject({
        status: 400,
        body: { errorNumber: 9650 },
      });
    },
  );

  it('of an empty list are one', async () => {
    const client = await filled(0);
    const body = await page(client);
    expect(body).toMatchObject({ assignments: [], currentPageIndex: 0, size: 0, totalPages: 1 });
    expect(body).not.toHaveProperty('nextPageIndex');
  });

  it('may be fetched five at a time; the sixth is refused with 429', async () => {
    await using slow = await Box.start({ latencyMs: 50 });
    const client = await slow.location();
    const answers = await Promise.all(Array.from({ length: 6 }, () => client.get('/assets')));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 200, 200, 200, 200, 429]);
    expect((await client.get('/assets')).status).toBe(200);
  });

  it('carry another versionId once data have changed in flight', async () => {
    const client = await filled(8);
    const first = await page(client);
    expect((await page(client, { pageIndex: '1' }))['versionId']).toBe(first['versionId']);
    await assign(client, ['LATE']);
    expect((await page(client, { pageIndex: '2' }))['versionId']).not.toBe(first['versionId']);
    const before = await page(client);
    await box().fault('paging.version-changes', {}, { times: 1, scope: { path: '/assignments' } });
    expect((await page(client))['versionId']).not.toBe(before['versionId']);
  });
});

describe('versions', () => {
  it('are version 1 UUIDs, one for each list', async () => {
    const client = await filled(1);
    const ids = await Promise.all(
      ['/assets', '/assignments', '/users'].map(
        async (path) => (await client.get(path)).body['versionId'],
      ),
    );
    expect(new Set(ids).size).toBe(3);
    for (const id of ids)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u);
  });

  it('give only what changed since, which can be nothing', async () => {
    const client = await filled(5);
    const sinceVersionId = String((await page(client))['versionId']);
    expect(serials(await page(client, { sinceVersionId }))).toEqual([]);
    await assign(client, devices(4, 'NEW'));
    const changed = await page(client, { sinceVersionId });
    expect(changed).toMatchObject({ totalPages: 2, nextPageIndex: 1 });
    expect(serials(changed)).toEqual(['NEW0', 'NEW1', 'NEW2']);
    expect(serials(await page(client, { sinceVersionId, pageIndex: '1' }))).toEqual(['NEW3']);
  });

  it('do not show removed assignments, unless set to', async () => {
    const client = await filled(5);
    const sinceVersionId = String((await page(client))['versionId']);
    await assign(client, ['SERIAL1', 'SERIAL2'], 'disassociate');
    await assign(client, ['SERIAL2']);
    expect(serials(await page(client, { sinceVersionId }))).toEqual(['SERIAL2']);
    await box().control('settings', { removals: 'shown' });
    expect((await page(client, { sinceVersionId }))['assignments']).toEqual([
      { ...keynote, serialNumber: 'SERIAL2' },
      { ...keynote, serialNumber: 'SERIAL1', removed: true },
    ]);
    expect(serials(await page(client))).toEqual(['SERIAL0', 'SERIAL3', 'SERIAL4']);
  });

  it('are refused with 9721 when unknown, of another list, or too old', async () => {
    const client = await filled(1);
    const refused = async (sinceVersionId: unknown): Promise<unknown> =>
      (await page(client, { sinceVersionId: String(sinceVersionId) }))['errorNumber'];
    expect(await refused('d8f1a0ae-0000-11f1-8000-000000000000')).toBe(9721);
    expect(await refused((await client.get('/users')).body['versionId'])).toBe(9721);
    const { versionId } = await page(client);
    expect(await refused(versionId)).toBeUndefined();
    await box().fault('paging.version-expired', {}, { times: 1 });
    expect(await refused(versionId)).toBe(9721);
    await box().control('settings', { versionLifetimeDays: 1 });
    await box().advance(86_401);
    expect(await refused(versionId)).toBe(9721);
  });

  it('of assets change with purchases and assignments', async () => {
    const client = await filled(0);
    const version = async (): Promise<unknown> => (await client.get('/assets')).body['versionId'];
    const first = await version();
    expect(await version()).toBe(first);
    await box().control('purchases', { uId: client.uId, purchases: [{ ...keynote, quantity: 1 }] });
    const second = await version();
    expect(second).not.toBe(first);
    await assign(client, ['X']);
    expect(await version()).not.toBe(second);
  });
});

describe('filters of assignments', () => {
  it('are by title, holder and state of the user', async () => {
    const client = await filled(2);
    const { uId } = client;
    await box().control('purchases', { uId, purchases: [{ adamId: '1900000001', quantity: 5 }] });
    await client.run('/users/create', {
      users: [{ clientUserId: 'ann' }, { clientUserId: 'bob' }],
    });
    await client.run('/assets/associate', {
      assets: [{ adamId: '1900000001' }],
      clientUserIds: ['ann', 'bob'],
    });
    await client.run('/users/retire', { users: [{ clientUserId: 'bob' }] });
    const some = async (query: Record<string, string>): Promise<unknown[]> =>
      client.all('assignments', query);
    expect(await some({ adamId: KEYNOTE })).toHaveLength(2);
    expect(await some({ pricingParam: 'PLUS' })).toEqual([]);
    expect(await some({ serialNumber: 'SERIAL1' })).toEqual([
      { ...keynote, serialNumber: 'SERIAL1' },
    ]);
    const book = { adamId: '1900000001', pricingParam: 'STDQ' };
    expect(await some({ clientUserId: 'ann', includeUserState: 'true' })).toEqual([
      { ...book, clientUserId: 'ann', userStatus: 'Registered' },
    ]);
    expect(await some({ adamId: '1900000001' })).toHaveLength(2);
    expect(await some({ adamId: '1900000001', excludeInactiveUsers: 'true' })).toHaveLength(1);
    expect((await client.get('/assignments', { includeUserState: 'maybe' })).body).toMatchObject({
      errorNumber: 9602,
    });
  });
});
