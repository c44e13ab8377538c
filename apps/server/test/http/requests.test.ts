import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestOrganization } from '../support/organization.ts';
import { openTestHttp, type TestHttp } from './support/http.ts';

let http: TestHttp;
let organization: TestOrganization;

beforeAll(async () => {
  http = await openTestHttp();
  organization = new TestOrganization(http.context);
});
afterAll(async () => http[Symbol.asyncDispose]());

it('an app that is Available takes a license when somebody asks for it, and none before [L 23]', async () => {
  const uid = 'loc-requests';
  const location = { uid, ...(await organization.location(uid)) };
  const { appId } = await organization.app(location, 5);
  const personId = await organization.person('asker');
  const { deviceId } = await organization.device('REQUESTS01', { personId });
  const groupId = await organization.group();
  await organization.join(groupId, { personId });
  const assigned = await http.call('PUT', `/api/apps/${appId}/assignments`, {
    assignments: [
      { target: { kind: 'group', groupId }, intent: 'available', licenseType: 'device' },
    ],
  });
  expect(assigned.status).toBe(204);
  const available = async (): Promise<number> => {
    await organization.decide();
    return (await http.call('GET', `/api/apps/${appId}`)).json.available;
  };
  expect(await available()).toBe(5);
  const ask = async (body: object) => http.call('POST', `/api/apps/${appId}/requests`, body);
  expect((await ask({ deviceId: 'mine' })).json.error).toMatchObject({ field: 'deviceId' });
  expect((await ask({ deviceId: appId })).json.error.code).toBe('deviceNotFound');
  expect(await available()).toBe(5);
  expect((await ask({ deviceId, personId })).status).toBe(202);
  expect(await available()).toBe(4);
});
