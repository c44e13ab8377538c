import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Mdm, openMdm } from '../devices/support/mdm.ts';
import { FleetStage } from '../support/fleet-stage.ts';
import { notability } from '../support/stage.ts';
import { AssignedApp } from './support/assigned.ts';

const MINUTE = 60_000;

const missingBy = (ErrorCode: number) => ({
  InstallApplication: {
    status: 'Error',
    result: { ErrorChain: [{ ErrorCode, ErrorDomain: 'ASDServerErrorDomain' }] },
  },
});

describe('a license that the device does not find', () => {
  it('is read again at Apple, assigned again where it is gone, and the app is installed by it', async () => {
    await using stage = await FleetStage.open();
    const serialNumber = await stage.device();
    await stage.control(serialNumber, 'offline');
    await stage.want(notability, [serialNumber]);
    await stage.held(notability, 1);
    await stage.harness.apple.post('/_control/assignments', {
      uId: stage.uId,
      operation: 'disassociate',
      notify: false,
      assignments: [{ adamId: notability, serialNumbers: [serialNumber] }],
    });
    const begun = stage.harness.clock.now().getTime();
    await stage.control(serialNumber, 'online');
    await stage.stands(serialNumber, notability, 'installed');
    expect(await stage.asset(notability)).toMatchObject({ assigned: 1 });
    expect(stage.harness.clock.now().getTime() - begun).toBeLessThan(60 * MINUTE);
  });

  describe('by many devices, or again and again', () => {
    let mdm: Mdm;
    let app: AssignedApp;
    beforeAll(async () => {
      mdm = await openMdm();
      app = await AssignedApp.open(mdm);
    });
    afterAll(async () => mdm[Symbol.asyncDispose]());

    const missing = missingBy(9610);
    /** Whether Apple is to be asked since this was asked last. */
    const asked = async (): Promise<boolean> => {
      const { numDeletedRows } = await mdm.context.db
        .deleteFrom('db.note')
        .where('room', '=', 'library')
        .where('kind', '=', 'assignments')
        .where('key', '=', String(app.assetId))
        .executeTakeFirst();
      return numDeletedRows > 0n;
    };

    it('is asked about once in a quarter of an hour', async () => {
      await app.session(missing);
      expect(await asked()).toBe(true);
      for (let minutes = 1; minutes <= 4; minutes *= 2) {
        mdm.clock.advance(minutes * MINUTE);
        expect(await app.session(missing)).toHaveLength(1);
        expect(await asked()).toBe(false);
      }
      mdm.clock.advance(8 * MINUTE);
      expect(await app.session(missingBy(12047))).toHaveLength(1);
      expect(await asked()).toBe(true);
      mdm.clock.advance(16 * MINUTE);
      await app.session();
      expect(await app.task()).toMatchObject({ state: 'installed' });
      expect(await asked()).toBe(false);
    });
  });
});
