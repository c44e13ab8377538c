import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { call, unique } from '../src/client.ts';

const name = unique("O'Hara's group");
let id: string;
beforeAll(async () => {
  const made = await call('POST', '/v1.0/groups', { body: { displayName: name } });
  id = made.json.id;
});
afterAll(async () => {
  await call('DELETE', `/v1.0/groups/${id}`);
});

const quoted = encodeURIComponent(name.replaceAll("'", "''"));

describe('Graph’s manners', () => {
  it.each([
    ['in any case', () => `/V1.0/GROUPS/${id}`],
    ['with the key in parentheses', () => `/v1.0/groups('${id}')`],
    ['with a trailing slash before the query', () => `/beta/groups/${id}/?$select=id,displayName`],
    ['without the dollar sign', () => `/v1.0/groups/${id}?select=displayName`],
  ])('find a group by an address %s', async (_how, path) => {
    const { status, json } = await call('GET', path());
    expect([status, json.displayName]).toEqual([200, name]);
  });

  it.each([
    `$filter=displayname eq '${quoted}'`,
    `filter=startswith(displayName,'${quoted}') and securityEnabled eq true`,
    `$filter=contains(tolower(displayName),'${quoted.toLowerCase()}') or description eq 'no such'`,
    `$search="displayName:${encodeURIComponent(name)}"&$count=true`,
  ])('find it by %s', async (query) => {
    const { json } = await call('GET', `/v1.0/groups?${query.replaceAll(' ', '%20')}`, {
      headers: { consistencylevel: 'eventual' },
    });
    expect(json.value.map((group: { id: string }) => group.id)).toEqual([id]);
  });

  it.each([
    ['none', ['id', 'displayName']],
    ['minimal', ['@odata.context', 'id', 'displayName']],
    [
      'full',
      ['@odata.context', '@odata.type', '@odata.id', '@odata.editLink', 'id', 'displayName'],
    ],
  ])('tell as much as odata.metadata=%s asks for', async (level, expected) => {
    const { json, headers } = await call('GET', `/v1.0/groups/${id}?$select=id,displayName`, {
      headers: { accept: `application/json;odata.metadata=${level}` },
    });
    expect(Object.keys(json).filter((key) => !key.startsWith('members@'))).toEqual(expected);
    expect(headers.get('content-type')).toContain(`odata.metadata=${level}`);
    expect(headers.get('odata-version')).toBe('4.0');
  });

  it('page with links to be followed as they are', async () => {
    const others = await Promise.all(
      Array.from({ length: 3 }, async (_, index) =>
        call('POST', '/v1.0/groups', { body: { displayName: `${name} ${index}` } }),
      ),
    );
    const seen: string[] = [];
    let url: string | undefined =
      `${inject('url')}/v1.0/groups?$filter=startswith(displayName,'${quoted}')&$select=id`;
    while (url !== undefined) {
      const { json } = await call('GET', url);
      seen.push(...json.value.map((group: { id: string }) => group.id));
      url = json['@odata.nextLink'];
    }
    const ids = others.map((answer) => answer.json.id);
    expect(new Set(seen)).toEqual(new Set([id, ...ids]));
    expect(seen).toHaveLength(4);
    for (const other of ids)
      expect((await call('DELETE', `/v1.0/groups/${other}`)).status).toBe(204);
  });

  it('repeat the caller’s request id and give their own', async () => {
    const mine = crypto.randomUUID();
    const { headers, json } = await call('GET', '/beta/nothing', {
      headers: { 'client-request-id': mine },
    });
    expect(headers.get('client-request-id')).toBe(mine);
    expect(json.error.innerError).toMatchObject({
      'client-request-id': mine,
      'request-id': headers.get('request-id'),
    });
  });

  it.each([
    '/beta/deviceAppManagement/vppTokens',
    '/v1.0/deviceAppManagement/mobileApps',
    '/beta/deviceManagement/managedDevices',
  ])('count %s without being asked', async (path) => {
    const { status, json } = await call('GET', path);
    expect([status, json['@odata.count'] >= json.value.length]).toEqual([200, true]);
    expect((await call('GET', `${path}/$count`)).text).toBe(String(json['@odata.count']));
  });
});
