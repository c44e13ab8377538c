import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestOrganization } from '../support/organization.ts';
import { openTestHttp, type TestHttp } from './support/http.ts';

const path = '/v1.0/deviceAppManagement/managedEBooks';

let http: TestHttp;
let organization: TestOrganization;
let book: { appId: string; adamId: string };
let app: { appId: string };
let readers: string;
let devices: string;

beforeAll(async () => {
  http = await openTestHttp();
  organization = new TestOrganization(http.context);
  const uid = 'loc-books';
  const location = { uid, ...(await organization.location(uid)) };
  book = await organization.app(location, 30, { productType: 'Book' });
  app = await organization.app(location, 30);
  readers = await organization.group();
  await organization.join(readers, { personId: await organization.person('reader') });
  devices = await organization.group();
  const { directoryId } = await organization.device('GRBOOK00001');
  await organization.join(devices, { deviceId: directoryId });
});
afterAll(async () => http[Symbol.asyncDispose]());

const required = (groupId: string): object => ({
  '@odata.type': '#microsoft.graph.managedEBookAssignment',
  installIntent: 'required',
  target: { '@odata.type': '#microsoft.graph.groupAssignmentTarget', groupId },
});

describe('books over Graph', () => {
  it('are a list of their own, apart from apps', async () => {
    const { json } = await http.call('GET', path);
    expect(json['@odata.count']).toBe(1);
    expect(json.value).toMatchObject([
      {
        '@odata.type': '#microsoft.graph.iosVppEBook',
        id: book.appId,
        displayName: `App ${book.adamId}`,
        totalLicenseCount: 30,
        usedLicenseCount: 0,
      },
    ]);
    expect((await http.call('GET', `${path}/$count`)).text).toBe('1');
    const apps = await http.call('GET', '/beta/deviceAppManagement/mobileApps');
    expect(apps.json.value).toMatchObject([{ id: app.appId }]);
  });

  it('are found by their own id alone', async () => {
    expect((await http.call('GET', `${path}/${book.appId}`)).json).toMatchObject({
      id: book.appId,
    });
    expect((await http.call('GET', `${path}/${app.appId}`)).status).toBe(404);
    const asApp = await http.call('GET', `/beta/deviceAppManagement/mobileApps/${book.appId}`);
    expect(asApp.status).toBe(404);
  });

  it('are assigned to people, by an intent that is called installIntent', async () => {
    const assign = async (groupId: string, changed: object = {}) =>
      http.call('POST', `${path}/${book.appId}/assign`, {
        managedEBookAssignments: [{ ...required(groupId), ...changed }],
      });
    expect((await assign(readers)).status).toBe(204);
    const assignments = await http.call('GET', `${path}/${book.appId}/assignments`);
    expect(assignments.json.value).toMatchObject([
      {
        id: `${readers}_1_0`,
        installIntent: 'required',
        target: { '@odata.type': '#microsoft.graph.groupAssignmentTarget', groupId: readers },
      },
    ]);
    expect((await assign(devices)).json.error.message).toMatch(/has devices in it/);
    expect((await assign(readers, { installIntent: 'uninstall' })).json.error.message).toMatch(
      /installIntent/,
    );
    const expanded = await http.call('GET', `${path}/${book.appId}?$expand=assignments`);
    expect(expanded.json.assignments).toHaveLength(1);
    const gone = await http.call('DELETE', `${path}/${book.appId}/assignments/${readers}_1_0`);
    expect(gone.status).toBe(204);
    const made = await http.call('POST', `${path}/${book.appId}/assignments`, required(readers));
    expect(made.status).toBe(201);
  });
});

describe('books for the console', () => {
  it('are listed and shown like apps, with the people instead of devices', async () => {
    const { json } = await http.call('GET', '/api/books');
    expect(json).toMatchObject({ count: 1, value: [{ id: book.appId, owned: 30 }] });
    const detail = await http.call('GET', `/api/books/${book.appId}`);
    expect(detail.json.assignments).toMatchObject([{ intent: 'required', licenseType: 'user' }]);
    const people = await http.call('GET', `/api/books/${book.appId}/people`);
    expect(people.json).toEqual({ count: 0, value: [] });
    expect((await http.call('GET', `/api/apps/${book.appId}`)).status).toBe(404);
  });

  it('that more than twenty are to get wait until somebody releases them', async () => {
    const location = { uid: 'loc-many', ...(await organization.location('loc-many')) };
    const { appId, assetId } = await organization.app(location, 30, { productType: 'Book' });
    const many = await organization.group();
    for (let reader = 10; reader < 35; reader += 1) {
      const personId = await organization.person(`many${reader}`);
      await organization.device(`GRBOOKMANY${reader}`, { personId });
      await organization.join(many, { personId });
    }
    await http.call('POST', `${path}/${appId}/assign`, {
      managedEBookAssignments: [required(many)],
    });
    const given = async (): Promise<number> => {
      await organization.decide();
      return (await organization.line(assetId)).filter((one) => one.granted).length;
    };
    expect(await given()).toBe(0);
    const why = await http.call('GET', `/api/books/${appId}/people?top=1`);
    expect(why.json.value[0].reason).toMatchObject({ who: 'administrator' });
    const because = { reason: 'a%20class%20set' };
    const released = await http.call('POST', `/api/books/${appId}/release`, undefined, because);
    expect(released.status).toBe(204);
    expect(await given()).toBe(25);
    const audit = await http.call('GET', '/api/audit?top=1');
    expect(audit.json.value).toMatchObject([
      { action: 'releaseIrrevocable', reason: 'a class set', detail: { waiting: 25 } },
    ]);
  });

  it('have nothing to release as long as nobody waits for it', async () => {
    const { status, json } = await http.call('POST', `/api/books/${book.appId}/release`);
    expect(status).toBe(409);
    expect(json.error.code).toBe('nothingWaits');
  });
});
