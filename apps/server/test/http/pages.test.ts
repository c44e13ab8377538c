import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hint } from '../../src/db/hints.ts';
import { openTestHttp, type TestHttp } from './support/http.ts';

const built = existsSync(
  fileURLToPath(new URL('../../../console/dist/index.html', import.meta.url)),
);
const anonymous = { authorization: '' };

let http: TestHttp;
beforeAll(async () => {
  http = await openTestHttp();
});
afterAll(async () => http[Symbol.asyncDispose]());

/** The nonce of a page asked for now. */
async function nonceOf(): Promise<{ policy: string; nonce: string; inPage: boolean }> {
  const page = await http.call('GET', '/', undefined, anonymous);
  const policy = String(page.headers['content-security-policy']);
  const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? '';
  return { policy, nonce, inPage: page.text.includes(`nonce="${nonce}"`) };
}

describe('the console', () => {
  it.each(['/', '/tokens', '/apps/1?tab=devices', '/some/where/else'])(
    'is the page at %s',
    async (path) => {
      const page = await http.call('GET', path, undefined, anonymous);
      expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
      expect(page.status).toBe(built ? 200 : 503);
      expect(page.text).not.toContain('__CSP_NONCE__');
    },
  );

  it('has a new nonce each time, in the policy and in the page alike', async () => {
    const [one, other] = [await nonceOf(), await nonceOf()];
    expect(one.nonce).not.toBe(other.nonce);
    expect(one.inPage).toBe(built);
    expect(one.policy).not.toContain('unsafe');
  });

  it.each([
    '/api/nothing',
    '/beta',
    '/scim/v2/Users',
    '/assets/none.js',
    '/robots.txt',
    '/.env',
    '/../package.json',
  ])('is not at %s', async (path) => {
    const answer = await http.call('GET', path, undefined, anonymous);
    expect(answer.headers['content-type']).not.toContain('html');
    expect([400, 401, 404]).toContain(answer.status);
  });
});

describe('live updates', () => {
  it('tell which topics changed, several at once', async () => {
    const answer = await http.app.inject({
      url: '/api/events',
      headers: { host: '127.0.0.1:8080', authorization: `Bearer ${await http.token('reader')}` },
      payloadAsStream: true,
    });
    expect(answer.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    const seen: string[] = [];
    for await (const chunk of answer.stream()) {
      seen.push(String(chunk));
      if (seen.length === 1) {
        await hint(http.context.db, 'apps', 'devices');
        await hint(http.context.db, 'apps');
      }
      if (seen.join('').includes('event: changed')) break;
    }
    expect(seen.join('')).toMatch(
      /^retry: \d+\n\n(?:: still here\n\n)*event: changed\ndata: \{"topics":\["apps","devices"\]\}\n\n$/,
    );
  });
});
