import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leaveNote } from '../../src/db/notes.ts';
import { TestOrganization } from '../support/organization.ts';
import { type Answer, openTestHttp, type TestHttp } from './support/http.ts';

const nobody = '00000000-0000-4000-8000-000000000000';
const location = { uid: 'loc-requests', tokenId: '' };
let http: TestHttp;
let organization: TestOrganization;

beforeAll(async () => {
  http = await openTestHttp();
  organization = new TestOrganization(http.context);
  Object.assign(location, await organization.location(location.uid));
});
afterAll(async () => http[Symbol.asyncDispose]());

/** An app or book that is Available to a group of one person with one device. */
async function offered(name: string, path: '/api/apps' | '/api/books' = '/api/apps') {
  const book = path === '/api/books';
  const { appId, assetId } = await organization.app(location, 5, {
    productType: book ? 'Book' : 'App',
    minimumOsVersion: '17.0',
  });
  const personId = await organization.person(name);
  const { deviceId } = await organization.device(`REQ${name.toUpperCase()}`, { personId });
  const groupId = await organization.group();
  await organization.join(groupId, { personId });
  const assigned = await http.call('PUT', `${path}/${appId}/assignments`, {
    assignments: [
      {
        target: { kind: 'group', groupId },
        intent: 'available',
        licenseType: book ? 'user' : 'device',
      },
    ],
  });
  expect(assigned.status).toBe(204);
  return {
    appId,
    personId,
    deviceId,
    groupId,
    ask: async (body: object): Promise<Answer> =>
      http.call('POST', `${path}/${appId}/requests`, body),
    withdraw: async (whom: string): Promise<Answer> =>
      http.call('DELETE', `${path}/${appId}/requests/${whom}`),
    requests: async () => (await http.call('GET', `${path}/${appId}/requests`)).json,
    /** Licenses that are taken or wanted, once everything is decided. */
    taken: async (): Promise<number> => {
      await organization.decide();
      const line = await organization.line(assetId);
      return line.filter((one) => one.wanted && one.granted).length;
    },
  };
}

