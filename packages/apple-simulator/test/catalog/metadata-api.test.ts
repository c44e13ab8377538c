import { createPrivateKey, sign } from 'node:crypto';

import { beforeAll, describe, expect, it } from 'vitest';

import { type Json, START, useBox } from '../support/box.ts';

const KEYNOTE = '361285480';
const CLASSROOM = '924620788';
const CUSTOM = '6900000001';
const BOOK = '1900000001';
const box = useBox();

interface Key {
  readonly keyId: string;
  readonly teamId: string;
  readonly privateKey: string;
}

let key: Key;
beforeAll(async () => {
  const made = await box().control('developer-keys', {});
  const text = (name: string): string => String(made[name]);
  key = { keyId: text('keyId'), teamId: text('teamId'), privateKey: text('privateKey') };
});

const seconds = (): number => Math.floor(START.getTime() / 1000);

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function developerToken(claims: object = {}, header: object = {}): string {
  const text = `${part({ alg: 'ES256', kid: key.keyId, ...header })}.${part({
    iss: key.teamId,
    iat: seconds(),
    exp: seconds() + 86_400,
    ...claims,
  })}`;
  const signature = sign('sha256', Buffer.from(text), {
    key: createPrivateKey(key.privateKey),
    dsaEncoding: 'ieee-p1363',
  });
  return `${text}.${signature.toString('base64url')}`;
}

interface MetadataAnswer {
  readonly status: number;
  readonly body: { readonly data?: Json[]; readonly errors?: Json[] };
}

async function get(
  path: string,
  { token, developer = developerToken() }: { token?: string; developer?: string } = {},
): Promise<MetadataAnswer> {
  const response = await fetch(`${box().simulator.url}/v1/${path}`, {
    headers: {
      authorization: `Bearer ${developer}`,
      ...(token !== undefined && { cookie: `itvt=${token}` }),
    },
  });
  return { status: response.status, body: (await response.json()) as MetadataAnswer['body'] };
}

/** The ids that are found. */
const seen = async (path: string, cookie?: { token: string }): Promise<unknown> =>
  (await get(path, cookie)).body.data?.map(({ id }) => id);

