import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Box, type Client, type Json } from '../support/box.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';

const PLAN = 7_700_000_001;
const PARENT = 7_700_000_000;
const DAY = 86_400;

let box: Box;
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
  box = await Box.start({ trust: receiver.ca });
});
afterAll(async () => {
  await box[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

/** A location with three renewing and two expiring seats, and the associated users a to e. */
async function subscribed(): Promise<Client> {
  const client = await box.location();
  const { uId } = client;
  const names = ['a', 'b', 'c', 'd', 'e'];
  const { people } = await box.control('people', {
    people: names.map((name) => ({ name, appleAccount: `${name}-${uId}@icloud.example` })),
  });
  await box.control('users', {
    uId,
    users: names.map((clientUserId, index) => ({
      clientUserId,
      personId: (people as Json[])[index]?.['personId'],
    })),
  });
  await client.post('/subscriptions/enable', {});
  await client.post('/client/config', {
    notificationUrl: receiver.url,
    notificationAuthToken: 'token',
    notificationTypes: ['SUBSCRIPTION_COUNT', 'SUBSCRIPTION_MANAGEMENT'],
  });
  receiver.received.length = 0;
  await box.control('subscriptions', {
    uId,
    adamId: PLAN,
    parentAdamId: PARENT,
    renewing: 3,
    expiring: 2,
  });
  return client;
}

const plan = async (client: Client): Promise<Json> =>
  ((await client.get('/subscriptions')).body['subscriptions'] as Json[])[0] ?? {};
const assign = (client: Client, clientUserIds: string[], renewing: boolean): Promise<Json> =>
  client.run('/subscriptions/associate', { adamIds: [PLAN], clientUserIds, renewing });

describe('subscriptions', () => {
  it('have to be enabled, and cannot be disabled while there are some', async () => {
    const client = await box.location();
    const order = { uId: client.uId, adamId: PLAN, renewing: 1 };
    expect((await box.tryControl('subscriptions', order)).status).toBe(400);
    const enabled = await client.post('/subscriptions/enable', {});
    expect(enabled.body).toMatchObject({ subscriptionManagement: true, uId: client.uId });
    expect((await client.post('/subscriptions/disable', {})).status).toBe(200);
    await client.post('/subscriptions/enable', {});
    await box.control('subscriptions', order);
    expect((await client.post('/subscriptions/disable', {})).body).toMatchObject({
      errorNumber: 9818,
    });
  });

  it('name Adam IDs by number, and count assigned and available over both kinds of seats', async () => {
    const client = await subscribed();
    expect(receiver.of('SUBSCRIPTION_COUNT')).toMatchObject([
      {
        notification: {
          parentAdamId: PARENT,
          adamId: PLAN,
          counts: { total: { renewing: 3, expiring: 2 }, available: { renewing: 3, expiring: 2 } },
        },
      },
    ]);
    expect(await assign(client, ['a'], true)).toMatchObject({ eventStatus: 'COMPLETE' });
    await assign(client, ['b', 'c', 'd'], false);
    expect(await plan(client)).toEqual({
      parentAdamId: PARENT,
      adamId: PLAN,
      status: 'ACTIVE',
      periodEndDate: '2027-03-31',
      counts: {
        assigned: { renewing: 1, expiring: 3 },
        available: { renewing: 1, expiring: 0 },
        total: { renewing: 3, expiring: 2 },
      },
    });
    expect(receiver.of('SUBSCRIPTION_MANAGEMENT')[0]?.notification).toMatchObject({
      type: 'ASSOCIATE',
      result: 'SUCCESS',
      assignments: [{ adamId: PLAN, clientUserId: 'a', renewing: true }],
    });
  });

  it.each([
    ['more users than seats', { clientUserIds: ['a', 'b', 'c', 'd'], renewing: true }, 9816],
    ['somebody unknown', { clientUserIds: ['x'], renewing: true }, 9814],
    ['an unknown subscription', { adamIds: [1], clientUserIds: ['a'], renewing: true }, 9811],
    ['nobody', { clientUserIds: [], renewing: true }, 9719],
    ['the same user twice', { clientUserIds: ['a', 'a'], renewing: true }, 9704],
    ['text for a number', { adamIds: ['1'], clientUserIds: ['a'], renewing: true }, 9602],
  ])('are refused for %s', async (_name, request, errorNumber) => {
    const client = await subscribed();
    const { body } = await client.post('/subscriptions/associate', {
      adamIds: [PLAN],
      ...request,
    });
    expect(body).toMatchObject({ errorNumber });
  });

  it('are taken back at once, or with the end of the period', async () => {
    const client = await subscribed();
    await assign(client, ['a', 'b', 'c'], true);
    const take = (clientUserIds: string[], deferred?: boolean): Promise<Json> =>
      client.run('/subscriptions/disassociate', { adamIds: [PLAN], clientUserIds, deferred });
    await take(['a']);
    const before = receiver.of('SUBSCRIPTION_MANAGEMENT').length;
    const deferred = await take(['b'], true);
    expect(deferred).toMatchObject({ eventStatus: 'COMPLETE' });
    expect(receiver.of('SUBSCRIPTION_MANAGEMENT')).toHaveLength(before);
    expect(await plan(client)).toMatchObject({
      counts: { assigned: { renewing: 1, expiring: 1 } },
    });
    await box.advance(31 * DAY);
    expect(receiver.of('SUBSCRIPTION_MANAGEMENT').at(-1)?.notification).toMatchObject({
      type: 'DISASSOCIATE',
      eventId: expect.any(String),
      assignments: [{ adamId: PLAN, clientUserId: 'b', renewing: false }],
    });
    expect(await plan(client)).toMatchObject({
      counts: {
        assigned: { renewing: 1, expiring: 0 },
        available: { renewing: 2, expiring: 0 },
        total: { renewing: 3, expiring: 0 },
      },
    });
    const nobody = await client.post('/subscriptions/disassociate', {
      adamIds: [PLAN],
      clientUserIds: ['b'],
    });
    expect(nobody.body).toMatchObject({ errorNumber: 9815 });
  });

  it('can end altogether: a row of zeros stays', async () => {
    const client = await subscribed();
    const { uId } = client;
    await box.control('subscriptions', { uId, adamId: 5, expiring: 2, periodDays: 2 });
    await client.run('/subscriptions/associate', {
      adamIds: [5],
      clientUserIds: ['a'],
      renewing: false,
    });
    await box.advance(3 * DAY);
    const { body } = await client.get('/subscriptions', { adamId: '5' });
    const zero = { renewing: 0, expiring: 0 };
    expect(body['subscriptions']).toMatchObject([
      {
        parentAdamId: null,
        status: 'INACTIVE',
        counts: { assigned: zero, available: zero, total: zero },
      },
    ]);
    expect((await client.get('/subscriptions', { parentAdamId: 'x' })).body).toMatchObject({
      errorNumber: 9813,
    });
  });

  it('are listed with a cursor', async () => {
    const client = await subscribed();
    await assign(client, ['a', 'b', 'c', 'd', 'e'], false);
    await box.control('settings', { pageSize: 2 });
    const seen: unknown[] = [];
    let cursor: string | undefined;
    do {
      const { body } = await client.get('/subscriptions/assignments', cursor ? { cursor } : {});
      seen.push(...(body['assignments'] as Json[]).map(({ clientUserId }) => clientUserId));
      cursor = body['nextCursor'] as string | undefined;
    } while (cursor !== undefined);
    await box.control('settings', { pageSize: 1000 });
    expect(seen).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect((await client.get('/subscriptions', { cursor: 'no' })).body).toMatchObject({
      errorNumber: 9812,
    });
    const some = await client.get('/subscriptions/assignments', { clientUserId: 'b,c' });
    expect(some.body['assignments']).toHaveLength(2);
  });

  it('have administrators, changed at once', async () => {
    const client = await subscribed();
    const request = { adamIds: [PLAN], clientUserIds: ['a'] };
    const { body } = await client.post('/subscriptions/admins/add', request);
    expect(body).toMatchObject({ uId: client.uId, versionId: expect.any(String) });
    const admins = await client.get('/subscriptions/admins', { includeUserState: 'true' });
    expect(admins.body['admins']).toMatchObject([
      { adamId: PLAN, clientUserId: 'a', idHash: expect.any(String), userStatus: 'Associated' },
    ]);
    await client.post('/subscriptions/admins/remove', request);
    expect((await client.post('/subscriptions/admins/remove', request)).body).toMatchObject({
      errorNumber: 9815,
    });
  });
});
