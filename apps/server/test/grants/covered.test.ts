import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { settlePairs } from '../../src/grants/index.ts';
import { type TestContext, openTestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';

const ahead = { intent: 'available', settings: JSON.stringify({ licensesAhead: true }) } as const;

let test: TestContext;
let organization: TestOrganization;
let n = 0;
let first: { appId: string; assetId: number; adamId: string };
let second: { appId: string; assetId: number };

beforeAll(async () => {
  test = await openTestContext();
  organization = new TestOrganization(test.context);
});
afterAll(async () => test[Symbol.asyncDispose]());

/** One title in two locations. */
beforeEach(async () => {
  n += 1;
  const [one, other] = [`first${n}`, `second${n}`];
  first = await organization.app({ uid: one, ...(await organization.location(one)) }, 5);
  second = await organization.app({ uid: other, ...(await organization.location(other)) }, 5, {
    adamId: first.adamId,
  });
});

/** Decides, and Apple assigns what is asked for. */
async function served(): Promise<void> {
  await organization.decide();
  const { db } = test.context;
  const open = await db
    .selectFrom('grants.openChange')
    .select(['assetId', 'holderId'])
    .where('requestId', 'is', null)
    .execute();
  const pairs = {
    assetIds: open.map((change) => change.assetId),
    holderIds: open.map((change) => change.holderId),
  };
  await db
    .transaction()
    .execute(async (trx) => settlePairs(test.context, trx, null, pairs, { kind: 'done' }));
  await organization.decide();
}

/** On which devices the title may be installed, by which of its locations. */
async function installable(): Promise<string[]> {
  const { rows } = await sql<{ serialNumber: string; assetId: number }>`
    select dev.serial_number, i.asset_id from grants.installable i join devices.device dev on dev.id = i.device_id
    where i.adam_id = ${first.adamId} order by dev.serial_number, i.asset_id`.execute(
    test.context.db,
  );
  return rows.map((row) => `${row.serialNumber} by the ${nameOf(row.assetId)}`);
}

/** The licenses of the title that are there, by location. */
async function licenses(): Promise<string[]> {
  const rows = await test.context.db
    .selectFrom('grants.demand')
    .select('assetId')
    .where('assetId', 'in', [first.assetId, second.assetId])
    .where('held', '=', true)
    .orderBy('assetId')
    .execute();
  return rows.map((row) => nameOf(row.assetId));
}

const nameOf = (assetId: number): string => (assetId === first.assetId ? 'first' : 'second');

/** So many devices of one person, each in a group of its own. */
async function devicesOf(count: number) {
  const personId = await organization.person(`person${n}`);
  const made = [];
  for (let i = 0; i < count; i += 1) {
    const groupId = await organization.group();
    const serial = `PERSON00${n}${i}`;
    const { directoryId } = await organization.device(serial, { personId });
    await organization.join(groupId, { deviceId: directoryId });
    made.push({ groupId, serial });
  }
  return made;
}

/** Assigns an app to one of these, with user licenses. */
async function assign(appId: string, to: { readonly groupId: string } | undefined) {
  await organization.assignAs(appId, { groupId: to?.groupId ?? null, licenseType: 'user' });
}

describe('a license that was merely taken ahead', () => {
  it('covers no app that is required by another location of the title [brief 46]', async () => {
    const serial = `AHEADED0${n}0`;
    const group = await organization.group();
    const { directoryId } = await organization.device(serial);
    await organization.join(group, { deviceId: directoryId });
    await organization.assignAs(first.appId, { groupId: group, ...ahead });
    await served();
    expect(await installable()).toEqual([]);
    await organization.assignAs(second.appId, { groupId: group });
    await served();
    expect(await installable()).toEqual([`${serial} by the second`]);
  });

  it('covers another one that is to be taken ahead', async () => {
    const group = await organization.group();
    const { directoryId } = await organization.device(`AHEADED0${n}0`);
    await organization.join(group, { deviceId: directoryId });
    await organization.assignAs(first.appId, { groupId: group, ...ahead });
    await served();
    await organization.assignAs(second.appId, { groupId: group, ...ahead });
    await served();
    expect(await licenses()).toEqual(['first']);
  });

  it('covers no more when the app is required by the other location afterwards', async () => {
    const serial = `AHEADED0${n}0`;
    const [members, others] = [await organization.group(), await organization.group()];
    const { directoryId } = await organization.device(serial);
    for (const group of [members, others])
      await organization.join(group, { deviceId: directoryId });
    await organization.assignAs(first.appId, { groupId: members, ...ahead });
    await organization.assignAs(second.appId, { groupId: members, ...ahead });
    await served();
    expect(await licenses()).toEqual(['first']);
    await organization.assignAs(second.appId, { groupId: others });
    await served();
    expect(await installable()).toEqual([`${serial} by the second`]);
  });
});

describe('a user license of the title of another location', () => {
  it('covers none that is for a device which it is not for: each gets the app [brief 8] [brief 46]', async () => {
    const [one, other] = await devicesOf(2);
    await assign(first.appId, one);
    await served();
    await assign(second.appId, other);
    await served();
    expect(await installable()).toEqual([
      `${one?.serial} by the first`,
      `${other?.serial} by the second`,
    ]);
  });

  it('covers one that is for no more devices, until it is', async () => {
    const [one, other] = await devicesOf(2);
    for (const { appId } of [first, second]) await assign(appId, one);
    await served();
    expect(await licenses()).toEqual(['first']);
    await assign(second.appId, other);
    await served();
    expect(await licenses()).toEqual(['first', 'second']);
    expect(await installable()).toContain(`${other?.serial} by the second`);
  });

  it('covers one that is for a device which it refuses for being one too many', async () => {
    const devices = await devicesOf(6);
    for (const device of devices) await assign(first.appId, device);
    await served();
    expect(await installable()).toHaveLength(5);
    await assign(second.appId, devices.at(-1));
    await served();
    expect(await licenses()).toEqual(['first']);
  });
});
