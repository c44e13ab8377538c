import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorCodeOf, type ReasonCode } from '../../src/delivery/reasons.ts';
import { TestOrganization } from '../support/organization.ts';
import { openTestHttp, type TestHttp } from './support/http.ts';

let http: TestHttp;
let appId: string;

beforeAll(async () => {
  http = await openTestHttp();
  const organization = new TestOrganization(http.context);
  const location = { uid: 'loc-codes', ...(await organization.location('loc-codes')) };
  const app = await organization.app(location, 10);
  ({ appId } = app);
  const { deviceId, directoryId } = await organization.device('TASKCODES01');
  const groupId = await organization.group();
  await organization.join(groupId, { deviceId: directoryId });
  await organization.assign(appId, groupId);
  await organization.decide();
  const demand = await http.context.db
    .updateTable('grants.demand')
    .set({ granted: true, held: true })
    .where('assetId', '=', app.assetId)
    .returning('holderId')
    .executeTakeFirstOrThrow();
  await http.context.db
    .insertInto('delivery.task')
    .values({
      deviceId,
      bundleId: `org.example.app${app.adamId}`,
      assetId: app.assetId,
      holderId: demand.holderId,
      state: 'installed',
      changedAt: http.context.clock.now(),
    })
    .execute();
});
afterAll(async () => http[Symbol.asyncDispose]());

/** What the API shows of the device whose task is in this state for this reason. */
async function shown(state: string, reason: ReasonCode | null): Promise<unknown> {
  const errorCode = reason === null ? null : errorCodeOf(reason);
  await http.context.db.updateTable('delivery.task').set({ state, reason, errorCode }).execute();
  const { json } = await http.call('GET', `/api/apps/${appId}/devices`);
  return json.value[0];
}

describe('the number of a device’s task', () => {
  it.each<[ReasonCode, string, string]>([
    ['updating', 'vppAppHasUpdateAvailable', '0x87D13B9F'],
    ['waitingForUpdate', 'vppAppHasUpdateAvailable', '0x87D13B9F'],
    ['updateOff', 'vppAppHasUpdateAvailable', '0x87D13B9F'],
    ['updatePrevented', 'vppAppHasUpdateAvailable', '0x87D13B9F'],
    ['updateUnassigned', 'vppAppHasUpdateAvailable', '0x87D13B9F'],
    ['updateNeedsSystem', 'vppAppHasUpdateAvailable', '0x87D13B9F'],
    ['updateInKiosk', 'vppAppHasUpdateAvailable', '0x87D13B9F'],
    ['updateWaits', 'vppAppHasUpdateAvailable', '0x87D13B9F'],
    ['updateFailed', 'iosAppStoreUpdateFailedToInstall', '0x87D13B9F'],
    ['updateRejected', 'userRejectedUpdate', '0x87D13B63'],
    ['signInNeeded', 'userIsNotLoggedIntoAppStore', '0x87D13B99'],
  ])('is shown with an installed app: %s', async (reason, installStateDetail, hexErrorCode) => {
    expect(await shown('installed', reason)).toMatchObject({
      installState: 'installed',
      installStateDetail,
      hexErrorCode,
    });
  });

  it('is none with an installed app of which nothing is said', async () => {
    expect(await shown('installed', null)).toMatchObject({ errorCode: 0, hexErrorCode: null });
  });

  it.each<[ReasonCode, string, string]>([
    ['removalFailed', '0x87D1041D', 'device'],
    ['removalGivenUp', '0x87D1041D', 'administrator'],
    ['removalNotNow', '0x87D15614', 'device'],
    ['lostMode', '0x87D13B97', 'administrator'],
  ])('says that a removal failed: %s', async (reason, hexErrorCode, who) => {
    const failed = {
      installState: 'uninstallFailed',
      installStateDetail: 'seeUninstallErrorCode',
      hexErrorCode,
      reason: { who },
    };
    expect(await shown('removing', reason)).toMatchObject(failed);
    const found = await http.call('GET', `/api/apps/${appId}/devices?state=uninstallFailed`);
    expect(found.json).toMatchObject({ count: 1, value: [failed] });
    const { json } = await http.call('GET', `/api/apps/${appId}`);
    expect(json).toMatchObject({ removalFailed: 1, installed: 0 });
  });

  it('is none while the device is told to remove the app', async () => {
    expect(await shown('removing', 'waitingForRemoval')).toMatchObject({
      installState: 'installed',
      hexErrorCode: null,
    });
  });
});
