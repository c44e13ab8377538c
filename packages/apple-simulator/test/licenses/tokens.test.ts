import { describe, expect, it } from 'vitest';

import { START, useBox } from '../support/box.ts';

const box = useBox();

describe('content tokens', () => {
  it('are base64 of JSON with a date whose offset has no colon', async () => {
    const client = await box().location();
    const content = JSON.parse(Buffer.from(client.token, 'base64').toString()) as object;
    expect(content).toEqual({
      token: expect.any(String),
      expDate: expect.stringMatching(/^2028-02-29T\d\d:\d\d:\d\d\+0000$/u),
      orgName: 'Example School',
    });
  });

  it.each([
    ['expired', { expiresInDays: -1 }, 401, 9621],
    ['revoked', { state: 'revoked' }, 401, 9625],
    ['without a location', { state: 'legacy' }, 403, 9647],
    ['of a facilitator', { state: 'facilitator' }, 403, 9637],
    ['decoded to the inner one', { form: 'inner' }, 401, 9622],
  ])('are refused when %s', async (_why, request, status, errorNumber) => {
    const client = await box().location();
    client.token = await box().token({ uId: client.uId, ...request });
    expect(await client.get('/assets')).toMatchObject({ status, body: { errorNumber } });
    await box().control('settings', { tokenErrors: 'ok' });
    expect(await client.get('/assets')).toMatchObject({ status: 200, body: { errorNumber } });
  });

  it('are needed, in a well-formed header', async () => {
    const url = `${box().simulator.url}/mdm/v2/assets`;
    const number = async (headers: Record<string, string>): Promise<unknown> =>
      ((await (await fetch(url, { headers })).json()) as { errorNumber: number }).errorNumber;
    expect(await number({})).toBe(9601);
    expect(await number({ authorization: 'Basic eDp5' })).toBe(9722);
    expect(await number({ authorization: 'Bearer nobody' })).toBe(9622);
  });

  it('expire as time goes by', async () => {
    const client = await box().location();
    client.token = await box().token({ uId: client.uId, expiresInDays: 1 / 1440 });
    expect((await client.get('/assets')).status).toBe(200);
    await box().advance(61);
    expect((await client.get('/assets')).body).toMatchObject({ errorNumber: 9621 });
  });

  it('may only read when read-only', async () => {
    const client = await box().location();
    client.token = await box().token({ uId: client.uId, readOnly: true });
    for (const path of ['/assets', '/assignments', '/users']) {
      expect((await client.get(path)).status).toBe(200);
    }
    expect((await client.get('/client/config')).status).toBe(403);
    expect((await client.post('/assets/revoke', { serialNumbers: ['A'] })).status).toBe(403);
  });

  it('of two content managers share a uId; a newer one revokes the older one of the same manager', async () => {
    const client = await box().location();
    const first = client.token;
    const second = await box().token({ uId: client.uId, contentManager: 'somebody else' });
    client.token = second;
    expect((await client.get('/assets')).body).toMatchObject({ uId: client.uId });
    await box().token({ uId: client.uId, contentManager: 'somebody else' });
    expect((await client.get('/assets')).body).toMatchObject({ errorNumber: 9625 });
    client.token = first;
    expect((await client.get('/assets')).status).toBe(200);
    await box().control('tokens/revoke', { uId: client.uId });
    expect((await client.get('/assets')).body).toMatchObject({ errorNumber: 9625 });
  });

  it('have their expiry named always, within 15 days of it, or never', async () => {
    const client = await box().location();
    const named = async (): Promise<boolean> =>
      'tokenExpirationDate' in (await client.get('/assets')).body;
    expect(await named()).toBe(true);
    await box().control('settings', { tokenExpirationDate: 'near' });
    expect(await named()).toBe(false);
    client.token = await box().token({ uId: client.uId, expiresInDays: 14 });
    expect(await named()).toBe(true);
    await box().control('settings', { tokenExpirationDate: 'never' });
    expect(await named()).toBe(false);
  });
});

describe('the start', () => {
  it('is where simulated time begins', async () => {
    const { now } = await box().control('clock');
    expect(Date.parse(String(now))).toBeGreaterThanOrEqual(START.getTime());
  });
});