describe('an app that is Available', () => {
  it('takes a license when somebody asks for it, and none before [L 23]', async () => {
    const { appId, deviceId, personId, ask, taken, requests } = await offered('asker');
    expect(await taken()).toBe(0);
    expect((await ask({ deviceId: 'mine' })).json.error).toMatchObject({ field: 'deviceId' });
    expect((await ask({ deviceId: appId })).json.error.code).toBe('deviceNotFound');
    expect(await taken()).toBe(0);
    for (const body of [{ deviceId, personId }, { deviceId }])
      expect((await ask(body)).status).toBe(202);
    expect(await taken()).toBe(1);
    expect(await requests()).toMatchObject({
      count: 1,
      value: [{ deviceId, serialNumber: 'REQASKER', personId, personName: 'asker' }],
    });
    const audit = await http.call('GET', '/api/audit?top=1');
    expect(audit.json.value).toMatchObject([
      { action: 'requestTitle', target: { id: appId }, detail: { deviceId, personId } },
    ]);
  });

  it('is given by its own user alone, where it is offered and can be used [L 39]', async () => {
    const { appId, deviceId, personId, groupId, ask, taken, requests } = await offered('chooser');
    const strangerId = await organization.person('stranger');
    const stranger = await organization.device('REQSTRANGER', { personId: strangerId });
    const old = await organization.device('REQOLD', { personId, osVersion: '16.2' });
    const refused = async (body: object): Promise<unknown> => (await ask(body)).json.error;
    expect(await refused({ deviceId, personId: nobody })).toMatchObject({ code: 'userNotFound' });
    expect(await refused({ deviceId, personId: strangerId })).toMatchObject({
      code: 'notTheirDevice',
      field: 'personId',
    });
    expect(await refused({})).toMatchObject({ code: 'deviceNotFound', field: 'deviceId' });
    expect(await refused({ deviceId: stranger.deviceId })).toMatchObject({
      code: 'notAvailable',
      field: 'deviceId',
    });
    expect(await refused({ deviceId: old.deviceId })).toMatchObject({
      code: 'notApplicable',
      message: expect.stringContaining('minimumOsVersion'),
    });
    await http.call('DELETE', `/v1.0/groups/${groupId}`);
    expect(await refused({ deviceId })).toMatchObject({
      code: 'notAvailable',
      message: expect.stringContaining('restore the group'),
    });
    expect(await taken()).toBe(0);
    expect(await requests()).toEqual({ count: 0, value: [] });
    expect((await http.call('POST', `/api/books/${appId}/requests`, { personId })).status).toBe(
      404,
    );
  });

  it('is not wanted any more once its user withdraws', async () => {
    const { deviceId, ask, withdraw, taken, requests } = await offered('waverer');
    await ask({ deviceId });
    expect(await taken()).toBe(1);
    expect((await withdraw(deviceId)).status).toBe(204);
    expect(await taken()).toBe(0);
    expect((await requests()).count).toBe(0);
    expect((await withdraw(deviceId)).json.error.code).toBe('requestNotFound');
  });

  it.each(['device', 'user'] as const)(
    'is to be asked for again after Uninstall removed it (with a %s license)',
    async (licenseType) => {
      const { appId, deviceId, groupId, ask, taken, requests } = await offered(`un${licenseType}`);
      const assign = async (intent: 'available' | 'required' | 'uninstall'): Promise<number> => {
        const target = { kind: 'group', groupId };
        const assignments = [{ target, intent, licenseType }];
        return (await http.call('PUT', `/api/apps/${appId}/assignments`, { assignments })).status;
      };
      expect(await assign('available')).toBe(204);
      await ask({ deviceId });
      expect(await taken()).toBe(1);
      expect(await assign('required')).toBe(204);
      expect(await taken()).toBe(1);
      expect((await requests()).count).toBe(1);
      expect(await assign('uninstall')).toBe(204);
      expect(await taken()).toBe(0);
      expect((await requests()).count).toBe(0);
      expect(await assign('available')).toBe(204);
      expect(await taken()).toBe(0);
    },
  );

  it('is not what the next user of the device asked for', async () => {
    const { deviceId, groupId, ask, taken, requests } = await offered('leaver');
    await ask({ deviceId });
    expect(await taken()).toBe(1);
    const next = await organization.person('next');
    await organization.join(groupId, { personId: next });
    await http.context.db
      .updateTable('devices.device')
      .set({ personId: next })
      .where('id', '=', deviceId)
      .execute();
    await leaveNote(http.context.db, 'grants', 'device', deviceId);
    expect(await taken()).toBe(0);
    expect((await requests()).count).toBe(0);
    expect((await ask({ deviceId, personId: next })).status).toBe(202);
    expect(await taken()).toBe(1);
  });
});

describe('a book that is Available', () => {
  it('is asked for by a person, without a device [L 23] [L 52]', async () => {
    const { deviceId, personId, ask, withdraw, taken, requests } = await offered(
      'reader',
      '/api/books',
    );
    expect(await taken()).toBe(0);
    expect((await ask({ deviceId, personId })).json.error.code).toBe('deviceNotExpected');
    expect((await ask({})).json.error).toMatchObject({ code: 'userNotFound', field: 'personId' });
    const stranger = await organization.person('nonreader');
    expect((await ask({ personId: stranger })).json.error.code).toBe('notAvailable');
    expect(await taken()).toBe(0);
    expect((await ask({ personId })).status).toBe(202);
    expect(await taken()).toBe(1);
    expect((await requests()).value).toMatchObject([
      { deviceId: null, personId, personName: 'reader' },
    ]);
    expect((await withdraw(personId)).status).toBe(204);
    expect((await requests()).count).toBe(0);
  });
});
