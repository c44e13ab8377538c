import { inflateSync } from 'node:zlib';

import { describe, expect, it } from 'vitest';

import { Catalog } from '../../src/catalog/catalog.ts';
import { type Json, useBox } from '../support/box.ts';

const KEYNOTE = '361285480';
const CLASSROOM = '924620788';
const CUSTOM = '6900000001';
const DELISTED = '490217893';
const BOOK = '1900000001';
const box = useBox();

async function lookup(
  ids: string[],
  more: Record<string, string> = {},
  token?: string,
): Promise<Record<string, Json>> {
  const query = new URLSearchParams({
    version: '2',
    id: ids.join(','),
    p: 'mdm-lockup',
    caller: 'MDM',
    platform: 'enterprisestore',
    cc: 'us',
    l: 'en',
    ...more,
  });
  const response = await fetch(
    `${box().simulator.url}/WebObjects/MZStorePlatform.woa/wa/lookup?${query.toString()}`,
    { headers: token === undefined ? {} : { cookie: `other=1; itvt=${token}` } },
  );
  const body = (await response.json()) as {
    results: Record<string, Json>;
    isAuthenticated: boolean;
  };
  expect(body.isAuthenticated).toBe(false);
  return body.results;
}

describe('the legacy lookup', () => {
  it('describes apps and books, and leaves unknown ids out', async () => {
    const results = await lookup([KEYNOTE, '1', BOOK, '409183694']);
    expect(Object.keys(results).toSorted()).toEqual([BOOK, KEYNOTE, '409183694'].toSorted());
    expect(results[KEYNOTE]).toMatchObject({
      name: 'Keynote',
      bundleId: 'com.apple.Keynote',
      artistName: 'Apple',
      kind: 'iosSoftware',
      deviceFamilies: expect.arrayContaining(['iphone', 'ipad']),
      minimumOSVersion: '16.0',
      isB2BCustomApp: false,
      isVppDeviceBasedLicensingEnabled: true,
      offers: [
        {
          version: { display: expect.any(String), externalId: expect.any(Number) },
          assets: [{ size: expect.any(Number) }],
          price: 0,
        },
      ],
    });
    expect(results['409183694']).toMatchObject({ kind: 'desktopApp', deviceFamilies: ['mac'] });
    expect(results[BOOK]).toMatchObject({ kind: 'ebook', artistName: 'Jane Austen' });
  });

  it('hides titles that a storefront does not have', async () => {
    expect(await lookup([CLASSROOM], { cc: 'us' })).toHaveProperty(CLASSROOM);
    expect(await lookup([CLASSROOM], { cc: 'CN' })).toEqual({});
    const { token, uId } = await box().location([{ adamId: CLASSROOM }]);
    expect(await lookup([CLASSROOM], { cc: 'cn' }, token)).toEqual({});
    expect((await box().journal('catalog.request')).at(-1)).toMatchObject({
      uId,
      storefront: 'cn',
      ids: [CLASSROOM],
      found: [],
    });
  });

  it('shows custom and delisted titles only with the token of a location that owns them', async () => {
    const client = await box().location([{ adamId: CUSTOM }, { adamId: DELISTED }]);
    const other = await box().location();
    expect(await lookup([CUSTOM, DELISTED])).toEqual({});
    expect(await lookup([CUSTOM, DELISTED], {}, other.token)).toEqual({});
    expect(await lookup([CUSTOM, DELISTED], {}, 'nonsense')).toEqual({});
    const results = await lookup([CUSTOM, DELISTED], {}, client.token);
    expect(results[CUSTOM]).toMatchObject({ isB2BCustomApp: true });
    expect(results).toHaveProperty(DELISTED);
  });

  it('describes artwork in both forms, with pictures behind them', async () => {
    const results = await lookup([KEYNOTE, CLASSROOM, '361304891']);
    const list = results[KEYNOTE]?.['artwork'] as { url: string; width: number }[];
    const template = results['361304891']?.['artwork'] as {
      url: string;
      width: number;
      bgColor: string;
    };
    expect(list.map(({ width }) => width)).toEqual([60, 120, 512]);
    expect(template).toMatchObject({
      width: 1024,
      bgColor: expect.stringMatching(/^[0-9a-f]{6}$/u),
    });
    const filled = template.url
      .replace('{w}', '64')
      .replace('{h}', '64')
      .replace('{c}', 'bb')
      .replace('{f}', 'png');
    const pictures = await Promise.all([list[0]?.url ?? '', filled].map(picture));
    expect(pictures.map(({ width }) => width)).toEqual([60, 64]);
    expect(pictures[0]?.pixels.equals(pictures[1]?.pixels ?? Buffer.alloc(0))).toBe(false);
    expect((await fetch(filled.replace('361304891', '1'))).status).toBe(404);
    expect((await fetch(filled.replace('64x64', '0x0'))).status).toBe(404);
  });

  it('shows a new version after an update', async () => {
    const version = async (): Promise<{ display: string; externalId: number } | undefined> => {
      const results = await lookup([KEYNOTE]);
      const offers = results[KEYNOTE]?.['offers'] as
        | { version: { display: string; externalId: number } }[]
        | undefined;
      return offers?.[0]?.version;
    };
    const before = await version();
    await box().control(`titles/${KEYNOTE}/update`, { version: '99.1' });
    const after = await version();
    expect(after?.display).toBe('99.1');
    expect(after?.externalId).toBeGreaterThan(before?.externalId ?? 0);
  });

  it('can be refused', async () => {
    await box().fault('catalog.refused', { status: 429 }, { times: 1 });
    const url = `${box().simulator.url}/WebObjects/MZStorePlatform.woa/wa/lookup?id=1`;
    expect((await fetch(url)).status).toBe(429);
    expect((await fetch(url)).status).toBe(200);
  });
});

