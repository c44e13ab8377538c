import { fetch } from 'undici';
import { describe, expect, it } from 'vitest';
import { UnavailableError } from '../src/index.ts';
import {
  createClient,
  fixture,
  MockApple,
  never,
  rejection,
  sToken,
  uId,
} from './support/apple.ts';

const total = (sleeps: readonly number[]): number => sleeps.reduce((sum, ms) => sum + ms, 0);

describe('a read', () => {
  it.each([
    ['an HTML 502', 502, '<html>Bad Gateway</html>'],
    ['an empty 500', 500, ''],
    ['HTML on HTTP 200', 200, '<html>'],
    ['9603', 500, { errorNumber: 9603, errorMessage: 'Internal error.' }],
    ['9646', 429, { errorNumber: 9646, errorMessage: 'Too many requests.' }],
  ])('is repeated after %s', async (_, status, body) => {
    await using apple = new MockApple();
    apple.get('client/config', status, body);
    apple.get('client/config', status, body);
    apple.get('client/config', 200, fixture('client-config'));
    expect(await apple.location.clientConfig(never)).toMatchObject({ locationName: 'Head office' });
    expect(total(apple.clock.sleeps)).toBeGreaterThanOrEqual(3_000);
  });

  it('is given up after a few tries', async () => {
    await using apple = new MockApple();
    apple.pool
      .intercept({ path: '/mdm/v2/client/config', method: 'GET' })
      .reply(502, '<html>')
      .times(4);
    const error = await rejection(apple.location.clientConfig(never));
    expect(error).toBeInstanceOf(UnavailableError);
    expect(error).toMatchObject({ code: 'serverError', retryable: true, who: 'Apple' });
    apple.agent.assertNoPendingInterceptors();
  });

  it('is not repeated when only a person can help', async () => {
    await using apple = new MockApple();
    apple.get('client/config', 200, { errorNumber: 9625, errorMessage: 'Revoked.' });
    expect(await rejection(apple.location.clientConfig(never))).toMatchObject({
      code: 'tokenRevoked',
      who: 'administrator',
    });
    expect(apple.clock.sleeps).toEqual([]);
  });

  it.each(['30', 'Mon, 23 Nov 2026 08:00:30 GMT'])(
    'comes back after a Retry-After of %s, not before',
    async (header) => {
      await using apple = new MockApple();
      apple.get(
        'client/config',
        503,
        { errorNumber: 9729, errorMessage: 'Later.' },
        { 'retry-after': header },
      );
      apple.get('client/config', 200, fixture('client-config'));
      await apple.location.clientConfig(never);
      expect(total(apple.clock.sleeps)).toBeGreaterThan(30_000);
    },
  );

  it('leaves a long Retry-After to its caller', async () => {
    await using apple = new MockApple();
    apple.get('client/config', 503, '', { 'retry-after': '3600' });
    expect(await rejection(apple.location.clientConfig(never))).toMatchObject({
      retryAfterMs: 3_600_000,
    });
    expect(apple.clock.sleeps).toEqual([]);
  });

  it('ends with the reason of its signal', async () => {
    await using apple = new MockApple();
    const stop = AbortSignal.abort(new Error('shutting down'));
    await expect(apple.location.clientConfig(stop)).rejects.toThrow('shutting down');
  });
});

describe('serviceConfig', () => {
  it('fills in missing limits and keeps the answer for five minutes', async () => {
    await using apple = new MockApple();
    const config = await apple.client.serviceConfig(never);
    expect(config.limits).toMatchObject({
      maxRequestPerSecond: 30,
      maxUsers: 100,
      maxMdmMetadataLength: 255,
    });
    expect(config.invitationUrlTemplate).toContain('%25inviteCode%25');
    apple.clock.time += 299_000;
    expect(await apple.client.serviceConfig(never)).toBe(config);
    apple.clock.time += 2_000;
    expect(await apple.client.serviceConfig(never)).not.toBe(config);
  });

  it('is asked for once by many, and serves on while Apple is away', async () => {
    await using apple = new MockApple();
    const [first, second] = await Promise.all([
      apple.client.serviceConfig(never),
      apple.client.serviceConfig(never),
    ]);
    expect(first).toBe(second);
    apple.goAway();
    apple.clock.time += 600_000;
    expect(await apple.client.serviceConfig(never)).toBe(first);
  });

  it('is not waited for by the first call that needs its pace, but by the next', async () => {
    await using apple = new MockApple();
    const asked: string[] = [];
    const configSent = Promise.withResolvers<void>();
    const client = createClient(apple.clock, apple.agent, {
      fetch: async (input, init) => {
        const path = (input instanceof URL ? input.pathname : '').replace('/mdm/v2/', '');
        asked.push(path);
        if (path === 'service/config') await configSent.promise;
        return fetch(input, init);
      },
    });
    const location = client.location({ sToken, uId });
    apple.get('client/config', 200, fixture('client-config'));
    apple.get('client/config', 200, fixture('client-config'));
    await location.clientConfig(never);
    const next = location.clientConfig(never);
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked).toEqual(['service/config', 'client/config']);
    configSent.resolve();
    await next;
    expect(asked).toEqual(['service/config', 'client/config', 'client/config']);
  });
});

describe('catalog.lookup', () => {
  const query = {
    adamIds: ['408709785', '900100002', '900100003', '1'],
    platform: 'enterprisestore',
    country: 'US',
    sToken,
  };

  it('reads names, versions and icons of both forms, and takes what is missing as missing', async () => {
    await using apple = new MockApple();
    const seen: unknown[] = [];
    apple.agent
      .get('https://catalog.test')
      .intercept({
        path: (path) => path.startsWith('/WebObjects/MZStorePlatform.woa/wa/lookup?'),
        method: 'GET',
      })
      .reply(200, (request) => {
        seen.push(Object.fromEntries(new URL(request.path, 'https://catalog.test').searchParams));
        seen.push(new Headers(request.headers).get('cookie'));
        return fixture('lookup');
      });
    const titles = await apple.client.catalog.lookup(query, never);
    expect(seen).toEqual([
      {
        version: '2',
        id: '408709785,900100002,900100003,1',
        p: 'mdm-lockup',
        caller: 'MDM',
        platform: 'enterprisestore',
        cc: 'us',
        l: 'en',
      },
      `itvt=${sToken}`,
    ]);
    expect(titles.get('408709785')).toMatchObject({
      name: 'Sketch Pad',
      bundleId: 'com.example.sketchpad',
      version: '4.2',
      externalVersionId: 860000001,
      minimumOsVersion: '16.0',
      deviceFamilies: ['iphone', 'ipad', 'mac'],
      genres: ['Productivity'],
      price: '$0.00',
      isCustomApp: false,
      iconUrl: 'https://is1.example.com/icon/256x256bb.png',
    });
    expect(titles.get('900100002')).toMatchObject({
      isCustomApp: true,
      genres: ['Business'],
      price: '4.99',
      iconUrl: 'https://is1.example.com/256.png',
      storeUrl: undefined,
    });
    expect(titles.get('900100003')).toMatchObject({
      adamId: '900100003',
      name: undefined,
      iconUrl: undefined,
    });
    expect(titles.has('1')).toBe(false);
  });

  it('asks nothing for nothing, and takes a hundred titles at most', async () => {
    await using apple = new MockApple();
    expect(await apple.client.catalog.lookup({ ...query, adamIds: [] }, never)).toEqual(new Map());
    const adamIds = Array.from({ length: 101 }, (_, index) => String(index));
    await expect(apple.client.catalog.lookup({ ...query, adamIds }, never)).rejects.toThrow(
      RangeError,
    );
  });
});
