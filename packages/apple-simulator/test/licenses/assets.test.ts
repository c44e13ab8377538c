import { describe, expect, it } from 'vitest';

import { type Client, type Json, useBox } from '../support/box.ts';

const KEYNOTE = '361285480';
const WORD = '586447913';
const BOOK = '1900000001';
const keynote = { adamId: KEYNOTE, pricingParam: 'STDQ' };
const box = useBox();

const ids = (body: Json, name = 'assets'): unknown[] =>
  (body[name] as Json[] | undefined)?.map(({ adamId }) => adamId) ?? [];
const associate = (client: Client, ...serialNumbers: string[]): Promise<Json> =>
  client.run('/assets/associate', { assets: [keynote], serialNumbers });

describe('assets', () => {
  it('of one title differ by pricingParam', async () => {
    const client = await box().location([
      { adamId: KEYNOTE, quantity: 3 },
      { adamId: KEYNOTE, pricingParam: 'PLUS', quantity: 4 },
    ]);
    await client.run('/assets/associate', {
      assets: [{ adamId: KEYNOTE, pricingParam: 'PLUS' }],
      serialNumbers: ['A'],
    });
    expect(await client.asset(KEYNOTE)).toMatchObject({ assignedCount: 0, totalCount: 3 });
    expect(await client.asset(KEYNOTE, 'PLUS')).toMatchObject({ assignedCount: 1, totalCount: 4 });
  });

  it('that are books go to users only and stay there', async () => {
    const client = await box().location([{ adamId: BOOK, quantity: 3 }]);
    expect(await client.asset(BOOK)).toMatchObject({
      productType: 'Book',
      revocable: false,
      deviceAssignable: false,
    });
    const book = [{ adamId: BOOK }];
    const toDevice = await client.post('/assets/associate', { assets: book, serialNumbers: ['A'] });
    expect(toDevice.body).toMatchObject({ errorNumber: 9707 });
    await client.run('/users/create', { users: [{ clientUserId: 'ann' }] });
    await client.run('/assets/associate', { assets: book, clientUserIds: ['ann'] });
    const back = await client.post('/assets/disassociate', {
      assets: book,
      clientUserIds: ['ann'],
    });
    expect(back).toMatchObject({ status: 400, body: { errorNumber: 9706 } });
    expect(await client.run('/assets/revoke', { clientUserIds: ['ann'] })).toMatchObject({
      numRequested: 0,
      eventStatus: 'COMPLETE',
    });
    expect(await client.all('assignments')).toHaveLength(1);
  });

  it('can be apps that go to users only', async () => {
    await box().control('titles', {
      titles: [
        {
          adamId: '6900001234',
          name: 'Users Only',
          bundleId: 'org.example.users',
          deviceAssignable: false,
        },
      ],
    });
    const client = await box().location([{ adamId: '6900001234', quantity: 3 }]);
    const refused = await client.post('/assets/associate', {
      assets: [{ adamId: '6900001234' }],
      serialNumbers: ['A'],
    });
    expect(refused.body).toMatchObject({
      errorNumber: 9707,
      errorInfo: { assets: [{ adamId: '6900001234' }] },
    });
  });

  it('name their platforms', async () => {
    const client = await box().location([
      { adamId: '497799835' },
      { adamId: '360593530' },
      { adamId: '546505307' },
    ]);
    const { body } = await client.get('/assets');
    expect((body['assets'] as Json[]).map(({ supportedPlatforms }) => supportedPlatforms)).toEqual([
      ['macOS'],
      ['iOS', 'macOS'],
      ['iOS', 'tvOS', 'visionOS'],
    ]);
  });

  it('that are unlimited come in three ways', async () => {
    const client = await box().location([{ adamId: KEYNOTE, quantity: 3 }, { adamId: WORD }]);
    const { body: among } = await client.get('/assets');
    expect((among['assets'] as Json[])[1]).toMatchObject({
      adamId: WORD,
      totalCount: 2_147_483_647,
    });
    const { body: apart } = await client.get('/assets', { unlimited: 'true' });
    expect([ids(apart), ids(apart, 'unlimitedAssets')]).toEqual([[KEYNOTE], [WORD]]);
    expect((apart['unlimitedAssets'] as Json[])[0]).not.toHaveProperty('totalCount');
    const { body: without } = await client.get('/assets', { unlimited: 'false' });
    expect([ids(without), without['size']]).toEqual([[KEYNOTE], 1]);
    const serialNumbers = Array.from({ length: 50 }, (_, index) => `S${index}`);
    expect(
      await client.run('/assets/associate', { assets: [{ adamId: WORD }], serialNumbers }),
    ).toMatchObject({ eventStatus: 'COMPLETE' });
  });

  it('are filtered by kind and counts', async () => {
    const client = await box().location([
      { adamId: KEYNOTE, quantity: 3 },
      { adamId: BOOK, quantity: 10 },
    ]);
    await associate(client, 'A', 'B');
    const found = async (query: Record<string, string>): Promise<unknown[]> =>
      ids((await client.get('/assets', query)).body);
    expect(await found({ productType: 'Book' })).toEqual([BOOK]);
    expect(await found({ revocable: 'true' })).toEqual([KEYNOTE]);
    expect(await found({ deviceAssignable: 'false' })).toEqual([BOOK]);
    expect(await found({ minAvailableCount: '2' })).toEqual([BOOK]);
    expect(await found({ maxAvailableCount: '1' })).toEqual([KEYNOTE]);
    expect(await found({ minAssignedCount: '2', maxAssignedCount: '2' })).toEqual([KEYNOTE]);
    expect((await client.get('/assets', { minAssignedCount: 'x' })).body).toMatchObject({
      errorNumber: 9602,
    });
  });

  it('can be over-assigned after a refund: nothing more is given, what is assigned stays', async () => {
    const client = await box().location([{ adamId: KEYNOTE, quantity: 3 }]);
    await associate(client, 'A', 'B', 'C');
    await box().control('refunds', { uId: client.uId, ...keynote, quantity: 2 });
    expect(await client.asset(KEYNOTE)).toMatchObject({
      assignedCount: 3,
      availableCount: 0,
      totalCount: 1,
      retiredCount: 2,
    });
    expect(await associate(client, 'D')).toMatchObject({ failures: [{ errorNumber: 9709 }] });
    await client.run('/assets/disassociate', { assets: [keynote], serialNumbers: ['A', 'B'] });
    expect(await associate(client, 'D')).toMatchObject({ failures: [{ errorNumber: 9709 }] });
  });

  it('move between locations while unassigned', async () => {
    const from = await box().location([{ adamId: KEYNOTE, quantity: 5 }]);
    const to = await box().location();
    await associate(from, 'A');
    const move = (quantity: number): Promise<unknown> =>
      box().tryControl('transfers', { from: from.uId, to: to.uId, ...keynote, quantity });
    expect(await move(5)).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('unassigned') },
    });
    expect(await move(4)).toMatchObject({ status: 200 });
    expect(await from.asset(KEYNOTE)).toMatchObject({ totalCount: 1, assignedCount: 1 });
    expect(await to.asset(KEYNOTE)).toMatchObject({ totalCount: 4, availableCount: 4 });
    expect(await move(25_000)).toMatchObject({ status: 400 });
  });
});

