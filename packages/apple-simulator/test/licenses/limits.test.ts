import { describe, expect, it } from 'vitest';

import { type Json, useBox } from '../support/box.ts';

const KEYNOTE = '361285480';
const PAGES = '361309726';
const box = useBox();

describe('GET /service/config', () => {
  it('needs no token and names errors, limits, notification types and URLs', async () => {
    const response = await fetch(`${box().simulator.url}/mdm/v2/service/config`);
    const config = (await response.json()) as Json;
    expect(config['limits']).toMatchObject({
      maxAssets: 25,
      maxSerialNumbers: 1000,
      maxUsers: 100,
    });
    expect(config['errorCodes']).toContainEqual({
      errorNumber: 9709,
      errorMessage: expect.any(String),
    });
    expect(config['notificationTypes']).toContain('ASSET_COUNT');
    expect(config['urls']).toMatchObject({
      associateAssets: `${box().simulator.url}/mdm/v2/assets/associate`,
      invitationEmail: expect.stringContaining('inviteCode=%25inviteCode%25'),
    });
  });

  it('shows limits changed at run time, and can leave one out', async () => {
    await box().control('settings', {
      limits: { maxAssets: 7 },
      hiddenLimits: ['maxRequestPerSecond'],
    });
    const response = await fetch(`${box().simulator.url}/mdm/v2/service/config`);
    const { limits } = (await response.json()) as { limits: Json };
    expect(limits['maxAssets']).toBe(7);
    expect(limits).not.toHaveProperty('maxRequestPerSecond');
  });
});

const users = (count: number): object[] =>
  Array.from({ length: count }, (_, index) => ({ clientUserId: `user-${index}` }));

describe('limits and shapes of requests', () => {
  const refusals: [number, string, object, why: string][] = [
    [9718, '/assets/associate', { serialNumbers: ['A'] }, 'no assets'],
    [9719, '/assets/associate', { assets: [{ adamId: KEYNOTE }] }, 'no targets'],
    [9719, '/assets/revoke', {}, 'nobody to revoke from'],
    [
      9700,
      '/assets/associate',
      { assets: ['1', '2', '3'].map((adamId) => ({ adamId })), serialNumbers: ['A'] },
      'three assets',
    ],
    [
      9702,
      '/assets/associate',
      { assets: [{ adamId: KEYNOTE }], serialNumbers: ['A', 'B', 'C', 'D'] },
      'four devices',
    ],
    [
      9701,
      '/assets/disassociate',
      { assets: [{ adamId: KEYNOTE }], clientUserIds: ['1', '2', '3', '4'] },
      'four users',
    ],
    [9702, '/assets/revoke', { serialNumbers: ['A', 'B'] }, 'two devices to revoke from'],
    [9701, '/assets/revoke', { clientUserIds: ['1', '2'] }, 'two users to revoke from'],
    [
      9703,
      '/assets/associate',
      {
        assets: [{ adamId: KEYNOTE }, { adamId: KEYNOTE, pricingParam: 'STDQ' }],
        serialNumbers: ['A'],
      },
      'an asset twice',
    ],
    [
      9705,
      '/assets/associate',
      { assets: [{ adamId: KEYNOTE }], serialNumbers: ['A', 'A'] },
      'a device twice',
    ],
    [
      9704,
      '/assets/associate',
      { assets: [{ adamId: KEYNOTE }], clientUserIds: ['1', '1'] },
      'a user twice',
    ],
    [
      9609,
      '/assets/associate',
      { assets: [{ adamId: KEYNOTE }], clientUserIds: ['1'] },
      'a user nobody registered',
    ],
    [
      9602,
      '/assets/associate',
      { assets: [{ adamId: 361285480 }], serialNumbers: ['A'] },
      'an Adam ID that is a number',
    ],
    [9720, '/users/create', {}, 'no users'],
    [9714, '/users/create', { users: users(6) }, 'six users'],
    [9715, '/users/update', { users: [...users(1), ...users(1)] }, 'a user twice in an update'],
    [
      9717,
      '/users/create',
      { users: [{ clientUserId: '1', email: 'nonsense' }] },
      'an invalid address',
    ],
  ];

  it.each(refusals)('refuses with %i: %s %j (%s)', async (errorNumber, path, body) => {
    await box().control('settings', {
      limits: {
        maxAssets: 2,
        maxSerialNumbers: 3,
        maxClientUserIds: 3,
        maxRevokeSerialNumbers: 1,
        maxRevokeClientUserIds: 1,
        maxUsers: 5,
      },
    });
    const client = await box().location([{ adamId: KEYNOTE, quantity: 10 }]);
    const answer = await client.post(path, body);
    expect(answer.body).toMatchObject({ errorNumber, errorMessage: expect.any(String) });
    expect(answer.status).toBe(400);
    expect(await client.all('assignments')).toEqual([]);
  });

  it('takes exactly as many as the limits allow', async () => {
    await box().control('settings', { limits: { maxAssets: 2, maxSerialNumbers: 3 } });
    const client = await box().location([
      { adamId: KEYNOTE, quantity: 10 },
      { adamId: PAGES, quantity: 10 },
    ]);
    const status = await client.run('/assets/associate', {
      assets: [{ adamId: KEYNOTE }, { adamId: PAGES }],
      serialNumbers: ['A', 'B', 'C'],
    });
    expect(status).toMatchObject({ eventStatus: 'COMPLETE', numRequested: 6, numCompleted: 6 });
  });

  it('refuses another method, another content type and old endpoints', async () => {
    const client = await box().location();
    const call = async (
      path: string,
      method: string,
      body?: string,
      contentType?: string,
    ): Promise<[number, unknown]> => {
      const headers = new Headers({ authorization: `Bearer ${client.token}` });
      if (contentType !== undefined) headers.set('content-type', contentType);
      const init = body === undefined ? { method, headers } : { method, headers, body };
      const response = await fetch(`${box().simulator.url}/mdm/v2${path}`, init);
      return [response.status, ((await response.json()) as Json)['errorNumber']];
    };
    expect(await call('/assets/associate', 'GET')).toEqual([405, 9726]);
    expect(await call('/assets', 'DELETE')).toEqual([405, 9726]);
    expect(await call('/assets/revoke', 'POST', 'x', 'text/plain')).toEqual([415, 9727]);
    expect(await call('/assets/revoke', 'POST')).toEqual([415, 9727]);
    expect(await call('/assets/revoke', 'POST', '{', 'application/json')).toEqual([400, 9602]);
    expect(await call('/getVPPLicensesSrv', 'GET')).toEqual([410, 9634]);
  });
});
