import { describe, expect, inject, it } from 'vitest';
import { call } from '../src/client.ts';

describe('the gate', () => {
  it('lets probes through', async () => {
    for (const path of ['/healthz', '/readyz', '/metrics']) {
      expect((await call('GET', path, { headers: { authorization: '' } })).status).toBe(200);
    }
  });

  it.each(['', 'Bearer alt_wrong', 'Basic YTpi'])(
    'keeps out who sends %j',
    async (authorization) => {
      for (const path of [
        '/v1.0/groups',
        '/beta/deviceAppManagement/vppTokens',
        '/api/apps',
        '/api/audit',
      ]) {
        const answer = await call('GET', path, { headers: { authorization } });
        expect(answer.status).toBe(401);
        expect(answer.headers.get('www-authenticate')).toContain('Bearer');
      }
    },
  );

  it('tells who asks whether somebody is signed in', async () => {
    const nobody = await call('GET', '/api/session', { headers: { authorization: '' } });
    expect([nobody.status, nobody.json.error.code]).toEqual([401, 'signedOut']);
    const token = await call('GET', '/api/session');
    expect(token.json.administrator).toMatchObject({ role: 'administrator' });
  });

  it('never answers a device 401', async () => {
    for (const path of ['/mdm/checkin', '/mdm/connect']) {
      const answer = await call('PUT', path, { body: 'no plist', headers: { authorization: '' } });
      expect(answer.status).toBe(400);
    }
    expect(
      (await call('GET', '/mdm/enroll/nothing', { headers: { authorization: '' } })).status,
    ).not.toBe(401);
  });

  it('knows no notifications for an address that it never gave to Apple', async () => {
    const path = '/apple/notifications/00000000-0000-4000-8000-000000000000';
    const answer = await call('POST', path, { body: {}, headers: { authorization: 'Bearer x' } });
    expect(answer.status).toBe(404);
  });

  it('shows a page to people, under a policy without inline scripts', async () => {
    const page = await call('GET', '/', { headers: { authorization: '', accept: 'text/html' } });
    expect(page.headers.get('content-type')).toContain('text/html');
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/script-src 'self' 'nonce-[^']+'/);
    expect(policy).not.toContain('unsafe');
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('says nothing of itself in an error', async () => {
    const answer = await call('GET', `${inject('url')}/api/%00`);
    expect(answer.status).toBeLessThan(500);
    expect(answer.text).not.toMatch(/at .*\.ts/);
  });
});
