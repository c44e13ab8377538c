import { describe, expect, it } from 'vitest';

import { Box, type Json } from '../support/box.ts';

const TITLES = 300;
const DEVICES_PER_TITLE = 334;
const USERS = 5000;

describe('the scale set', () => {
  it('of 100,000 assignments, 5,000 users and 300 titles loads in seconds and is listed page by page', async () => {
    await using box = await Box.start();
    const titles = Array.from({ length: TITLES }, (_, index) => ({
      adamId: String(7_000_000_000 + index),
      name: `Title ${index}`,
      bundleId: `org.example.title${index}`,
    }));
    await box.control('titles', { titles });
    const client = await box.location(titles.map(({ adamId }) => ({ adamId, quantity: 1000 })));
    const { uId } = client;
    const users = Array.from({ length: USERS }, (_, index) => ({ clientUserId: `user-${index}` }));
    await box.control('users', { uId, users });
    const serialNumbers = Array.from({ length: DEVICES_PER_TITLE }, (_, index) => `SERIAL${index}`);
    const before = performance.now();
    const loaded = await box.control('assignments', {
      uId,
      assignments: titles.map(({ adamId }) => ({ adamId, serialNumbers })),
    });
    expect(performance.now() - before).toBeLessThan(8000);
    expect(loaded).toEqual({ changed: TITLES * DEVICES_PER_TITLE, failures: [] });

    const rows = await client.all('assignments');
    const pairs = new Set(
      rows.map((row: Json) => `${String(row['adamId'])}:${String(row['serialNumber'])}`),
    );
    expect(pairs.size).toBe(TITLES * DEVICES_PER_TITLE);
    expect(await client.all('users')).toHaveLength(USERS);
    expect(await client.all('assets')).toHaveLength(TITLES);
    expect((await client.get('/assignments', { pageIndex: '100' })).body).toMatchObject({
      size: 200,
      totalPages: 101,
    });
  });

  it('takes 200,000 pairs in 8 requests, all of them in the journal', async () => {
    await using box = await Box.start();
    const titles = Array.from({ length: 25 }, (_, index) => ({
      adamId: String(7_200_000_000 + index),
      name: `Title ${index}`,
      bundleId: `org.example.many${index}`,
    }));
    await box.control('titles', { titles });
    const client = await box.location(titles.map(({ adamId }) => ({ adamId, quantity: 10_000 })));
    for (let batch = 0; batch < 8; batch++) {
      await client.post('/assets/associate', {
        assets: titles.map(({ adamId }) => ({ adamId })),
        serialNumbers: Array.from({ length: 1000 }, (_, index) => `SERIAL${batch}-${index}`),
      });
    }
    await box.advance(15);
    expect((await client.get('/assignments', { pageIndex: '199' })).body).toMatchObject({
      size: 1000,
      totalPages: 200,
    });
    const url = `${box.simulator.url}/_control/journal?kind=assignment`;
    const journal = await (await fetch(url)).text();
    expect(journal.split('\n')).toHaveLength(200_001);
    expect(await client.counters()).toMatchObject({ associateRequests: 8, pairs: 200_000 });
    expect(await client.counters()).not.toHaveProperty('pairsWhileOpen');
  });

  it('takes 20,000 pairs in one request', async () => {
    await using box = await Box.start();
    const titles = Array.from({ length: 20 }, (_, index) => ({
      adamId: String(7_100_000_000 + index),
      name: `Title ${index}`,
      bundleId: `org.example.one${index}`,
    }));
    await box.control('titles', { titles });
    const client = await box.location(titles.map(({ adamId }) => ({ adamId, quantity: 1000 })));
    const status = await client.run('/assets/associate', {
      assets: titles.map(({ adamId }) => ({ adamId })),
      serialNumbers: Array.from({ length: 1000 }, (_, index) => `SERIAL${index}`),
    });
    expect(status).toMatchObject({
      eventStatus: 'COMPLETE',
      numRequested: 20_000,
      numCompleted: 20_000,
    });
    expect(await client.counters()).toMatchObject({ associateRequests: 1, pairs: 20_000 });
    expect(await client.counters()).not.toHaveProperty('repeatedPairs');
  });
});