describe('the metadata API', () => {
  it('describes titles, with what belongs to a platform nested', async () => {
    const client = await box().location([{ adamId: CUSTOM }]);
    const { token } = client;
    const ids = `${KEYNOTE},${CUSTOM},1`;
    const { body } = await get(`catalog/us/stoken-authenticated-apps?ids=${ids}&platform=iphone`, {
      token,
    });
    expect(body.data).toMatchObject([
      {
        id: KEYNOTE,
        type: 'apps',
        href: `/v1/catalog/us/apps/${KEYNOTE}`,
        attributes: {
          name: 'Keynote',
          artistName: 'Apple',
          isB2BCustomApp: false,
          platformAttributes: {
            ios: {
              bundleId: 'com.apple.Keynote',
              minimumOSVersion: '16.0',
              externalVersionId: expect.any(Number),
              artwork: { url: expect.stringContaining('{w}x{h}{c}.{f}') },
              offers: [{ assets: [{ size: expect.any(Number) }] }],
            },
          },
        },
      },
      { id: CUSTOM, attributes: { isB2BCustomApp: true } },
    ]);
    const visits = await box().journal('catalog.request');
    expect(visits.at(-1)).toMatchObject({
      uId: client.uId,
      storefront: 'us',
      ids: [KEYNOTE, CUSTOM, '1'],
      found: [KEYNOTE, CUSTOM],
    });
  });

  it('puts apps made for the Mac under osx, and a space before some versions', async () => {
    const { body } = await get('catalog/us/apps?ids=409183694,361285480,409203825,409201541');
    const attributes = body.data?.map((title) => title['attributes'] as Json) ?? [];
    const nested = attributes.map((each) => each['platformAttributes'] as Record<string, Json>);
    expect(nested[0]).toHaveProperty('osx');
    const versions = nested.map((each) => {
      const { latestVersionInfo } = Object.values(each)[0] ?? {};
      return String((latestVersionInfo as Json)['versionDisplay']);
    });
    expect(versions.some((version) => version.startsWith(' '))).toBe(true);
    expect(versions.some((version) => !version.startsWith(' '))).toBe(true);
  });

  it('leaves out of a list what it does not find, and answers 404 for one title', async () => {
    expect(await get('catalog/us/apps?ids=1')).toEqual({ status: 200, body: { data: [] } });
    expect(await get('catalog/us/apps/1')).toMatchObject({
      status: 404,
      body: { errors: [{ status: '404', code: '40400' }] },
    });
    expect((await get(`catalog/us/books/${BOOK}`)).body.data).toMatchObject([{ type: 'books' }]);
    expect((await get(`catalog/us/apps/${BOOK}`)).status).toBe(404);
  });

  it('has no title in a country that does not have it, nor a custom one without the token', async () => {
    const { token } = await box().location([{ adamId: CLASSROOM }, { adamId: CUSTOM }]);
    const apps = 'stoken-authenticated-apps?platform=ipad&ids=';
    expect(await seen(`catalog/us/${apps}${CLASSROOM}`, { token })).toEqual([CLASSROOM]);
    expect(await seen(`catalog/cn/${apps}${CLASSROOM}`, { token })).toEqual([]);
    expect(await seen(`catalog/us/apps?ids=${CUSTOM}`)).toEqual([]);
    await box().control(`titles/${KEYNOTE}/store`, { absentIn: ['fr'] });
    expect(await seen(`catalog/fr/apps?ids=${KEYNOTE}`)).toEqual([]);
    await box().control(`titles/${KEYNOTE}/store`, { absentIn: [] });
    expect(await seen(`catalog/fr/apps?ids=${KEYNOTE}`)).toEqual([KEYNOTE]);
  });

  it('mixes kinds among the purchases', async () => {
    const { token } = await box().location();
    const query = new URLSearchParams({ 'ids[apps]': KEYNOTE, 'ids[books]': BOOK });
    const { body } = await get(`catalog/us/stoken-authenticated-purchases?${query.toString()}`, {
      token,
    });
    expect(body.data?.map(({ type }) => type)).toEqual(['apps', 'books']);
  });

  it('needs a content token in a cookie, ids and a platform', async () => {
    const { token } = await box().location();
    const apps = `catalog/us/stoken-authenticated-apps`;
    const refused = { status: 403, body: { errors: [{ code: '40300' }] } };
    expect(await get(`${apps}?ids=1&platform=mac`)).toMatchObject(refused);
    expect(await get(`${apps}?ids=1&platform=mac`, { token: 'x' })).toMatchObject(refused);
    expect(await get(`${apps}?platform=mac`, { token })).toMatchObject(refused);
    expect((await get(`${apps}?ids=1`, { token })).status).toBe(400);
    expect((await get('catalog/us/apps')).status).toBe(400);
  });

  it.each([
    ['an expired token', { exp: seconds() - 1 }, {}],
    ['a token for longer than six months', { exp: seconds() + 16_000_000 }, {}],
    ['a token of another team', { iss: 'STRANGER00' }, {}],
    ['an unknown key', {}, { kid: 'STRANGER00' }],
    ['another algorithm', {}, { alg: 'HS256' }],
  ])('refuses %s', async (_name, claims, header) => {
    const developer = developerToken(claims, header);
    expect((await get('test', { developer })).status).toBe(401);
    expect((await get('test')).status).toBe(200);
  });

  it('refuses a token whose signature does not fit', async () => {
    const [head, , signature] = developerToken().split('.');
    const claims = developerToken({ exp: seconds() + 5000 }).split('.')[1];
    expect((await get('test', { developer: `${head}.${claims}.${signature}` })).status).toBe(401);
    expect((await get('test', { developer: 'nonsense' })).status).toBe(401);
    expect((await get('test', { developer: 'e30.bm9uc2Vuc2U.x' })).status).toBe(401);
  });

  it('knows its storefronts, and can be busy', async () => {
    expect((await get('storefronts/de')).body.data).toMatchObject([
      { id: 'de', attributes: { defaultLanguageTag: 'de-DE' } },
    ]);
    expect((await get('storefronts/xx')).status).toBe(404);
    await box().fault(
      'catalog.refused',
      { status: 429 },
      { times: 1, scope: { path: '/v1/storefronts*' } },
    );
    expect((await get('storefronts')).status).toBe(429);
    expect((await get('storefronts')).body.data?.length).toBeGreaterThan(5);
  });
});
