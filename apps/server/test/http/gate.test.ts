import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSignInLink } from '../../src/identity/index.ts';
import { openTestHttp, type TestHttp } from './support/http.ts';

const origin = 'http://127.0.0.1:8080';
const password = 'correct horse battery';
let http: TestHttp;
beforeAll(async () => {
  http = await openTestHttp();
});
afterAll(async () => http[Symbol.asyncDispose]());

const anonymous = { authorization: '' };
const cookieOf = (headers: Readonly<Record<string, unknown>>): string =>
  String(headers['set-cookie']).split(';')[0] ?? '';
const signedIn = async (): Promise<string> => {
  const answer = await http.call(
    'POST',
    '/api/sign-in',
    { signInName: 'ann', password },
    anonymous,
  );
  expect(answer.status).toBe(204);
  return cookieOf(answer.headers);
};

describe('the first start', () => {
  it('lets the first administrator in by the link, and tells so', async () => {
    const before = await http.call('GET', '/api/session', undefined, anonymous);
    expect([before.status, before.json]).toMatchObject([
      401,
      { firstStart: true, error: { code: 'signedOut' } },
    ]);
    const secret = new URL((await createSignInLink(http.context)) ?? '').hash.replace(
      '#sign-in=',
      '',
    );
    const body = { secret, name: 'Ann', signInName: 'ann', password };
    const made = await http.call('POST', '/api/first-administrator', body, anonymous);
    expect(made.status).toBe(204);
    expect(made.headers['set-cookie']).toMatch(
      /^allotment_session=[\w-]+; Path=\/; HttpOnly; SameSite=Lax; Expires=/,
    );
    const cookie = cookieOf(made.headers);
    const session = await http.call('GET', '/api/session', undefined, { ...anonymous, cookie });
    expect(session.json).toEqual({
      administrator: { id: expect.any(String), name: 'Ann', role: 'administrator' },
      publicUrl: origin,
    });
    const again = await http.call('POST', '/api/first-administrator', body, anonymous);
    expect([again.status, again.json]).toMatchObject([
      403,
      { error: { code: 'linkVoid', field: 'secret' } },
    ]);
  });
});

describe('a session', () => {
  it('ends with signing out', async () => {
    const cookie = await signedIn();
    const out = await http.call('POST', '/api/sign-out', undefined, {
      ...anonymous,
      cookie,
      origin,
    });
    expect(out.headers['set-cookie']).toContain('allotment_session=;');
    expect(
      (await http.call('GET', '/api/session', undefined, { ...anonymous, cookie })).status,
    ).toBe(401);
  });

  it.each([
    [{ origin }, 201],
    [{ 'sec-fetch-site': 'same-origin' }, 201],
    [{ origin: 'https://evil.example' }, 403],
    [{ origin: 'null' }, 403],
    [{ 'sec-fetch-site': 'cross-site', origin }, 403],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{}, 403],
  ])('writes with the headers %j answer %d', async (headers, status) => {
    const cookie = await signedIn();
    const answer = await http.call(
      'POST',
      '/v1.0/groups',
      { displayName: 'x' },
      { ...anonymous, cookie, ...headers },
    );
    expect(answer.status).toBe(status);
  });

  it('cannot be forged into somebody else’s browser', async () => {
    const body = { signInName: 'ann', password };
    const answer = await http.call('POST', '/api/sign-in', body, {
      ...anonymous,
      origin: 'https://evil.example',
    });
    expect([answer.status, answer.json.error.code]).toEqual([403, 'crossOrigin']);
  });

  it('is refused for a wrong password, and for a while after ten', async () => {
    const body = { signInName: 'bo', password: 'wrong wrong wrong' };
    for (let failures = 0; failures < 10; failures += 1) {
      expect((await http.call('POST', '/api/sign-in', body, anonymous)).status).toBe(401);
    }
    const closed = await http.call('POST', '/api/sign-in', body, anonymous);
    expect([closed.status, closed.json.error.code]).toEqual([429, 'tooManyAttempts']);
    expect(Number(closed.headers['retry-after'])).toBeGreaterThan(0);
  });
});

describe('an API token', () => {
  it('of a reader reads and writes nothing', async () => {
    const authorization = `Bearer ${await http.token('reader')}`;
    expect((await http.call('GET', '/v1.0/groups', undefined, { authorization })).status).toBe(200);
    const write = await http.call('POST', '/v1.0/groups', { displayName: 'x' }, { authorization });
    expect([write.status, write.json.error.innerError.code]).toEqual([403, 'readOnly']);
  });

  it.each(['', 'Bearer', 'Bearer nonsense', 'Bearer alt_nonsense', 'Basic YTpi'])(
    '%j lets nobody in',
    async (authorization) => {
      for (const url of ['/beta/users', '/api/apps', '/api/events']) {
        const answer = await http.call('GET', url, undefined, { authorization });
        expect([answer.status, answer.headers['www-authenticate']]).toEqual([
          401,
          'Bearer realm="Allotment"',
        ]);
      }
    },
  );

  it('gives the reason that the audit keeps', async () => {
    const reason = encodeURIComponent('für die 5. Klasse');
    await http.call('POST', '/v1.0/groups', { displayName: 'Class 5' }, { reason });
    const { json } = await http.call('GET', '/api/audit?top=1');
    expect(json.value).toMatchObject([
      {
        actor: { kind: 'apiToken', name: 'administrator' },
        action: 'createGroup',
        target: { kind: 'group', name: 'Class 5' },
        reason: 'für die 5. Klasse',
      },
    ]);
  });
});

describe('the host', () => {
  it.each(['evil.example', '127.0.0.1:9999', 'localhost', '127.0.0.1.evil.example:8080'])(
    '%s is not ours',
    async (host) => {
      for (const url of [
        '/',
        '/api/session',
        '/v1.0/groups',
        '/mdm/checkin',
        '/apple/notifications/x',
      ]) {
        expect((await http.call('GET', url, undefined, { host })).status).toBe(421);
      }
    },
  );

  it.each(['127.0.0.1:8080', 'localhost:8080', 'LOCALHOST:8080', '[::1]:8080'])(
    '%s is ours',
    async (host) => {
      expect((await http.call('GET', '/v1.0/groups', undefined, { host })).status).toBe(200);
    },
  );

  it('does not matter to probes', async () => {
    for (const url of ['/healthz', '/readyz', '/metrics']) {
      expect(
        (await http.call('GET', url, undefined, { host: 'pod-17', ...anonymous })).status,
      ).toBe(200);
    }
    const { text } = await http.call('GET', '/metrics');
    expect(text).toContain(
      'allotment_http_request_duration_seconds_count{method="GET",route="/v1.0/groups"',
    );
  });
});
