import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { leaveNote } from '../../src/db/notes.ts';
import { explainWhy } from '../../src/status/index.ts';
import { type TestContext, openTestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';

let test: TestContext;
let organization: TestOrganization;
let n = 0;
let app: { appId: string; assetId: number };
let people: string;
let devices: string;
let personId: string;
let device: { deviceId: string; directoryId: string };

beforeAll(async () => {
  test = await openTestContext();
  organization = new TestOrganization(test.context);
});
afterAll(async () => test[Symbol.asyncDispose]());

/** A person in a group of people, and their device in a group of devices. */
beforeEach(async () => {
  n += 1;
  const uid = `exclusions${n}`;
  app = await organization.app({ uid, ...(await organization.location(uid)) }, 5);
  people = await organization.group(`People${n}`);
  devices = await organization.group(`Devices${n}`);
  personId = await organization.person(`person${n}`);
  device = await organization.device(`EXCLUDED0${n}`, { personId });
  await organization.join(people, { personId });
  await organization.join(devices, { deviceId: device.directoryId });
});

const exclude = async (groupId: string, position = 1): Promise<void> =>
  organization.assignAs(app.appId, { groupId, target: 'exclusionGroup', position });

async function cause(): Promise<string | undefined> {
  const { deviceId } = device;
  const { stopsAt, steps } = await explainWhy(test.context, {
    assetId: app.assetId,
    deviceId,
    personId: null,
  });
  return steps.find(({ step }) => step === stopsAt)?.reason?.cause;
}

async function leavePeople(): Promise<void> {
  await test.context.db
    .deleteFrom('directory.member')
    .where('groupId', '=', people)
    .where('personId', '=', personId)
    .execute();
  await leaveNote(test.context.db, 'grants', 'memberPerson', `${people}:${personId}`);
}

/** Why the license of the app ends. */
async function endReason(): Promise<string | null | undefined> {
  await organization.decide();
  const { rows } = await sql<{ endReason: string | null }>`select end_reason from grants.demand
    where asset_id = ${app.assetId}`.execute(test.context.db);
  return rows[0]?.endReason;
}

describe('an exclusion [L39a]', () => {
  it('of devices is not the reason where their people may ask for the app', async () => {
    await organization.assignAs(app.appId, { groupId: people, intent: 'available' });
    await exclude(devices);
    await organization.decide();
    expect(await cause()).toMatch(/Available, and nobody has asked/);
  });

  it('is the reason within its kind, and is named also beside one of the other kind', async () => {
    await organization.assignAs(app.appId, { groupId: people, intent: 'available' });
    await exclude(devices);
    await exclude(people, 2);
    await organization.decide();
    expect(await cause()).toBe(`It is in the excluded group People${n}.`);
  });

  it.each(['device', 'user'] as const)(
    'of devices does not say how long a %s license is kept that its person is assigned no more',
    async (licenseType) => {
      await organization.assignAs(app.appId, { groupId: people, licenseType });
      await exclude(devices);
      await organization.decide();
      await sql`update grants.demand set held = true where granted`.execute(test.context.db);
      await sql`delete from grants.open_change`.execute(test.context.db);
      await leavePeople();
      expect(await endReason()).toBe('unassigned');
    },
  );

  it('within its kind says how long a license is kept', async () => {
    await organization.assign(app.appId, devices);
    await organization.decide();
    await sql`update grants.demand set held = true where granted`.execute(test.context.db);
    await sql`delete from grants.open_change`.execute(test.context.db);
    const outside = await organization.group(`Outside${n}`);
    await organization.join(outside, { deviceId: device.directoryId });
    await exclude(outside);
    expect(await endReason()).toBe('excluded');
  });
});
