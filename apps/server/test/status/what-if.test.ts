import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AssignmentInput } from '../../src/assignments/index.ts';
import { updateLicensingSettings } from '../../src/grants/index.ts';
import { appSummaries } from '../../src/status/index.ts';
import { amountOf, type WhatIfAnswer, whatIf } from '../../src/status/what-if.ts';
import { openTestContext, type TestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';

const actor = { kind: 'cli', name: 'test' } as const;
let test: TestContext;
let organization: TestOrganization;
let location: { uid: string; tokenId: string };
let serial = 0;

beforeAll(async () => {
  test = await openTestContext();
  organization = new TestOrganization(test.context);
  location = { uid: 'what-if', ...(await organization.location('what-if')) };
});
afterAll(async () => test[Symbol.asyncDispose]());

async function groupOf(devices: number, more: { osVersion?: string } = {}): Promise<string> {
  const groupId = await organization.group();
  for (let i = 0; i < devices; i += 1) {
    serial += 1;
    const { directoryId } = await organization.device(
      `WHATIF${String(serial).padStart(5, '0')}`,
      more,
    );
    await organization.join(groupId, { deviceId: directoryId });
  }
  return groupId;
}

const required = (groupId: string): AssignmentInput => ({
  intent: 'required',
  licenseType: 'device',
  target: { kind: 'group', groupId },
});

async function ask(appId: string, ...wanted: AssignmentInput[]): Promise<WhatIfAnswer> {
  return whatIf(test.context, appId, wanted, actor, test.context.signal);
}

/** Everything granted is confirmed by Apple. */
async function confirmAll(): Promise<void> {
  const { db } = test.context;
  await db.updateTable('grants.demand').set({ held: true }).where('granted', '=', true).execute();
  await db.deleteFrom('grants.openChange').execute();
}

/** An app of which so many licenses are owned, assigned to a group of so many devices that hold theirs. */
async function assigned(total: number, devices: number) {
  const app = await organization.app(location, total);
  const groupId = await groupOf(devices);
  await organization.assign(app.appId, groupId);
  await organization.decide();
  await confirmAll();
  return { ...app, groupId };
}

describe('what saving assignments would do', () => {
  it('takes nothing back from who has the app where it becomes Available [L 42]', async () => {
    const { appId } = await organization.app(location, 5);
    const groupId = await organization.group();
    const personId = await organization.person('offered');
    await organization.join(groupId, { personId });
    await organization.device('WHATIFOFFER', { personId });
    await organization.assign(appId, groupId);
    await organization.decide();
    await confirmAll();
    expect(await ask(appId, { ...required(groupId), intent: 'available' })).toMatchObject({
      licenses: { free: 4, wanted: 1, needed: 0 },
      outcome: { returning: 0, waiting: 0 },
    });
    expect(await ask(appId)).toMatchObject({ outcome: { returning: 1 } });
  });

  it('gives nothing of a title that vanished at Apple, were it unlimited before [L 14]', async () => {
    const { appId, assetId } = await organization.app(location, 5);
    const groupId = await groupOf(2);
    await test.context.db
      .updateTable('library.asset')
      .set({ unlimited: true, vanishedAt: test.context.clock.now() })
      .where('id', '=', assetId)
      .execute();
    expect(await ask(appId, required(groupId))).toMatchObject({
      licenses: { owned: 0, free: 0, wanted: 2 },
      outcome: { served: 0, waiting: 2 },
    });
    const { value } = await appSummaries(test.context.db, { ids: [appId] });
    expect(value).toMatchObject([{ available: 0 }]);
  });

  it('says who gets a license, who waits, and what to buy, at the store’s price', async () => {
    const { appId, adamId, groupId } = await assigned(5, 2);
    await test.context.db
      .updateTable('library.title')
      .set({ price: '$4.99' })
      .where('adamId', '=', adamId)
      .execute();
    const more = await groupOf(6);
    const answer = await ask(appId, required(groupId), required(more));
    expect(answer).toMatchObject({
      licenses: { owned: 5, foreign: 0, free: 3, wanted: 8, needed: 6 },
      outcome: { served: 3, waiting: 3, newlyWaiting: 3, returning: 0, servedByReturns: 0 },
      toBuy: { licenses: 3, price: '$4.99', cost: 14.97 },
      stops: { brake: null, unreleased: 0 },
      revocable: true,
    });
    expect(answer.who.map(({ outcome, name }) => [outcome, name.slice(0, 6)])).toEqual([
      ...Array.from({ length: 3 }, () => ['served', 'WHATIF']),
      ...Array.from({ length: 3 }, () => ['waiting', 'WHATIF']),
    ]);
  });

  it('changes nothing, and is what saving then does', async () => {
    const { appId, assetId, groupId } = await assigned(3, 1);
    const more = await groupOf(4);
    const before = await organization.line(assetId);
    const { outcome } = await ask(appId, required(groupId), required(more));
    expect(await organization.line(assetId)).toEqual(before);
    const rows = await test.context.db
      .selectFrom('assignments.assignment')
      .select('groupId')
      .where('appId', '=', appId)
      .execute();
    expect(rows).toEqual([{ groupId }]);
    await organization.assign(appId, more);
    await organization.decide();
    const line = await organization.line(assetId);
    expect(line.filter((row) => row.granted)).toHaveLength(1 + outcome.served);
    expect(line.filter((row) => row.wanted && !row.granted)).toHaveLength(outcome.waiting);
  });

  it('says whose license goes back, and that those who wait get it', async () => {
    const { appId, groupId } = await assigned(4, 4);
    const other = await groupOf(3);
    expect(await ask(appId, required(other))).toMatchObject({
      licenses: { free: 0, needed: 3 },
      outcome: { served: 0, waiting: 3, returning: 4, returningLater: 0, servedByReturns: 3 },
      toBuy: { licenses: 0 },
    });
    expect((await ask(appId, required(groupId))).outcome).toMatchObject({ returning: 0 });
  });

  it('says whose license goes back only after a grace period', async () => {
    const { appId } = await assigned(4, 4);
    const settings = { devicesPerPerson: 5, silentDays: null };
    const none = {
      unassigned: 0,
      excluded: 0,
      leftOrganization: 0,
      deviceRetired: 0,
      deviceWiped: 0,
      deviceDeleted: 0,
      deviceSilent: 0,
    };
    await updateLicensingSettings(
      test.context,
      { ...settings, graceMinutes: { ...none, unassigned: 60 } },
      actor,
    );
    const answer = await ask(appId);
    await updateLicensingSettings(test.context, { ...settings, graceMinutes: none }, actor);
    expect(answer.outcome).toMatchObject({ returning: 0, returningLater: 4 });
  });

  it('says what the brake would hold back', async () => {
    const { appId } = await assigned(30, 30);
    expect((await ask(appId)).stops.brake).toMatchObject({ waiting: 30 });
  });

  it('counts the devices that cannot use the app, which need no license', async () => {
    const app = await organization.app(location, 10, { minimumOsVersion: '17.0' });
    const old = await groupOf(2, { osVersion: '15.1' });
    const fit = await groupOf(1);
    expect(await ask(app.appId, required(old), required(fit))).toMatchObject({
      licenses: { wanted: 1, needed: 1 },
      devices: { notApplicable: 2 },
    });
  });

  it('does not count devices that are expected as unable to use the app', async () => {
    const { appId } = await organization.app(location, 10);
    const groupId = await groupOf(1);
    const expected = await test.context.db
      .insertInto('directory.device')
      .values({ serialNumber: 'WHATIFEXPECTED', createdAt: test.context.clock.now() })
      .returning('id')
      .executeTakeFirstOrThrow();
    await organization.join(groupId, { deviceId: expected.id });
    const ahead: AssignmentInput = {
      ...required(groupId),
      licenseType: 'user',
      settings: { licensesAhead: true },
    };
    expect(await ask(appId, ahead)).toMatchObject({ devices: { notApplicable: 1 } });
  });

  it('knows no limit of a title without one', async () => {
    const { appId } = await organization.app(location, undefined);
    expect(await ask(appId, required(await groupOf(2)))).toMatchObject({
      licenses: { owned: null, free: null, needed: 2 },
      outcome: { served: 2, waiting: 0 },
      toBuy: { licenses: 0, price: null, cost: null },
    });
  });

  it('says that books are given for good, and that many at once wait for a release', async () => {
    const { appId } = await organization.app(location, 100, { productType: 'Book' });
    const readers = await organization.group();
    for (let i = 0; i < 25; i += 1) {
      const personId = await organization.person(`reader${i}`);
      await organization.device(`READER${String(i).padStart(4, '0')}`, { personId });
      await organization.join(readers, { personId });
    }
    await organization.decide();
    const answer = await ask(appId, { ...required(readers), licenseType: 'user' });
    expect(answer).toMatchObject({
      revocable: false,
      outcome: { served: 0, waiting: 25 },
      stops: { unreleased: 25 },
    });
    expect(answer.who[0]).toMatchObject({ kind: 'person', name: 'reader0' });
  });

  it('is refused as saving would be', async () => {
    const { appId } = await assigned(1, 1);
    const gone = '00000000-0000-4000-8000-000000000000';
    await expect(ask(appId, required(gone))).rejects.toMatchObject({ code: 'groupNotFound' });
  });
});

describe('a price', () => {
  it.each([
    ['$9.99', 9.99],
    ['9,99 €', 9.99],
    ['Free', 0],
    ['¥1,200', 1200],
    ['CHF 1’299.00', 1299],
    ['4', 4],
    ['ask', null],
    [null, null],
  ])('%s is the number %s', (text, amount) => {
    expect(amountOf(text)).toBe(amount);
  });
});