/** Reads a PNG the way its format says. */
async function picture(url: string): Promise<{ width: number; pixels: Buffer }> {
  const file = Buffer.from(await (await fetch(url)).arrayBuffer());
  expect(file.subarray(1, 4).toString()).toBe('PNG');
  const width = file.readUInt32BE(16);
  const dataStart = 8 + 25;
  const length = file.readUInt32BE(dataStart);
  expect(file.subarray(dataStart + 4, dataStart + 8).toString()).toBe('IDAT');
  const pixels = inflateSync(file.subarray(dataStart + 8, dataStart + 8 + length));
  expect(pixels).toHaveLength((width * 4 + 1) * width);
  return { width, pixels };
}

describe('the catalog', () => {
  const titles = new Catalog().all();

  it('has real apps, custom apps and books enough', () => {
    const apps = titles.filter(({ kind }) => kind === 'app');
    expect(apps.filter(({ custom }) => !custom).length).toBeGreaterThanOrEqual(40);
    expect(apps.filter(({ custom }) => custom).length).toBeGreaterThanOrEqual(8);
    expect(titles.filter(({ kind }) => kind === 'book').length).toBeGreaterThanOrEqual(8);
    for (const family of ['iphone', 'ipad', 'mac', 'tvos'] as const) {
      expect(titles.some(({ families }) => families.includes(family))).toBe(true);
    }
  });

  it('finds titles by Adam ID and bundle id, and has the same versions in every run', () => {
    const catalog = new Catalog();
    expect(catalog.titleByBundleId('com.apple.Keynote')).toBe(catalog.title(KEYNOTE));
    expect(new Catalog().all()).toEqual(titles);
    expect(new Set(titles.map(({ externalVersionId }) => externalVersionId)).size).toBe(
      titles.length,
    );
  });

  it('refuses a taken Adam ID or bundle id', () => {
    const catalog = new Catalog();
    expect(() => catalog.add({ adamId: KEYNOTE, name: 'x', bundleId: 'x' })).toThrow(/adamId/u);
    expect(() => catalog.add({ adamId: '2', name: 'x', bundleId: 'com.apple.Keynote' })).toThrow(
      /bundleId/u,
    );
  });
});
