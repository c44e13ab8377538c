import type { PlistDictionary } from '@allotment/device-management';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askDueAppLists, askDueInventories } from '../../src/devices/inventory.ts';
import { type Mdm, openMdm } from './support/mdm.ts';
import { TestDevice } from './support/test-device.ts';

const DAY = 24 * 60 * 60 * 1000;

let mdm: Mdm;
let device: TestDevice;
beforeAll(async () => {
  mdm = await openMdm();
  device = new TestDevice(mdm, 'C02INVENT01');
  await device.enroll();
});
afterAll(async () => mdm[Symbol.asyncDispose]());

const answers = (results: Readonly<Record<string, PlistDictionary>>) =>
  device.session(({ requestType }) => ({
    status: 'Acknowledged',
    result: results[requestType] ?? {},
  }));

const row = () =>
  mdm.context.db
    .selectFrom('devices.device')
    .selectAll()
    .where('serialNumber', '=', device.serialNumber)
    .executeTakeFirstOrThrow();

describe('what devices tell', () => {
  it('is kept: what they are, what they run, what is managed', async () => {
    await answers({
      DeviceInformation: {
        QueryResponses: {
          DeviceName: 'Sam’s iPad',
          ProductName: 'iPad13,18',
          ModelName: 'iPad',
          OSVersion: '18.2',
          IsSupervised: true,
          iTunesStoreAccountIsActive: true,
          iTunesStoreAccountHash: 'hash=',
        },
      },
      ManagedApplicationList: {
        ManagedApplicationList: {
          'org.example.one': { Status: 'Managed', ExternalVersionIdentifier: 860000001 },
          'org.example.two': { Status: 'UserRejected' },
        },
      },
      InstalledApplicationList: {
        InstalledApplicationList: [
          { Identifier: 'org.example.one', Name: 'One', ShortVersion: '1.2', DeviceBasedVPP: true },
          { Identifier: 'org.example.one', Name: 'One, twice' },
        ],
      },
    });
    const told = await row();
    expect(told).toMatchObject({
      name: 'Sam’s iPad',
      family: 'iPad',
      osVersion: '18.2',
      supervised: true,
      storeAccountActive: true,
      storeAccountHash: 'hash=',
    });
    const managed = await mdm.context.db
      .selectFrom('devices.managedApp')
      .select(['bundleId', 'status', 'externalVersionId'])
      .where('deviceId', '=', told.id)
      .orderBy('bundleId')
      .execute();
    expect(managed).toEqual([
      { bundleId: 'org.example.one', status: 'Managed', externalVersionId: 860000001 },
      { bundleId: 'org.example.two', status: 'UserRejected', externalVersionId: null },
    ]);
    const installed = await mdm.context.db
      .selectFrom('devices.installedApp')
      .select(['bundleId', 'name'])
      .where('deviceId', '=', told.id)
      .execute();
    expect(installed).toEqual([{ bundleId: 'org.example.one', name: 'One, twice' }]);
  });

  it('tells grants when the system changed, which decides what can be installed', async () => {
    const notes = await mdm.context.db
      .selectFrom('db.note')
      .select(['room', 'kind'])
      .where('key', '=', (await row()).id)
      .where('room', '=', 'grants')
      .execute();
    expect(notes).toHaveLength(2);
  });

  it('is asked every quarter of an hour in the first hour, then once a day [L 48]', async () => {
    const rounds: number[] = [];
    for (let minute = 0; minute < 120; minute += 15) {
      mdm.clock.advance(15 * 60_000 + 1_000);
      await askDueInventories(mdm.context);
      const told = await answers({});
      if (told.length > 0) rounds.push(minute + 15);
    }
    expect(rounds).toEqual([15, 30, 45, 60]);
    const due = +((await row()).inventoryDueAt ?? 0) - +mdm.context.clock.now();
    expect(due).toBeGreaterThan(22 * 60 * 60_000);
  });

  it('is asked once a day, keeping what an answer leaves out and dropping apps that are gone', async () => {
    mdm.clock.advance(DAY);
    await askDueInventories(mdm.context);
    await askDueInventories(mdm.context);
    const told = await answers({
      DeviceInformation: { QueryResponses: { OSVersion: '18.3' } },
      ManagedApplicationList: { ManagedApplicationList: {} },
      InstalledApplicationList: { InstalledApplicationList: [] },
    });
    expect(told).toHaveLength(3);
    const now = await row();
    expect(now).toMatchObject({ name: 'Sam’s iPad', osVersion: '18.3', supervised: true });
    for (const table of ['devices.managedApp', 'devices.installedApp'] as const) {
      const left = await mdm.context.db
        .selectFrom(table)
        .select('bundleId')
        .where('deviceId', '=', now.id)
        .execute();
      expect(left).toEqual([]);
    }
  });

  it('is asked for its managed apps every eight hours besides, where it has any', async () => {
    const managed = {
      ManagedApplicationList: {
        ManagedApplicationList: { 'org.example.one': { Status: 'Managed' } },
      },
    };
    mdm.clock.advance(DAY);
    const rounds: (readonly string[])[] = [];
    for (let hours = 0; hours < 48; hours += 4) {
      await askDueInventories(mdm.context);
      await askDueAppLists(mdm.context);
      await askDueAppLists(mdm.context);
      const told = await answers(hours < 24 ? managed : {});
      rounds.push(told.map(({ requestType }) => requestType));
      mdm.clock.advance(DAY / 6 + 1_000);
    }
    const [all, list, none] = [
      expect.arrayContaining(['DeviceInformation']),
      ['ManagedApplicationList'],
      [],
    ];
    expect(rounds.slice(0, 7)).toEqual([all, none, list, none, list, none, all]);
    expect(rounds.slice(7)).toEqual([none, none, none, none, none]);
  });

  it('survives nonsense and a list of thousands of apps', async () => {
    mdm.clock.advance(DAY);
    await askDueInventories(mdm.context);
    await answers({
      DeviceInformation: { QueryResponses: 'nonsense' },
      ManagedApplicationList: { ManagedApplicationList: ['nonsense'] },
      InstalledApplicationList: {
        InstalledApplicationList: Array.from({ length: 5000 }, (_, index) => ({
          Identifier: `app.${index}`,
        })),
      },
    });
    const apps = await mdm.context.db
      .selectFrom('devices.installedApp')
      .select((one) => one.fn.countAll<number>().as('count'))
      .executeTakeFirst();
    expect(apps?.count).toBe(5000);
  });
});
