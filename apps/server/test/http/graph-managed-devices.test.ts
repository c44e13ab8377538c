import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TestOrganization } from '../support/organization.ts';
import { openTestHttp, type TestHttp } from './support/http.ts';

const dayMs = 86_400_000;
const path = '/v1.0/deviceManagement/managedDevices';

let http: TestHttp;
let organization: TestOrganization;
let location: { uid: string; tokenId: string };
let serial = 0;
beforeAll(async () => {
  http = await openTestHttp();
  organization = new TestOrganization(http.context);
  location = { uid: 'L-1', ...(await organization.location('L-1')) };
});
afterAll(async () => http[Symbol.asyncDispose]());
beforeEach(() => {
  serial += 1;
});

/** A device that holds one license of a required app. */
async function licensed() {
  const device = await organization.device(`C02LEAVE${100 + serial}`);
  const group = await organization.group();
  await organization.join(group, { deviceId: device.directoryId });
  const app = await organization.app(location, 5);
  await organization.assign(app.appId, group);
  await organization.decide();
  // Apple has confirmed the assignment.
  await http.context.db.deleteFrom('grants.openChange').execute();
  await http.context.db.updateTable('grants.demand').set({ held: true }).execute();
  return { ...device, ...app };
}

/** What the license waits for and how many days from now; and what is asked of Apple. */
async function ending(assetId: number) {
  await organization.decide();
  const { rows } = await sql<{ wanted: boolean; reason: string | null; endsAt: Date | null }>`
    select wanted, end_reason as reason, ends_at from grants.demand where asset_id = ${assetId}`.execute(
    http.context.db,
  );
  const changes = await http.context.db
    .selectFrom('grants.openChange')
    .select('op')
    .where('assetId', '=', assetId)
    .execute();
  return {
    ...rows[0],
    endsAt: undefined,
    days: rows[0]?.endsAt ? (+rows[0].endsAt - +http.context.clock.now()) / dayMs : null,
    asked: changes.map((change) => change.op),
  };
}

const audited = async (id: string): Promise<string[]> => {
  const rows = await http.context.db
    .selectFrom('audit.entry')
    .select('action')
    .where('targetId', '=', id)
    .orderBy('id')
    .execute();
  return rows.map((row) => row.action);
};

const reference = (id: string) => ({ '@odata.id': `https://host/v1.0/users/${id}` });

const ways = [
  ['retired', 'deviceRetired', 'POST', (id: string) => `${path}/${id}/retire`, 'retireDevice'],
  ['erased', 'deviceWiped', 'POST', (id: string) => `/api/devices/${id}/wiped`, 'noteDeviceWiped'],
  ['deleted', 'deviceDeleted', 'DELETE', (id: string) => `${path}/${id}`, 'deleteDevice'],
] as const;

