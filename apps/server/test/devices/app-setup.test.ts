import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setUpApps } from '../../src/devices/index.ts';
import { type Mdm, openMdm } from './support/mdm.ts';
import { commandRow, enrolled } from './support/queue.ts';

let mdm: Mdm;
beforeAll(async () => {
  mdm = await openMdm();
});
afterAll(async () => mdm[Symbol.asyncDispose]());

const setUp = async (...apps: Parameters<typeof setUpApps>[1]): Promise<void> =>
  mdm.context.db
    .transaction()
    .execute(async (trx) => setUpApps(trx, apps, mdm.context.clock.now()));

describe('an installed app whose settings change', () => {
  it('is told the newest of them once, without being installed again, and each result is kept', async () => {
    const { device, deviceId } = await enrolled(mdm, 'C02SETUP001');
    const app = { deviceId, bundleId: 'org.example.app' };
    await setUp({ ...app, configuration: { site: 'A' } });
    await setUp(
      { ...app, configuration: { site: 'B' }, attributes: { Removable: false } },
      { deviceId, bundleId: 'org.example.other' },
    );
    const failed = { Item: 'ApplicationConfiguration', Identifier: 'org.example.app' };
    const told = await device.session(() => ({
      status: 'Acknowledged',
      result: { Settings: [{ ...failed, Status: 'Error' }] },
    }));
    expect(told.map((one) => one.command)).toEqual([
      {
        RequestType: 'Settings',
        Settings: [
          { ...failed, Configuration: { site: 'B' } },
          {
            Item: 'ApplicationAttributes',
            Identifier: 'org.example.app',
            Attributes: { Removable: false },
          },
        ],
      },
      {
        RequestType: 'Settings',
        Settings: [
          { Item: 'ApplicationConfiguration', Identifier: 'org.example.other' },
          { Item: 'ApplicationAttributes', Identifier: 'org.example.other' },
        ],
      },
    ]);
    expect(await commandRow(mdm, told[0]?.id ?? '')).toMatchObject({
      state: 'acknowledged',
      result: { settings: [{ bundleId: 'org.example.app', status: 'Error' }] },
    });
  });

  it('has no attributes on a Mac, and wakes its device', async () => {
    const { device, deviceId } = await enrolled(mdm, 'C02SETUP002');
    await mdm.context.db.updateTable('devices.device').set({ family: 'Mac' }).execute();
    await setUp({ deviceId, bundleId: 'org.example.app', configuration: { site: 'A' } });
    const pushes = await mdm.context.db
      .selectFrom('devices.push as push')
      .innerJoin('devices.enrollment as enrollment', 'enrollment.id', 'push.enrollmentId')
      .select('enrollment.deviceId')
      .execute();
    expect(pushes).toContainEqual({ deviceId });
    const told = await device.session(() => ({ status: 'Acknowledged' }));
    expect(told.map((one) => one.command['Settings'])).toEqual([
      [
        {
          Item: 'ApplicationConfiguration',
          Identifier: 'org.example.app',
          Configuration: { site: 'A' },
        },
      ],
    ]);
  });
});
