import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appSummaries, deviceStatuses, locationOverview } from '../../src/status/index.ts';
import { type TestContext, openTestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';

let test: TestContext;
let organization: TestOrganization;

beforeAll(async () => {
  test = await openTestContext();
  organization = new TestOrganization(test.context);
});
afterAll(async () => test[Symbol.asyncDispose]());

describe('a title in two locations, of which one serves', () => {
  it('reads covered in the other, which counts neither as waiting nor as failed (behaviors 49, 77)', async () => {
    const { db } = test.context;
    const first = { uid: 'serves', ...(await organization.location('serves')) };
    const second = { uid: 'covered', ...(await organization.location('covered')) };
    const serving = await organization.app(first, 5);
    const covered = await organization.app(second, 5, { adamId: serving.adamId });
    const groupId = await organization.group();
    const devices = await Promise.all(
      ['COVER00001', 'COVER00002'].map(async (serial) => organization.device(serial)),
    );
    for (const { directoryId } of devices)
      await organization.join(groupId, { deviceId: directoryId });
    await organization.assign(serving.appId, groupId);
    await organization.decide();
    await organization.assign(covered.appId, groupId);
    await organization.decide();
    await sql`update grants.demand set held = true where granted`.execute(db);

    const ids = [serving.appId, covered.appId];
    const { value: apps } = await appSummaries(db, { ids });
    expect(apps.find((app) => app.id === serving.appId)).toMatchObject({ held: 2, pending: 2 });
    expect(apps.find((app) => app.id === covered.appId)).toMatchObject({
      held: 0,
      waiting: 0,
      failed: 0,
      pending: 0,
    });
    const locations = await locationOverview(db);
    expect(locations.find(({ uid }) => uid === 'covered')).toMatchObject({ waitingLicenses: 0 });

    const { value: failed } = await deviceStatuses(db, {
      appId: covered.appId,
      installState: 'failed',
    });
    expect(failed).toEqual([]);
    const { value: shown } = await deviceStatuses(db, { appId: covered.appId });
    expect(shown).toHaveLength(2);
    for (const one of shown)
      expect(one).toMatchObject({
        license: { state: 'covered', position: null },
        installState: 'notInstalled',
        errorCode: 0,
        reason: { cause: expect.stringContaining('serves already') },
      });
  });
});
