import { describe, expect, it } from 'vitest';

import { START, useBox } from '../support/box.ts';

const box = useBox();

describe('the service under load or in trouble', () => {
  it('answers 429 with 9646 beyond maxRequestPerSecond of a token', async () => {
    const client = await box().location();
    const other = await box().location();
    await box().control('settings', { limits: { maxRequestPerSecond: 15 }, parallelPages: 100 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.get('/assets')));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(5);
    expect(refused[0]?.body).toMatchObject({ errorNumber: 9646 });
    expect((await other.get('/assets')).status).toBe(200);
  });

  it('says in seconds when to come back, and blocks longer when asked too early', async () => {
    const client = await box().location();
    await box().fault(
      'request.unavailable',
      { retryAfterSeconds: 40 },
      { times: 1, scope: { location: client.uId } },
    );
    const first = await client.get('/assets');
    expect(first).toMatchObject({ status: 503, body: { errorNumber: 9729 } });
    expect(first.headers.get('retry-after')).toBe('40');
    await box().advance(20);
    const early = await client.get('/assets');
    expect(early.status).toBe(503);
    expect(Number(early.headers.get('retry-after'))).toBeGreaterThan(30);
    await box().advance(41);
    expect((await client.get('/assets')).status).toBe(200);
  });

  it('says as a date when to come back', async () => {
    const client = await box().location();
    await box().fault('request.unavailable', { form: 'date', retryAfterSeconds: 90 }, { times: 1 });
    const { headers } = await client.get('/users');
    const until = Date.parse(headers.get('retry-after') ?? '');
    expect(until).toBeGreaterThan(START.getTime());
    expect(until - Date.parse(headers.get('date') ?? '')).toBeGreaterThanOrEqual(89_000);
    expect(headers.get('retry-after')).toMatch(/GMT$/u);
  });

  it('can be throttled on demand, at one path only', async () => {
    const client = await box().location();
    await box().fault('request.throttled', { retryAfterSeconds: 2 }, { scope: { path: '/users' } });
    const { status, headers } = await client.get('/users');
    expect([status, headers.get('retry-after')]).toEqual([429, '2']);
    expect((await client.get('/assets')).status).toBe(200);
  });

  it('can answer with a page in HTML', async () => {
    const client = await box().location();
    await box().fault('request.html', {}, { times: 1 });
    const { status, headers, body } = await client.get('/assets');
    expect(status).toBe(502);
    expect(headers.get('content-type')).toContain('text/html');
    expect(body['text']).toContain('<html>');
  });

  it.each([
    [{}, 500, 9603],
    [{ errorNumber: 9625, status: 200 }, 200, 9625],
    [{ errorNumber: 9999 }, 400, 9999],
  ])('can refuse with any number: %j', async (settings, status, errorNumber) => {
    const client = await box().location();
    await box().fault('request.refused', settings, { times: 1 });
    expect(await client.get('/assets')).toMatchObject({ status, body: { errorNumber } });
  });

  it('can fail before anybody has said who they are', async () => {
    await box().fault('request.refused', {}, { times: 1, scope: { path: '/service/config' } });
    const url = `${box().simulator.url}/mdm/v2/service/config`;
    expect((await fetch(url)).status).toBe(500);
    expect((await fetch(url)).status).toBe(200);
  });

  it('can be slow', async () => {
    const client = await box().location();
    await box().fault('request.slow', { ms: 80 }, { times: 1 });
    const before = performance.now();
    await client.get('/assets');
    expect(performance.now() - before).toBeGreaterThanOrEqual(75);
  });

  it.each([
    ['before', 0],
    ['after', 1],
  ])('can break the connection %s the work is done', async (when, assignments) => {
    const client = await box().location([{ adamId: '361285480', quantity: 5 }]);
    await box().fault(
      'request.broken',
      { when },
      { times: 1, scope: { path: '/assets/associate' } },
    );
    const sent = client.post('/assets/associate', {
      assets: [{ adamId: '361285480' }],
      serialNumbers: ['A'],
    });
    await expect(sent).rejects.toThrow('fetch failed');
    await box().advance(15);
    expect(await client.all('assignments')).toHaveLength(assignments);
  });
});
