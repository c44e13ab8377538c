import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestOrganization } from '../support/organization.ts';
import { openTestHttp, type TestHttp } from './support/http.ts';

let http: TestHttp;
let organization: TestOrganization;
beforeAll(async () => {
  http = await openTestHttp();
  organization = new TestOrganization(http.context);
});
afterAll(async () => http[Symbol.asyncDispose]());

const query = (text: string): string => text.replaceAll(' ', '%20');

describe('users over Graph', () => {
  it('are made, found, changed and deleted', async () => {
    const body = {
      '@odata.type': 'microsoft.graph.user',
      displayName: 'Ann Lee',
      userPrincipalName: 'ann@example.org',
      mailNickname: 'ann',
      accountEnabled: true,
      passwordProfile: { password: 'x' },
    };
    const made = await http.call('POST', '/v1.0/users', body);
    expect(made.status).toBe(201);
    expect(made.headers['location']).toBe(`http://127.0.0.1:8080/v1.0/users('${made.json.id}')`);
    expect(made.headers['odata-version']).toBe('4.0');
    expect(made.json).toMatchObject({
      '@odata.context': 'http://127.0.0.1:8080/v1.0/$metadata#users/$entity',
      userPrincipalName: 'ann@example.org',
      surname: null,
    });
    const patched = await http.call('PATCH', "/beta/users('ANN@example.org')", { surname: 'Lee' });
    expect([patched.status, patched.text]).toEqual([204, '']);
    const { json } = await http.call('GET', `/v1.0/users/${made.json.id}/?$select=surname`);
    expect(json).toEqual({ '@odata.context': expect.any(String), surname: 'Lee' });
    expect((await http.call('POST', '/v1.0/users', body)).status).toBe(409);
    expect((await http.call('DELETE', '/v1.0/users/ann@example.org')).status).toBe(204);
    expect((await http.call('GET', '/v1.0/users/ann@example.org')).status).toBe(404);
  });

  it('carry the Managed Apple Account that the organization gave them', async () => {
    const made = await http.call('POST', '/v1.0/users', {
      displayName: 'Mo',
      userPrincipalName: 'mo@managed.org',
      managedAppleId: 'mo@appleid.managed.org',
    });
    expect(made.json).toMatchObject({ managedAppleId: 'mo@appleid.managed.org' });
    const path = `/v1.0/users/${made.json.id}`;
    const patch = async (managedAppleId: string | null) =>
      http.call('PATCH', path, { managedAppleId });
    expect((await patch('none')).json.error.innerError).toMatchObject({
      code: 'badManagedAppleId',
      field: 'managedAppleId',
    });
    await organization.location('loc-program');
    expect((await patch('VPP@example.org')).json.error.innerError.code).toBe('programAccount');
    const found = await http.call(
      'GET',
      `/v1.0/users?${query("$filter=startswith(managedAppleId,'MO@')&$select=id")}`,
    );
    expect(found.json.value).toEqual([{ id: made.json.id }]);
    expect((await patch(null)).status).toBe(204);
    expect((await http.call('GET', path)).json.managedAppleId).toBeNull();
    await http.call('DELETE', path);
  });

  it('are filtered, searched, ordered, counted and paged', async () => {
    for (const name of ['Bo', 'Cy', 'Di', 'Ed', 'Flo']) await organization.person(name);
    const names = async (options: string): Promise<string[]> => {
      const { json } = await http.call('GET', `/v1.0/users?${query(options)}`);
      return json.value.map((user: { displayName: string }) => user.displayName);
    };
    expect(
      await names("$filter=startswith(displayname,'f') or userPrincipalName eq 'CY@example.org'"),
    ).toEqual(['Cy', 'Flo']);
    expect(await names('$orderby=displayName desc&$top=2')).toEqual(['Flo', 'Ed']);
    expect(await names('$search="displayName:DI"')).toEqual(['Di']);
    expect(await names("filter=mail eq null and not contains(displayName,'o')")).toEqual([
      'Cy',
      'Di',
      'Ed',
    ]);
    expect((await http.call('GET', '/v1.0/users/$count')).text).toBe('5');
    const first = await http.call('GET', '/v1.0/users?$top=4&$count=true');
    expect(first.json['@odata.count']).toBe(5);
    expect(first.json['@odata.nextLink']).toBeUndefined();
  });

  it('go on over pages of a hundred', async () => {
    await http.context.pool
      .query(`insert into directory.person (user_principal_name, display_name, created_at)
      select 'n' || n || '@example.org', 'n' || n, now() from generate_series(1, 250) n`);
    const seen = new Set<string>();
    let url: string | undefined = '/v1.0/users?$select=id';
    while (url !== undefined) {
      const { json } = await http.call('GET', url);
      for (const { id } of json.value) seen.add(id);
      url = json['@odata.nextLink']?.replace('http://127.0.0.1:8080', '');
    }
    expect(seen.size).toBe(255);
  });
});

