import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { syncDevice } from '../../src/devices/index.ts';
import { actor, type Mdm, openMdm } from '../devices/support/mdm.ts';
import { AssignedApp } from './support/assigned.ts';

const HOUR = 60 * 60_000;

let mdm: Mdm;
beforeAll(async () => {
  mdm = await openMdm();
});
afterAll(async () => mdm[Symbol.asyncDispose]());

const fails = {
  InstallApplication: {
    status: 'Error',
    result: { ErrorChain: [{ ErrorCode: 2064, ErrorDomain: 'ASDErrorDomain' }] },
  },
};

describe('a kiosk', () => {
  it('is not updated, until somebody who has lifted its lock syncs it [L 45]', async () => {
    const app = await AssignedApp.open(mdm);
    await app.session();
    await app.set({ kiosk: true });
    await app.publish();
    for (let day = 0; day < 3; day += 1) {
      expect(await app.tells()).toEqual([]);
      expect(await app.task()).toMatchObject({
        state: 'installed',
        reason: 'updateInKiosk',
        errorCode: 0x87d13b9f | 0,
      });
      mdm.clock.advance(24 * HOUR);
    }
    await syncDevice(mdm.context, app.deviceId, actor);
    const told = await app.session();
    expect(told.map(({ requestType }) => requestType)).toContain('InstallApplication');
    app.version += 1;
    await app.tells();
    expect(await app.task()).toMatchObject({ state: 'installed', reason: null });
  });

  it('that does not install an app says what is to be done, by whether it has any yet [L 55]', async () => {
    const app = await AssignedApp.open(mdm);
    await app.set({ kiosk: true });
    await app.session(fails);
    expect(await app.task()).toMatchObject({
      state: 'failed',
      reason: 'kioskWithoutApps',
      errorCode: 0x87d11394 | 0,
      errorDetail: { errorChain: [{ code: 2064 }] },
    });
    await mdm.context.db
      .insertInto('devices.managedApp')
      .values({
        deviceId: app.deviceId,
        bundleId: 'org.example.kiosk',
        status: 'Managed',
        reportedAt: mdm.clock.now(),
      })
      .execute();
    mdm.clock.advance(HOUR);
    await app.session(fails);
    expect(await app.task()).toMatchObject({
      state: 'failed',
      reason: 'kioskInstall',
      errorCode: 0x87d13b98 | 0,
    });
    mdm.clock.advance(HOUR);
    await app.session();
    expect(await app.task()).toMatchObject({ state: 'installed', reason: null, errorCode: null });
  });

  it('that says itself why it does not install is believed', async () => {
    const app = await AssignedApp.open(mdm);
    await app.set({ kiosk: true });
    await app.session({
      InstallApplication: { status: 'Acknowledged', result: { RejectionReason: 'NotAnApp' } },
    });
    expect(await app.task()).toMatchObject({ state: 'failed', reason: 'notAnApp' });
  });
});