describe('the licenses of a device that leaves', () => {
  it.each(ways)(
    '%s: go back when the grace period is over',
    async (_, reason, method, to, action) => {
      const { deviceId, assetId } = await licensed();
      expect((await http.call(method, to(deviceId))).status).toBe(204);
      expect(await ending(assetId)).toMatchObject({ wanted: true, reason, asked: [] });
      expect((await ending(assetId)).days).toBeCloseTo(7, 2);
      http.clock.advance(8 * dayMs);
      expect(await ending(assetId)).toMatchObject({ wanted: false, asked: ['disassociate'] });
      expect(await audited(deviceId)).toEqual([action]);
      expect((await http.call(method, to(deviceId))).status).toBe(method === 'DELETE' ? 404 : 409);
    },
  );

  it('deleted: stay where the serial number enrolls again in time', async () => {
    const { deviceId, directoryId, serialNumber, assetId } = await licensed();
    await http.call('DELETE', `${path}/${deviceId}`);
    expect(await ending(assetId)).toMatchObject({ reason: 'deviceDeleted' });
    expect((await http.call('GET', `${path}/${deviceId}`)).status).toBe(404);
    expect((await http.call('GET', `/v1.0/devices/${directoryId}`)).status).toBe(200);
    const again = await http.context.db
      .insertInto('devices.device')
      .values({
        directoryDeviceId: directoryId,
        serialNumber,
        managementState: 'managed',
        firstSeen: sql<number>`nextval('db.change_order')`,
        createdAt: http.context.clock.now(),
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await sql`insert into db.note (room, kind, key) values ('grants', 'device', ${again.id})`.execute(
      http.context.db,
    );
    expect(await ending(assetId)).toMatchObject({ wanted: true, reason: null, days: null });
    http.clock.advance(30 * dayMs);
    expect(await ending(assetId)).toMatchObject({ wanted: true, asked: [] });
  });
});

/** What Apple was asked for has come about. */
async function confirmed(): Promise<void> {
  await organization.decide();
  await http.context.db.deleteFrom('grants.openChange').execute();
  await sql`update grants.demand set held = true where granted`.execute(http.context.db);
}

/** A person with so many devices, who has a license of a required app. */
async function licensedPerson(devices: number) {
  const personId = await organization.person(`leaver${serial}`);
  const own = [];
  for (let i = 0; i < devices; i += 1)
    own.push(await organization.device(`C02USERS${100 * (i + 1) + serial}`, { personId }));
  const group = await organization.group();
  await organization.join(group, { personId });
  const app = await organization.app(location, 5);
  await organization.assignAs(app.appId, { groupId: group, licenseType: 'user' });
  await confirmed();
  return { deviceIds: own.map((one) => one.deviceId), personId, group, ...app };
}

describe('the license of a person whose devices leave', () => {
  const stays = { wanted: true, reason: null, days: null, asked: [] };

  it.each(ways)('%s: goes back when the grace period is over', async (_, reason, method, to) => {
    const { deviceIds, assetId } = await licensedPerson(2);
    const [first = '', last = ''] = deviceIds;
    expect((await http.call(method, to(first))).status).toBe(204);
    expect(await ending(assetId)).toMatchObject(stays);
    expect((await http.call(method, to(last))).status).toBe(204);
    expect(await ending(assetId)).toMatchObject({ wanted: true, reason, asked: [] });
    expect((await ending(assetId)).days).toBeCloseTo(7, 2);
    http.clock.advance(8 * dayMs);
    expect(await ending(assetId)).toMatchObject({ wanted: false, asked: ['disassociate'] });
  });

  it('goes back for how the latest one left, whatever becomes of the records', async () => {
    const { deviceIds, assetId } = await licensedPerson(2);
    const [first = '', last = ''] = deviceIds;
    await http.call('POST', `${path}/${first}/retire`);
    await http.call('POST', `/api/devices/${last}/wiped`);
    expect(await ending(assetId)).toMatchObject({ wanted: true, reason: 'deviceWiped' });
    await http.call('DELETE', `${path}/${first}`);
    expect(await ending(assetId)).toMatchObject({ wanted: true, reason: 'deviceWiped' });
    await http.call('DELETE', `${path}/${last}`);
    expect(await ending(assetId)).toMatchObject({ wanted: true, reason: 'deviceDeleted' });
  });

  it('stays where they get another device in time', async () => {
    const { deviceIds, assetId, personId } = await licensedPerson(1);
    await http.call('POST', `${path}/${deviceIds[0] ?? ''}/retire`);
    expect(await ending(assetId)).toMatchObject({ wanted: true, reason: 'deviceRetired' });
    await organization.device(`C02USERS${900 + serial}`, { personId });
    expect(await ending(assetId)).toMatchObject(stays);
  });

  it('goes back at once where the last one is given to somebody else', async () => {
    const { deviceIds, assetId } = await licensedPerson(2);
    const [retired = '', given = ''] = deviceIds;
    await http.call('POST', `${path}/${retired}/retire`);
    await http.call('DELETE', `${path}/${given}/users/$ref`);
    expect(await ending(assetId)).toMatchObject({ wanted: false, asked: ['disassociate'] });
  });

  it('goes back after a grace period also where its policy keeps it for the unassigned', async () => {
    const { deviceIds, assetId, appId, group } = await licensedPerson(1);
    await organization.unassign(appId, group);
    const settings = JSON.stringify({ onUnassign: 'keep' });
    await organization.assignAs(appId, { groupId: group, licenseType: 'user', settings });
    expect(await ending(assetId)).toMatchObject(stays);
    await organization.unassign(appId, group);
    expect(await ending(assetId)).toMatchObject(stays);
    await http.call('POST', `${path}/${deviceIds[0] ?? ''}/retire`);
    expect(await ending(assetId)).toMatchObject({ wanted: true, reason: 'deviceRetired' });
  });
});

describe('the primary user', () => {
  it('is set and taken away over Graph, and what the person’s groups bring comes and goes', async () => {
    const [ann, ben] = [await organization.person('Ann'), await organization.person('Ben')];
    const { deviceId } = await organization.device(`C02LEAVE${100 + serial}`);
    const group = await organization.group();
    await organization.join(group, { personId: ben });
    const app = await organization.app(location, 5);
    await organization.assign(app.appId, group);
    const wanted = async (): Promise<boolean> => {
      await organization.decide();
      return (await organization.line(app.assetId)).some((one) => one.wanted);
    };
    const to = `${path}/${deviceId}/users/$ref`;
    expect((await http.call('POST', to, reference(ann))).status).toBe(204);
    expect(await wanted()).toBe(false);
    expect((await http.call('POST', to, reference(ben))).status).toBe(204);
    expect(await wanted()).toBe(true);
    expect((await http.call('GET', `${path}/${deviceId}`)).json).toMatchObject({ userId: ben });
    expect((await http.call('DELETE', to)).status).toBe(204);
    expect(await wanted()).toBe(false);
    expect((await http.call('GET', `${path}/${deviceId}`)).json).toMatchObject({ userId: null });
    expect(await audited(deviceId)).toEqual([
      'setPrimaryUser',
      'setPrimaryUser',
      'removePrimaryUser',
    ]);
  });

  it('is somebody who exists', async () => {
    const { deviceId } = await organization.device(`C02LEAVE${100 + serial}`);
    const nobody = { '@odata.id': `https://host/v1.0/users/${deviceId}` };
    expect((await http.call('POST', `${path}/${deviceId}/users/$ref`, nobody)).status).toBe(404);
    expect((await http.call('POST', `${path}/${deviceId}/users/$ref`, {})).status).toBe(400);
  });
});
