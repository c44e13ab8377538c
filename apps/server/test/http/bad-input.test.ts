import { createConnection } from 'node:net';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { isDatabaseAway } from '../../src/http/database-away.ts';
import { openTestHttp, type TestHttp } from './support/http.ts';

let http: TestHttp;
beforeAll(async () => {
  http = await openTestHttp();
});
afterAll(async () => http[Symbol.asyncDispose]());

const stranger = '00000000-0000-4000-8000-000000000000';
const vppTokens = '/beta/deviceAppManagement/vppTokens';
const mobileApps = '/beta/deviceAppManagement/mobileApps';

describe('a bad request', () => {
  it.each([
    ['POST', '/v1.0/groups', '{"displayName":', 400, undefined],
    ['POST', '/v1.0/groups', '[]', 400, undefined],
    ['POST', '/v1.0/groups', '{"__proto__":{"x":1},"displayName":"x"}', 400, undefined],
    ['POST', '/v1.0/groups', { displayName: 5 }, 400, 'displayName'],
    ['POST', '/v1.0/groups', {}, 400, 'displayName'],
    ['POST', '/v1.0/groups', { displayName: 'x', color: 'red' }, 400, 'color'],
    ['POST', '/v1.0/groups', { displayName: 'a\0b' }, 400, undefined],
    [
      'POST',
      '/v1.0/groups',
      { displayName: 'x', membershipRule: '(user.x -eq 1)' },
      400,
      'membershipRule',
    ],
    [
      'POST',
      '/v1.0/groups',
      { displayName: 'x', 'members@odata.bind': ['x'] },
      400,
      'members@odata.bind',
    ],
    ['POST', '/v1.0/users', { displayName: 'x', userPrincipalName: 'x' }, 400, 'userPrincipalName'],
    ['PATCH', `/v1.0/users/${stranger}`, { displayName: null }, 400, 'displayName'],
    ['GET', `/v1.0/users/${stranger}`, undefined, 404, undefined],
    ['GET', "/v1.0/groups('x')", undefined, 404, undefined],
    ['GET', '/v1.0/groups?$filter=displayName%20eq', undefined, 400, '$filter'],
    ['GET', '/v1.0/groups?$filter=groupTypes%20eq%20%27x%27', undefined, 400, '$filter'],
    ['GET', '/v1.0/groups?$select=nope', undefined, 400, '$select'],
    ['GET', '/v1.0/groups?$top=many', undefined, 400, '$top'],
    ['GET', '/v1.0/nothing', undefined, 400, undefined],
    ['GET', `${mobileApps}/${stranger}/installSummary`, undefined, 400, undefined],
    ['GET', `${mobileApps}/${stranger}`, undefined, 404, undefined],
    ['POST', `${mobileApps}/${stranger}/assign`, { mobileAppAssignments: [] }, 404, undefined],
    ['POST', `${mobileApps}/${stranger}/assign`, {}, 400, undefined],
    ['POST', vppTokens, {}, 400, 'token'],
    [
      'POST',
      vppTokens,
      { token: 'x', vppTokenAccountType: 'family', appleId: 'a@b.c' },
      400,
      'vppTokenAccountType',
    ],
    ['DELETE', `${vppTokens}/${stranger}`, undefined, 404, undefined],
    ['POST', `${vppTokens}/x/syncLicenses`, undefined, 404, undefined],
    [
      'POST',
      `/v1.0/deviceManagement/managedDevices/${stranger}/syncDevice`,
      undefined,
      404,
      undefined,
    ],
  ] as const)(
    '%s %s %j is answered %d in Graph’s shape',
    async (method, url, body, status, field) => {
      const answer = await http.call(method, url, body, { 'client-request-id': 'mine-1' });
      expect(answer.status).toBe(status);
      expect(answer.json).toEqual({
        error: {
          code: expect.stringMatching(/^[A-Z]\w+$/),
          message: expect.stringMatching(/\S/),
          innerError: {
            code: expect.any(String),
            ...(field === undefined ? {} : { field }),
            date: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/),
            'request-id': answer.headers['request-id'],
            'client-request-id': 'mine-1',
          },
        },
      });
    },
  );

  it.each([
    ['GET', '/api/nothing', undefined, 404, undefined],
    ['GET', '/api/apps/x', undefined, 404, undefined],
    ['GET', '/api/apps?top=0', undefined, 400, 'top'],
    ['POST', '/api/locations/L1/pause', {}, 400, undefined],
    ['POST', '/api/locations/L1/pause', { reason: 'x' }, 404, undefined],
    [
      'POST',
      '/api/enrollment-links',
      { links: [{ ownership: 'stolen' }] },
      400,
      'links/0/ownership',
    ],
    ['POST', '/api/imports?kind=people', { a: 1 }, 400, 'body'],
    ['POST', '/api/imports?kind=cats', 'a', 400, 'kind'],
    ['PUT', '/api/push-certificate', { certificate: 'x', key: 'y' }, 400, 'certificate'],
    ['POST', '/api/tokens/inspect', { token: 'x' }, 400, 'token'],
  ] as const)(
    '%s %s %j is answered %d in the API’s shape',
    async (method, url, body, status, field) => {
      const type = url.startsWith('/api/imports') && body === 'a' ? 'text/csv' : 'application/json';
      const answer = await http.call(method, url, body, { 'content-type': type });
      expect(answer.status).toBe(status);
      expect(answer.json).toEqual({
        error: {
          code: expect.any(String),
          message: expect.stringMatching(/\S/),
          ...(field === undefined ? {} : { field }),
        },
      });
    },
  );

  it('too large, of another type or in a broken address is refused', async () => {
    const large = { displayName: 'x'.repeat(2_000_000) };
    expect((await http.call('POST', '/v1.0/groups', large)).status).toBe(413);
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await http.call('POST', '/v1.0/groups', 'displayName=x', form)).status).toBe(415);
    expect((await http.call('GET', '/v1.0/groups/%zz')).status).toBe(400);
    expect((await http.call('GET', `/v1.0/users/${'x'.repeat(5_000)}`)).status).toBeLessThan(500);
  });

  it('with texts made for SQL changes nothing and fails nothing', async () => {
    const evil = `'; drop table directory.person; --`;
    const filter = encodeURIComponent(`displayName eq '${evil.replaceAll("'", "''")}'`);
    expect((await http.call('GET', `/v1.0/users?$filter=${filter}`)).json.value).toEqual([]);
    expect(
      (await http.call('GET', `/v1.0/users?$search=${encodeURIComponent(`"${evil}"`)}`)).json.value,
    ).toEqual([]);
    expect(
      (await http.call('GET', `/api/devices?search=${encodeURIComponent(`%${evil}_\\`)}`)).json
        .count,
    ).toBe(0);
  });
});

