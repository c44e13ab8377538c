import type { Asset, Title } from '@allotment/apps-and-books';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { leaveNote } from '../../src/db/notes.ts';
import { readAllAssets } from '../../src/library/assets.ts';
import { readCatalog } from '../../src/library/catalog.ts';
import { type TestContext, openTestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';

let test: TestContext;
let organization: TestOrganization;
let n = 0;
let uid: string;
let app: { appId: string; assetId: number; adamId: string };

beforeAll(async () => {
  test = await openTestContext();
  organization = new TestOrganization(test.context);
});
afterAll(async () => test[Symbol.asyncDispose]());

/** A title of one license, required on two iPhones; the second waits where the first has it. */
beforeEach(async () => {
  n += 1;
  uid = `changed${n}`;
  app = await organization.app({ uid, ...(await organization.location(uid)) }, 1);
  const group = await organization.group();
  for (const last of ['1', '2']) {
    const { directoryId } = await organization.device(`CHANGE0${n}0${last}`, { osVersion: '17.4' });
    await organization.join(group, { deviceId: directoryId });
  }
  await organization.assign(app.appId, group);
});

/** The store says this of the title. */
async function storeSays(more: Partial<Title>): Promise<void> {
  const title: Title = {
    adamId: app.adamId,
    name: 'Changed',
    artistName: undefined,
    bundleId: `org.example.app${app.adamId}`,
    version: '2',
    externalVersionId: 2,
    minimumOsVersion: undefined,
    deviceFamilies: [],
    genres: [],
    price: undefined,
    isCustomApp: false,
    storeUrl: undefined,
    kind: 'iosSoftware',
    description: undefined,
    iconUrl: undefined,
    ...more,
  };
  const lookup = vi
    .spyOn(test.context.apple.catalog, 'lookup')
    .mockResolvedValue(new Map([[app.adamId, title]]));
  const storefront = {
    locationUid: uid,
    country: 'us',
    platform: undefined,
    sToken: 'token',
  };
  await readCatalog(test.context, storefront, test.context.signal);
  lookup.mockRestore();
}

/** Apple says this of the location's licenses of the title. */
async function appleSays(more: Partial<Asset>): Promise<void> {
  const asset: Asset = {
    adamId: app.adamId,
    pricingParam: 'STDQ',
    productType: 'App',
    unlimited: false,
    totalCount: 1,
    availableCount: 1,
    assignedCount: 0,
    retiredCount: 0,
    deviceAssignable: true,
    revocable: true,
    supportedPlatforms: ['iOS'],
    ...more,
  };
  const client = test.context.apple.location({ sToken: 'token', uId: uid });
  vi.spyOn(client, 'assets').mockImplementation(async (_, onPage) => {
    await onPage({ rows: [asset], pageIndex: 0, totalPages: 1, attempt: 1 });
    return { clean: true, versionId: 'v1', pages: 1, rows: 1, restarts: 0 };
  });
  await readAllAssets(test.context, client, uid, async () => {}, test.context.signal);
}

/** Who wants the license, and who has it. */
async function line(): Promise<string[]> {
  const rows = await organization.line(app.assetId);
  return rows
    .filter((row) => row.wanted)
    .map((row) => `${row.serialNumber.at(-1)}${row.granted ? ' has it' : ''}`);
}

/** One license more is owned. */
async function bought(): Promise<void> {
  await test.context.db
    .updateTable('library.asset')
    .set({ total: 2 })
    .where('id', '=', app.assetId)
    .execute();
  await leaveNote(test.context.db, 'grants', 'stock', String(app.assetId));
  await organization.decide();
}

const notes = async () =>
  test.context.db
    .selectFrom('db.note')
    .select(['kind', 'key'])
    .where('room', '=', 'grants')
    .execute();

describe('a title that can be used on other devices than before [L 28]', () => {
  it('goes to nobody in line whose system its newest version is too new for', async () => {
    await organization.decide();
    expect(await line()).toEqual(['1 has it', '2']);
    await storeSays({ minimumOsVersion: '18.0' });
    await organization.decide();
    await bought();
    expect(await line()).toEqual(['1 has it']);
  });

  it('is wanted by the devices of a family that the store names at last', async () => {
    await storeSays({ deviceFamilies: ['ipad'] });
    await organization.decide();
    expect(await line()).toEqual([]);
    await storeSays({ deviceFamilies: ['ipad', 'iphone'] });
    await organization.decide();
    expect(await line()).toEqual(['1 has it', '2']);
  });

  it('is wanted by devices when Apple licenses it to devices, and no more when Apple does not', async () => {
    await appleSays({ deviceAssignable: false });
    await organization.decide();
    expect(await line()).toEqual([]);
    await appleSays({});
    await organization.decide();
    expect(await line()).toEqual(['1 has it', '2']);
    await appleSays({ deviceAssignable: false });
    await organization.decide();
    expect(await line()).toEqual([]);
  });

  it('is wanted by the devices of a platform that Apple adds', async () => {
    await appleSays({ supportedPlatforms: ['tvOS'] });
    await organization.decide();
    expect(await line()).toEqual([]);
    await appleSays({ supportedPlatforms: ['iOS', 'tvOS'] });
    await organization.decide();
    expect(await line()).toEqual(['1 has it', '2']);
  });

  it('is not decided anew when it is read again as it was', async () => {
    await storeSays({ minimumOsVersion: '17.0', deviceFamilies: ['iphone'] });
    await appleSays({});
    await organization.decide();
    await storeSays({ minimumOsVersion: '17.0', deviceFamilies: ['iphone'], version: '3' });
    await appleSays({ assignedCount: 1, availableCount: 0 });
    expect(await notes()).toEqual([]);
  });
});
