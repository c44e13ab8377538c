import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Box, type Client, type Json } from '../support/box.ts';
import { type Received, type Receiver, startReceiver } from '../support/receiver.ts';

const KEYNOTE = '361285480';
const keynote = { adamId: KEYNOTE, pricingParam: 'STDQ' };

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

/** A location with 200 licenses of Keynote whose server has subscribed; what came before is forgotten. */
async function subscribed(): Promise<Client> {
  const client = await box.location([{ adamId: KEYNOTE, quantity: 200 }]);
  await client.post('/client/config', {
    notificationUrl: receiver.url,
    notificationAuthToken: `token of ${client.uId}`,
    notificationTypes: [
      'ASSET_COUNT',
      'ASSET_MANAGEMENT',
      'USER_MANAGEMENT',
      'USER_ASSOCIATED',
      'UNLIMITED_ASSET',
    ],
  });
  receiver.received.length = 0;
  return client;
}

const devices = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `SERIAL${index}`);
const associate = (client: Client, count: number) =>
  client.run('/assets/associate', { assets: [keynote], serialNumbers: devices(count) });
const elements = ({ notification }: Received): unknown[] =>
  notification['assignments'] as unknown[];

describe('notifications', () => {
  it('hold at most 100 elements and tell success and failure apart, under one eventId', async () => {
    const client = await subscribed();
    const { body } = await client.post('/assets/associate', {
      assets: [keynote],
      serialNumbers: devices(850),
    });
    await box.advance(15);
    const received = receiver.of('ASSET_MANAGEMENT');
    expect(Math.max(...received.map((each) => elements(each).length))).toBe(100);
    const sum = (result: string): number =>
      received
        .filter(({ notification }) => notification['result'] === result)
        .reduce((total, each) => total + elements(each).length, 0);
    expect([sum('SUCCESS'), sum('FAILURE')]).toEqual([200, 650]);
    expect(new Set(received.map(({ notificationId }) => notificationId)).size).toBe(
      received.length,
    );
    for (const { notification, uId, authorization } of received) {
      expect(notification).toMatchObject({ eventId: body['eventId'], type: 'ASSOCIATE' });
      expect([uId, authorization]).toEqual([client.uId, `Bearer token of ${client.uId}`]);
      const number = notification['result'] === 'FAILURE' ? 9709 : undefined;
      expect((notification['error'] as Json | undefined)?.['errorNumber']).toBe(number);
    }
  });

  it('tell of purchases, refunds and unlimited titles', async () => {
    const client = await subscribed();
    const { uId } = client;
    await box.control('purchases', {
      uId,
      purchases: [{ ...keynote, quantity: 5 }, { adamId: '586447913' }],
    });
    await box.control('refunds', { uId, ...keynote, quantity: 2 });
    expect(
      receiver.received.map(({ notificationType, notification }) => [
        notificationType,
        notification,
      ]),
    ).toEqual([
      ['ASSET_COUNT', { ...keynote, countDelta: 5 }],
      ['UNLIMITED_ASSET', { adamId: '586447913', pricingParam: 'STDQ' }],
      ['ASSET_COUNT', { ...keynote, countDelta: -2 }],
    ]);
  });

  it('come only for subscribed types', async () => {
    const client = await subscribed();
    await client.post('/client/config', { notificationTypes: ['ASSET_COUNT'] });
    await associate(client, 1);
    expect(receiver.received).toEqual([]);
  });

  it('are tried three times over one to five minutes', async () => {
    const client = await subscribed();
    receiver.answers.push(500, 302, 404, 200);
    await associate(client, 1);
    expect(receiver.received).toHaveLength(1);
    await box.advance(300);
    expect(receiver.received).toHaveLength(3);
    expect(new Set(receiver.received.map(({ notificationId }) => notificationId)).size).toBe(1);
    await box.advance(3600);
    expect(receiver.received).toHaveLength(3);
    receiver.answers.length = 0;
    const attempts = (await box.journal('notification.attempt')).filter(
      ({ uId, notificationType }) => uId === client.uId && notificationType === 'ASSET_MANAGEMENT',
    );
    expect(attempts.map(({ attempt, status, delivered }) => [attempt, status, delivered])).toEqual([
      [1, 500, false],
      [2, 302, false],
      [3, 404, false],
    ]);
  });

  it('stop after a 2xx', async () => {
    const client = await subscribed();
    receiver.answers.push(503, 204);
    await associate(client, 1);
    await box.advance(600);
    expect(receiver.received).toHaveLength(2);
  });

  it('can be lost', async () => {
    const client = await subscribed();
    await box.fault('notification.lost', {}, { times: 1, scope: { location: client.uId } });
    expect(await associate(client, 2)).toMatchObject({ eventStatus: 'COMPLETE' });
    expect(receiver.received).toHaveLength(1);
    expect(await box.journal('notification.lost')).toHaveLength(1);
  });

  it('can come late', async () => {
    const client = await subscribed();
    await box.fault('notification.delayed', { seconds: 100 }, { times: 1 });
    await associate(client, 1);
    expect(receiver.received).toHaveLength(0);
    await box.advance(100);
    expect(receiver.received).toHaveLength(1);
  });

  it('can come twice with the same id', async () => {
    const client = await subscribed();
    await box.fault('notification.duplicated', { copies: 2 }, { times: 1 });
    await associate(client, 1);
    const ids = receiver.received.map(({ notificationId }) => notificationId);
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(1);
  });

  it('can overtake one another', async () => {
    const client = await subscribed();
    await box.fault(
      'notification.reordered',
      {},
      { times: 1, scope: { type: 'ASSET_MANAGEMENT' } },
    );
    await associate(client, 1);
    expect(receiver.received).toHaveLength(0);
    await box.control('purchases', { uId: client.uId, purchases: [{ ...keynote, quantity: 1 }] });
    expect(receiver.received.map(({ notificationType }) => notificationType)).toEqual([
      'ASSET_COUNT',
      'ASSET_MANAGEMENT',
    ]);
  });

  it('held back alone come a minute later', async () => {
    const client = await subscribed();
    await box.fault('notification.reordered', {}, { times: 1 });
    await associate(client, 1);
    await box.advance(60);
    expect(receiver.received).toHaveLength(1);
  });

  it('can come from somebody who does not know the token, or be of an unknown type', async () => {
    const client = await subscribed();
    await box.fault('notification.wrong-bearer', {}, { times: 1 });
    await box.fault('notification.unknown-type', { type: 'SOMETHING_NEW' }, { times: 1 });
    await associate(client, 1);
    expect(receiver.received).toMatchObject([
      { notificationType: 'SOMETHING_NEW', authorization: `Bearer token of ${client.uId}` },
      {
        notificationType: 'ASSET_MANAGEMENT',
        authorization: expect.stringMatching(/^Bearer wrong-/u),
      },
    ]);
  });

  it('tell of what another product assigned, without an eventId', async () => {
    const client = await subscribed();
    await box.control('assignments', {
      uId: client.uId,
      assignments: [{ ...keynote, serialNumbers: ['X'] }],
    });
    const [received] = receiver.of('ASSET_MANAGEMENT');
    expect(received?.notification).toEqual({
      assignments: [{ ...keynote, serialNumber: 'X' }],
      type: 'ASSOCIATE',
      result: 'SUCCESS',
    });
  });

  it('are counted with their elements', async () => {
    const client = await subscribed();
    await associate(client, 8);
    expect(await client.counters()).toMatchObject({
      notificationsDelivered: 5,
      notificationElements: 8,
      pairs: 8,
    });
  });
});
