import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explainPair } from '../../src/grants/index.ts';
import { type Mdm, openMdm } from '../devices/support/mdm.ts';
import { AssignedApp } from './support/assigned.ts';

let mdm: Mdm;
beforeAll(async () => {
  mdm = await openMdm();
});
afterAll(async () => mdm[Symbol.asyncDispose]());

/** An app for iPhone and iPad, assigned to the group of a Mac. */
async function forMac(
  settings: object,
  title: { readonly families?: string[]; readonly platforms?: string[] },
): Promise<AssignedApp> {
  const app = await AssignedApp.open(mdm);
  const { db } = mdm.context;
  await db
    .updateTable('library.title')
    .set({ deviceFamilies: title.families ?? ['iphone', 'ipad', 'mac'] })
    .where('bundleId', '=', app.bundleId)
    .execute();
  await db
    .updateTable('library.asset')
    .set({ supportedPlatforms: title.platforms ?? ['iOS'] })
    .where('id', '=', app.assetId)
    .execute();
  await app.set({ family: 'Mac', osVersion: '15.1' });
  await app.save({ settings: { ...settings } });
  return app;
}

/** The installs that the Mac is told once it has told what it is. */
async function toldTo(app: AssignedApp, silicon: boolean) {
  const answers = {
    DeviceInformation: {
      status: 'Acknowledged',
      result: { QueryResponses: { SupportsiOSAppInstalls: silicon } },
    },
  };
  await app.tells(answers);
  await app.settle();
  const told = [...(await app.session(answers)), ...(await app.session(answers))];
  return told.filter(({ requestType }) => requestType === 'InstallApplication');
}

describe('an app for iPhone and iPad on a Mac', () => {
  it('is installed where the Mac has Apple silicon and its assignment means Macs [L 53]', async () => {
    const app = await forMac({ onMacs: true }, {});
    const told = await toldTo(app, true);
    expect(told.map(({ command }) => command)).toMatchObject([
      { RequestType: 'InstallApplication', iOSApp: true, InstallAsManaged: true },
    ]);
    expect(await app.task()).toMatchObject({ state: 'installed' });
  });

  it.each([
    ['its assignment does not mean Macs', {}, { silicon: true }],
    ['the Mac has an Intel processor', { onMacs: true }, { silicon: false }],
    [
      'the catalog does not name the Mac',
      { onMacs: true },
      { silicon: true, families: ['iphone', 'ipad'] },
    ],
    [
      'the title has a version for the Mac',
      { onMacs: true },
      { silicon: true, platforms: ['iOS', 'macOS'] },
    ],
  ])('is not where %s, and takes no license', async (_why, settings, mac) => {
    const { silicon, ...title } = mac;
    const app = await forMac(settings, title);
    expect(await toldTo(app, silicon)).toEqual([]);
    expect(
      await explainPair(mdm.context, {
        assetId: app.assetId,
        deviceId: app.deviceId,
        personId: null,
      }),
    ).toMatchObject({ verdict: 'notApplicable', notApplicable: 'platform' });
    expect(await app.organization.line(app.assetId)).toSatisfy(
      (line: { wanted: boolean }[]) => !line.some(({ wanted }) => wanted),
    );
  });

  it('is nothing that an app for the Mac can be set to', async () => {
    const app = await AssignedApp.open(mdm);
    await mdm.context.db
      .updateTable('library.app')
      .set({ platform: 'macos' })
      .where('id', '=', app.appId)
      .execute();
    await expect(app.save({ settings: { onMacs: true } })).rejects.toMatchObject({
      code: 'badSetting',
      field: 'settings/onMacs',
    });
  });
});