describe('repeated pairs', () => {
  it('are no second license, and are counted', async () => {
    const client = await box().location([{ adamId: KEYNOTE, quantity: 5 }]);
    expect(await associate(client, 'A', 'B')).toMatchObject({ eventStatus: 'COMPLETE' });
    expect(await associate(client, 'A', 'B', 'C')).toMatchObject({
      eventStatus: 'COMPLETE',
      numCompleted: 3,
    });
    expect(await client.asset(KEYNOTE)).toMatchObject({ assignedCount: 3 });
    const counters = await client.counters();
    expect(counters).toMatchObject({ associateRequests: 2, pairs: 5, repeatedPairs: 2 });
    expect(counters.assets[0]).toMatchObject({ maximumAssigned: 3, total: 5 });
  });

  it('can be refused with 9616, and taking back what is not assigned with 9619', async () => {
    const client = await box().location([{ adamId: KEYNOTE, quantity: 5 }]);
    await associate(client, 'A');
    const backOf = (serial: string): Promise<Json> =>
      client.run('/assets/disassociate', { assets: [keynote], serialNumbers: [serial] });
    expect(await backOf('Z')).toMatchObject({ eventStatus: 'COMPLETE' });
    await box().control('settings', { repeatedPairs: 'refuse' });
    expect(await associate(client, 'A')).toMatchObject({ failures: [{ errorNumber: 9616 }] });
    expect(await backOf('Z')).toMatchObject({ failures: [{ errorNumber: 9619 }] });
  });
});
