import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { deviceStatuses, personLicenses } from '../../src/status/index.ts';
import { type TestContext, openTestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';

const uid = 'held-up';
let test: TestContext;
let byDevice: { readonly appId: string; readonly assetId: number };
let byPerson: { readonly appId: string; readonly assetId: number };
let personId: string;

beforeAll(async () => {
  test = await openTestContext();
  const organization = new TestOrganization(test.context);
  const location = { uid, ...(await organization.location(uid)) };
  byDevice = await organization.app(location, 5);
  byPerson = await organization.app(location, 5);
  personId = await organization.person('ann');
  const { directoryId } = await organization.device('HELDUP0001', { personId });
  const groupId = await organization.group();
  await organization.join(groupId, { deviceId: directoryId });
  await organization.join(groupId, { personId });
  await organization.assign(byDevice.appId, groupId);
  await organization.assignAs(byPerson.appId, { groupId, licenseType: 'user' });
  await organization.decide();
});
afterAll(async () => test[Symbol.asyncDispose]());

beforeEach(async () => {
  const { db } = test.context;
  await sql`update library.location set owner_state = 'ours', paused_at = null`.execute(db);
  await sql`update library.token set state = 'valid'`.execute(db);
});

const words = (reason?: { readonly who: string; readonly cause: string } | null): string =>
  `${reason?.who}: ${reason?.cause}`;

/** What the list of a device and the list of a person say of their license: who can mend it, and why it waits. */
async function said(): Promise<{ readonly device: string; readonly person: string }> {
  const { db } = test.context;
  const devices = await deviceStatuses(db, { appId: byDevice.appId });
  const people = await personLicenses(db, personId);
  return {
    device: words(devices.value[0]?.reason),
    person: words(people.find(({ appId }) => appId === byPerson.appId)?.reason),
  };
}
const both = (text: string): object => {
  const matching = expect.stringContaining(text) as string;
  return { device: matching, person: matching };
};

describe('a license that Apple is to be told of', () => {
  it('waits for what keeps Allotment from asking Apple, and no few seconds', async () => {
    const { db } = test.context;
    expect(await said()).toEqual(both('Allotment: The license is about to be assigned'));
    await sql`update library.token set state = 'expired'`.execute(db);
    expect(await said()).toEqual(both('administrator: The content token of the location has exp'));
    await sql`update library.token set state = 'invalid'`.execute(db);
    expect(await said()).toEqual(both('administrator: Apple takes the content token'));
    await sql`update library.location set owner_state = 'other'`.execute(db);
    expect(await said()).toEqual(both('administrator: Another service manages the location'));
    await sql`update library.location set owner_state = 'unknown'`.execute(db);
    await sql`update library.token set state = 'unknown'`.execute(db);
    expect(await said()).toEqual(both('Allotment: Whether the content token'));
  });

  it('waits for the user whom Apple does not create, where it is a person’s', async () => {
    const { db } = test.context;
    await sql`insert into associations.apple_user (location_uid, holder_id, person_id, due, state, error_number, error_message)
      select ${uid}, id, person_id, true, 'absent', 9717, 'no such address' from library.holder where person_id = ${personId}`.execute(
      db,
    );
    expect(await said()).toEqual({
      device: expect.stringContaining('about to be assigned'),
      person: expect.stringMatching(
        /^administrator: Apple does not create the person.*9717: no such address/,
      ),
    });
  });

  it('that another person has by the same Apple Account needs an account of one’s own', async () => {
    const { db } = test.context;
    await sql`update grants.demand set granted = false, failure = 9616, failure_message = 'taken'
      where asset_id = ${byPerson.assetId}`.execute(db);
    await sql`delete from grants.open_change where asset_id = ${byPerson.assetId}`.execute(db);
    const [license] = (await personLicenses(db, personId)).filter(
      ({ appId }) => appId === byPerson.appId,
    );
    expect(license).toMatchObject({
      license: { state: 'failed' },
      reason: {
        cause: expect.stringContaining('same Apple Account has the title already (9616: taken)'),
        who: 'person',
        next: expect.stringContaining('of one’s own'),
      },
    });
  });

  it('on its way back waits for the token, the location, the release, or what Apple refused', async () => {
    const { db } = test.context;
    await sql`delete from grants.open_change`.execute(db);
    await sql`update grants.demand set wanted = false, granted = true, held = true, failure = null, failure_message = null`.execute(
      db,
    );
    expect(await said()).toEqual(both('Allotment: The license is about to be taken back'));
    await sql`insert into grants.brake (location_uid, pulled_at, waiting, allowed)
      values (${uid}, ${test.clock.now()}, 30, 20)`.execute(db);
    expect(await said()).toEqual(both('administrator: So many licenses'));
    await sql`update library.location set paused_at = ${test.clock.now()}`.execute(db);
    expect(await said()).toEqual(both('administrator: The location is paused'));
    await sql`update library.token set state = 'expired'`.execute(db);
    expect(await said()).toEqual(both('administrator: The content token'));

    await sql`update library.location set paused_at = null`.execute(db);
    await sql`update library.token set state = 'valid'`.execute(db);
    await sql`insert into grants.open_change (asset_id, holder_id, op, not_before, created_at)
      select asset_id, holder_id, 'disassociate', ${test.clock.now()}, ${test.clock.now()} from grants.demand`.execute(
      db,
    );
    await sql`update grants.demand set failure = 9707, failure_message = 'no'`.execute(db);
    expect(await said()).toEqual(
      both('administrator: Apple refused to take the license back (9707: no)'),
    );
    await sql`update grants.open_change set request_id = 1`.execute(db);
    expect(await said()).toEqual(both('Apple: The license is on its way back'));
  });
});
