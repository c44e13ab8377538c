import { afterAll, beforeAll, expect, it } from 'vitest';
import { leaveNote } from '../../src/db/notes.ts';
import { type TestContext, openTestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';

let test: TestContext;
let organization: TestOrganization;

beforeAll(async () => {
  test = await openTestContext();
  organization = new TestOrganization(test.context);
});
afterAll(async () => test[Symbol.asyncDispose]());

it.each([{ licensesAhead: false }, { licensesAhead: true }])(
  '[L 38] an app whose group was deleted stays what it was on the device: %j',
  async ({ licensesAhead }) => {
    const { db } = test.context;
    const uid = `deleted group ${licensesAhead}`;
    const location = { uid, ...(await organization.location(uid)) };
    const { appId, assetId } = await organization.app(location, 5);
    const groupId = await organization.group();
    const device = await organization.device(`SUSPENDED${licensesAhead ? 1 : 2}`);
    await organization.join(groupId, { deviceId: device.directoryId });
    await organization.assignAs(appId, {
      groupId,
      intent: licensesAhead ? 'available' : 'required',
      settings: JSON.stringify({ licensesAhead }),
    });
    await organization.decide();
    await db.updateTable('grants.demand').set({ held: true }).execute();
    await db
      .updateTable('directory.group')
      .set({ deletedAt: test.context.clock.now() })
      .where('id', '=', groupId)
      .execute();
    await leaveNote(db, 'grants', 'group', groupId);
    await organization.decide();
    const rows = await db
      .selectFrom('grants.demand')
      .select(['wanted', 'granted', 'ahead'])
      .where('assetId', '=', assetId)
      .execute();
    expect(rows).toEqual([{ wanted: true, granted: true, ahead: licensesAhead }]);
  },
);
