import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { system } from '../../src/audit/record.ts';
import { deletePerson } from '../../src/directory/index.ts';
import { openTestHttp, type TestHttp } from '../http/support/http.ts';
import { TestOrganization } from '../support/organization.ts';

let http: TestHttp;
let organization: TestOrganization;
let location: { uid: string; tokenId: string };

beforeAll(async () => {
  http = await openTestHttp();
  organization = new TestOrganization(http.context);
  location = { uid: 'why', ...(await organization.location('why')) };
});
afterAll(async () => http[Symbol.asyncDispose]());

async function why(path: string): Promise<{ stopsAt: string | null; text: string }> {
  const { json, text } = await http.call('GET', `${path}/why`);
  return { ...json, text };
}

describe('why an app is not further', () => {
  it('follows it from the groups to the line, through groups in groups and people', async () => {
    const { appId } = await organization.app(location, 1);
    const personId = await organization.person('follower');
    const first = await organization.device('WHY0000001');
    const second = await organization.device('WHY0000002', { personId });
    const [outer, inner] = [await organization.group('Outer'), await organization.group('Inner')];
    await organization.join(outer, { childGroupId: inner });
    await organization.join(outer, { deviceId: first.directoryId });
    await organization.decide();
    const path = `/api/apps/${appId}/devices`;
    expect(await why(`${path}/${second.deviceId}`)).toMatchObject({ stopsAt: 'assignment' });

    await organization.assign(appId, outer);
    await organization.decide();
    await organization.join(inner, { personId });
    await organization.decide();
    const stopped = await why(`${path}/${second.deviceId}`);
    expect(stopped).toMatchObject({
      stopsAt: 'license',
      licenseType: 'device',
      targets: [{ groupName: 'Outer', nested: true, byPerson: true }],
    });
    expect(stopped.text).toContain('number 1 in line');
    expect(stopped.text).toContain('through a group in it, through its person');
    expect(await why(`${path}/${first.deviceId}`)).toMatchObject({ stopsAt: 'association' });

    await http.context.db
      .updateTable('grants.demand')
      .set({ held: true })
      .where('granted', '=', true)
      .execute();
    expect(await why(`${path}/${first.deviceId}`)).toMatchObject({ stopsAt: 'command' });
  });

  it('says what a device lacks for it', async () => {
    const { appId } = await organization.app(location, 5, { minimumOsVersion: '17.0' });
    const { deviceId, directoryId } = await organization.device('WHYOLD0001', {
      osVersion: '15.8',
    });
    const group = await organization.group();
    await organization.join(group, { deviceId: directoryId });
    await organization.assign(appId, group);
    await organization.decide();
    const answer = await why(`/api/apps/${appId}/devices/${deviceId}`);
    expect(answer.stopsAt).toBe('applicability');
    expect(answer.text).toContain('later OS');
  });

  it('follows a user license by its person, who has to accept', async () => {
    const { appId } = await organization.app(location, 5);
    const personId = await organization.person('invited');
    const { deviceId } = await organization.device('WHYUSER001', { personId });
    const group = await organization.group();
    await organization.join(group, { personId });
    await organization.assignAs(appId, { groupId: group, licenseType: 'user' });
    await organization.decide();
    await http.context.db
      .updateTable('grants.demand')
      .set({ held: true })
      .where('granted', '=', true)
      .execute();
    for (const path of [`devices/${deviceId}`, `people/${personId}`]) {
      const answer = await why(`/api/apps/${appId}/${path}`);
      expect(answer).toMatchObject({ stopsAt: 'account', licenseType: 'user' });
      expect(answer.text).toContain('has not accepted');
    }
  });

  it('leaves out what would come through a person who was deleted', async () => {
    const { appId } = await organization.app(location, 5);
    const personId = await organization.person('leaver');
    const { deviceId, directoryId } = await organization.device('WHYGONE001', { personId });
    const [ofUsers, ofDevices] = [await organization.group(), await organization.group('Devices')];
    await organization.join(ofUsers, { personId });
    await organization.join(ofDevices, { deviceId: directoryId });
    await organization.assign(appId, ofUsers);
    await organization.assign(appId, ofDevices);
    await organization.assignAs(appId, { target: 'allUsers' });
    await organization.decide();
    const targetsOf = async () =>
      (await http.call('GET', `/api/apps/${appId}/devices/${deviceId}/why`)).json.targets;
    expect(await targetsOf()).toHaveLength(3);
    await deletePerson(http.context, personId, system('test'));
    expect(await targetsOf()).toMatchObject([{ groupName: 'Devices', byPerson: false }]);
  });

  it('follows a book to a person, and refuses what is no id', async () => {
    const { appId } = await organization.app(location, 5, { productType: 'Book' });
    const personId = await organization.person('bookworm');
    await organization.device('WHYBOOK001', { personId });
    const group = await organization.group();
    await organization.join(group, { personId });
    await organization.assignAs(appId, { groupId: group, licenseType: 'user' });
    await organization.decide();
    expect(await why(`/api/books/${appId}/people/${personId}`)).toMatchObject({
      stopsAt: 'association',
    });
    const refused = await http.call('GET', `/api/books/${appId}/people/me/why`);
    expect(refused.json.error).toMatchObject({ code: 'badId', field: 'personId' });
  });
});
