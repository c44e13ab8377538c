import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TestOrganization } from '../support/organization.ts';
import { openTestHttp, type TestHttp } from './support/http.ts';

interface Device {
  readonly serialNumber: string;
  readonly installState: string;
  readonly hexErrorCode: string | null;
  readonly license: { readonly state: string; readonly position: number | null };
  readonly reason: { readonly cause: string; readonly who: string } | null;
}

const location = { uid: 'loc-behaviors', tokenId: '' };
let http: TestHttp;
let organization: TestOrganization;
let appId: string;
let serials = 0;

beforeAll(async () => {
  http = await openTestHttp();
  organization = new TestOrganization(http.context);
  Object.assign(location, await organization.location(location.uid));
});
afterAll(async () => http[Symbol.asyncDispose]());
beforeEach(async () => {
  ({ appId } = await organization.app(location, 100));
});

type Wish = Readonly<Record<'intent' | 'licenseType' | 'groupId', string>>;

async function save(...wishes: readonly Wish[]): Promise<void> {
  const assignments = wishes.map(({ groupId, ...wish }) => ({
    target: { kind: 'group', groupId },
    ...wish,
  }));
  const saved = await http.call('PUT', `/api/apps/${appId}/assignments`, { assignments });
  expect(saved.status).toBe(204);
  await organization.decide();
}

const app = async () => (await http.call('GET', `/api/apps/${appId}`)).json;

async function devices(query = ''): Promise<{ count: number; value: readonly Device[] }> {
  return (await http.call('GET', `/api/apps/${appId}/devices?top=1000${query}`)).json;
}

/** A person with so many iPhones, each checked in later than the one before. */
async function person(phones: number): Promise<{ personId: string; serialNumbers: string[] }> {
  serials += 1;
  const personId = await organization.person(`behaves${serials}`);
  const serialNumbers: string[] = [];
  for (let phone = 0; phone < phones; phone += 1) {
    const lastCheckInAt = new Date(Date.UTC(2026, 0, 1 + phone));
    const serialNumber = `BHV${String(serials).padStart(3, '0')}PHONE${phone}`;
    await organization.device(serialNumber, { personId, lastCheckInAt });
    serialNumbers.push(serialNumber);
  }
  return { personId, serialNumbers };
}

async function groupOf(...personIds: readonly string[]): Promise<string> {
  const groupId = await organization.group();
  for (const personId of personIds) await organization.join(groupId, { personId });
  return groupId;
}

describe('a user license', () => {
  it('is one, the person’s and no device’s, and serves all their devices [brief 7] [brief 8]', async () => {
    const { personId, serialNumbers } = await person(3);
    const groupId = await groupOf(personId);
    await save({ intent: 'required', licenseType: 'user', groupId });
    expect(await app()).toMatchObject({ owned: 100, available: 99, waiting: 0 });
    const served = await devices();
    expect(served.value.map((one) => one.serialNumber).toSorted()).toEqual(serialNumbers);
    expect(new Set(served.value.map((one) => one.license.state))).toEqual(new Set(['granted']));
    const holders = await http.context.db
      .selectFrom('grants.demand as demand')
      .innerJoin('library.holder as holder', 'holder.id', 'demand.holderId')
      .innerJoin('library.app as app', 'app.assetId', 'demand.assetId')
      .select(['holder.kind', 'holder.personId'])
      .where('app.id', '=', appId)
      .where('demand.granted', '=', true)
      .execute();
    expect(holders).toEqual([{ kind: 'person', personId }]);
  });

  it('serves five devices of its person and refuses the sixth [brief 27]', async () => {
    const { personId, serialNumbers } = await person(6);
    const groupId = await groupOf(personId);
    await save({ intent: 'required', licenseType: 'user', groupId });
    expect(await app()).toMatchObject({ available: 99 });
    const { value } = await devices();
    const refused = value.filter((one) => one.reason?.cause.includes('as many other devices'));
    // The last to have checked in come first.
    expect(refused.map((one) => one.serialNumber)).toEqual(serialNumbers.slice(0, 1));
    expect(refused[0]).toMatchObject({
      installState: 'notInstalled',
      reason: { who: 'administrator' },
    });
    expect(value).toHaveLength(6);
  });
});

describe('an assignment', () => {
  it('says what kind it is, for one or more groups of people or devices [brief 43]', async () => {
    const [reader, owner] = [await person(1), await person(1)];
    const people = await groupOf(reader.personId);
    const both = await groupOf(owner.personId);
    const kiosk = await organization.device('BHVKIOSK0001');
    const kiosks = await organization.group();
    await organization.join(kiosks, { deviceId: kiosk.directoryId });
    await save(
      { intent: 'required', licenseType: 'user', groupId: people },
      { intent: 'available', licenseType: 'device', groupId: both },
      { intent: 'required', licenseType: 'device', groupId: kiosks },
    );
    expect((await app()).assignments).toMatchObject([
      { intent: 'required', licenseType: 'user', target: { groupId: people, members: 1 } },
      { intent: 'available', licenseType: 'device', target: { groupId: both } },
      { intent: 'required', licenseType: 'device', target: { groupId: kiosks } },
    ]);
    const { value } = await devices();
    expect(value.map((one) => one.serialNumber).toSorted()).toEqual(
      [...reader.serialNumbers, 'BHVKIOSK0001'].toSorted(),
    );
    const refused = await http.call('PUT', `/api/apps/${appId}/assignments`, {
      assignments: [
        { target: { kind: 'group', groupId: kiosks }, intent: 'pushed', licenseType: 'device' },
      ],
    });
    expect(refused.json.error.field).toContain('intent');
  });
});

describe('100 licenses for 500 devices', () => {
  it('are legal: the first 100 get one, 400 show the license failure, and the page says so [brief 76] [brief 77] [brief 78]', async () => {
    const groupId = await organization.group();
    await sql`with known as (
        insert into directory.device (serial_number, created_at)
        select 'BHVMANY' || lpad(n::text, 5, '0'), '2026-01-01' from generate_series(1, 500) n returning id, serial_number
      ), member as (
        insert into directory.member (group_id, device_id) select ${groupId}, id from known)
      insert into devices.device (directory_device_id, serial_number, management_state, family, os_version, first_seen, last_check_in_at, created_at)
      select id, serial_number, 'managed', 'iPhone', '18.1', substr(serial_number, 8)::int,
        '2026-02-01'::timestamptz + make_interval(mins => substr(serial_number, 8)::int), '2026-01-01' from known`.execute(
      http.context.db,
    );
    await save({ intent: 'required', licenseType: 'device', groupId });
    expect(await app()).toMatchObject({ owned: 100, available: 0, waiting: 400, failed: 400 });
    const pending = await devices('&state=pendingInstall');
    expect(pending.count).toBe(100);
    // Who checked in last got theirs.
    const got = pending.value.map((one) => one.serialNumber).toSorted();
    expect([got[0], got[99]]).toEqual(['BHVMANY00401', 'BHVMANY00500']);
    const failed = await devices('&state=failed');
    expect(failed.count).toBe(400);
    expect(new Set(failed.value.map((one) => one.hexErrorCode))).toEqual(new Set(['0x87D13B7E']));
    const positions = failed.value.map((one) => one.license.position ?? 0);
    expect(positions.toSorted((one, other) => one - other)).toEqual(
      Array.from({ length: 400 }, (_, place) => place + 1),
    );
    expect((await devices()).count).toBe(500);
  });
});