describe('a fault of ours', () => {
  it('tells nothing but the request id', async () => {
    const { app } = http;
    const answer = await app.inject({ method: 'GET', url: '/readyz', headers: { host: 'x' } });
    expect(answer.json()).toEqual({ status: 'ok', database: 'ok' });
    await http.context.pool.query('alter table identity.api_token rename to hidden');
    const failed = await http.call('GET', '/v1.0/groups');
    await http.context.pool.query('alter table identity.hidden rename to api_token');
    expect(failed.status).toBe(500);
    expect(failed.text).not.toMatch(/api_token|relation|select/i);
    expect(failed.json.error.innerError['request-id']).toBe(failed.headers['request-id']);
  });

  it('of the connection to the database is told apart', async () => {
    const refused = await new Promise<Error>((resolve) => {
      createConnection({ host: '127.0.0.1', port: 9 }).on('error', resolve);
    });
    expect(isDatabaseAway(refused)).toBe(true);
    expect(isDatabaseAway(new Error('Connection terminated unexpectedly'))).toBe(true);
    const file = Object.assign(new Error('no such file'), { code: 'ENOENT', syscall: 'open' });
    expect(isDatabaseAway(file)).toBe(false);
    const unique = Object.assign(new Error('unique'), { code: '23505', severity: 'ERROR' });
    expect(isDatabaseAway(unique)).toBe(false);
  });

  it('is none when PostgreSQL goes away: callers wait, and go on when it is back', async () => {
    const { rows } = await http.context.pool.query<{ name: string }>(
      'select current_database() as name',
    );
    const name = rows[0]?.name ?? '';
    const admin = new Client({ ...inject('postgres'), database: 'postgres' });
    await admin.connect();
    await admin.query(`alter database ${name} allow_connections false`);
    await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [
      name,
    ]);
    const away = await http.call('GET', '/v1.0/groups');
    expect([away.status, away.json.error.innerError.code]).toEqual([503, 'databaseAway']);
    expect(away.headers['retry-after']).toBe('30');
    expect((await http.call('GET', '/readyz')).status).toBe(503);
    expect((await http.call('GET', '/healthz')).status).toBe(200);
    await admin.query(`alter database ${name} allow_connections true`);
    await admin.end();
    expect((await http.call('GET', '/v1.0/groups')).status).toBe(200);
  });
});