describe('groups over Graph', () => {
  it('take and lose members by reference', async () => {
    const device = await organization.device('C02GRAPH0001');
    const [person, inner] = [await organization.person('Gus'), await organization.group('Inner')];
    const made = await http.call('POST', '/v1.0/groups', {
      displayName: 'Everyone',
      mailEnabled: false,
      mailNickname: 'everyone',
      securityEnabled: true,
      'members@odata.bind': [`https://graph.microsoft.com/v1.0/directoryObjects/${person}`],
    });
    const members = `/v1.0/groups/${made.json.id}/members`;
    for (const id of [device.directoryId, inner]) {
      const body = { '@odata.id': `https://graph.microsoft.com/v1.0/directoryObjects('${id}')` };
      expect((await http.call('POST', `${members}/$ref`, body)).status).toBe(204);
    }
    const { json } = await http.call('GET', `${members}?$select=id,displayName`);
    expect(json.value).toEqual([
      {
        '@odata.type': '#microsoft.graph.device',
        id: device.directoryId,
        displayName: 'C02GRAPH0001',
      },
      { '@odata.type': '#microsoft.graph.group', id: inner, displayName: 'Inner' },
      { '@odata.type': '#microsoft.graph.user', id: person, displayName: 'Gus' },
    ]);
    expect((await http.call('GET', `${members}/microsoft.graph.user/$count`)).text).toBe('1');
    expect((await http.call('DELETE', `${members}/${person}/$ref`)).status).toBe(204);
    expect((await http.call('DELETE', `${members}/${person}/$ref`)).status).toBe(404);
    const counted = await http.call('GET', '/api/groups?search=every');
    expect(counted.json).toMatchObject({
      count: 1,
      value: [{ displayName: 'Everyone', people: 0, devices: 1, groups: 1, assignedApps: 0 }],
    });
    expect(
      (await http.call('PATCH', `/v1.0/groups/${made.json.id}`, { description: 'all' })).status,
    ).toBe(204);
    expect((await http.call('DELETE', `/v1.0/groups/${made.json.id}`)).status).toBe(204);
    expect((await http.call('GET', members)).status).toBe(404);
  });
});

describe('a group with members from the start', () => {
  it('is not made when one of them is unknown', async () => {
    const displayName = 'Half made';
    const stranger = 'https://host/v1.0/directoryObjects/00000000-0000-4000-8000-000000000000';
    const body = { displayName, 'members@odata.bind': [stranger] };
    expect((await http.call('POST', '/v1.0/groups', body)).status).toBe(400);
    expect(
      (await http.call('GET', query(`/v1.0/groups?$filter=displayName eq '${displayName}'`))).json
        .value,
    ).toEqual([]);
  });
});

describe('devices over Graph', () => {
  it('are the directory’s, found by serial number', async () => {
    const known = await organization.device('C02GRAPH0002');
    const { json } = await http.call(
      'GET',
      query("/beta/devices?$filter=serialNumber eq 'c02graph0002'"),
    );
    expect(json.value).toMatchObject([
      {
        id: known.directoryId,
        isManaged: true,
        operatingSystem: 'iOS',
        physicalIds: ['[SerialNumber]:C02GRAPH0002'],
      },
    ]);
  });

  it('are managed with their person, and can be woken', async () => {
    const personId = await organization.person('Hal');
    const { deviceId } = await organization.device('C02GRAPH0003', { personId });
    const path = '/v1.0/deviceManagement/managedDevices';
    const { json } = await http.call(
      'GET',
      query(`${path}?$filter=userPrincipalName eq 'hal@example.org'`),
    );
    expect(json).toMatchObject({
      '@odata.count': 1,
      value: [
        {
          id: deviceId,
          serialNumber: 'C02GRAPH0003',
          operatingSystem: 'iOS',
          managementState: 'managed',
          userId: personId,
        },
      ],
    });
    expect(json.value[0]).not.toHaveProperty('ownerType');
    expect(
      (await http.call('GET', `/beta/deviceManagement/managedDevices('${deviceId}')`)).json,
    ).toHaveProperty('ownerType');
    const detail = await http.call('GET', `/api/devices/${deviceId}`);
    expect(detail.json).toMatchObject({
      serialNumber: 'C02GRAPH0003',
      apps: [],
      userDisplayName: 'Hal',
    });
  });

  it('come back after they were deleted, and what was assigned to them counts again [L 38]', async () => {
    const location = { uid: 'loc-deleted', ...(await organization.location('loc-deleted')) };
    const { appId, assetId } = await organization.app(location, 10);
    const [group, inner] = [await organization.group('Gone'), await organization.group('Within')];
    await organization.join(group, { childGroupId: inner });
    const join = async (serialNumber: string): Promise<void> => {
      const { directoryId } = await organization.device(serialNumber);
      await organization.join(inner, { deviceId: directoryId });
      await organization.decide();
    };
    const served = async (): Promise<number> => (await organization.line(assetId)).length;
    await organization.assign(appId, group);
    await join('C02GONE00001');
    expect(await served()).toBe(1);
    await http.call('DELETE', `/v1.0/groups/${group}`);
    await join('C02GONE00002');
    expect(await served()).toBe(1);
    const items = '/v1.0/directory/deletedItems';
    const listed = await http.call(
      'GET',
      `${items}/microsoft.graph.group?$filter=displayName%20eq%20'gone'`,
    );
    expect(listed.json.value).toMatchObject([
      {
        '@odata.type': '#microsoft.graph.group',
        id: group,
        deletedDateTime: expect.stringMatching(/^\d{4}-/),
      },
    ]);
    expect((await http.call('GET', `${items}('${group}')`)).json).toMatchObject({ id: group });
    const restored = await http.call('POST', `${items}/${group}/restore`);
    expect(restored.status).toBe(200);
    expect(restored.json).toMatchObject({ displayName: 'Gone', deletedDateTime: null });
    await organization.decide();
    expect(await served()).toBe(2);
    expect((await http.call('GET', `/v1.0/groups/${group}`)).status).toBe(200);
    for (const id of [group, 'none'])
      expect((await http.call('POST', `${items}/${id}/restore`)).json.error.innerError.code).toBe(
        'groupNotFound',
      );
  });
});
