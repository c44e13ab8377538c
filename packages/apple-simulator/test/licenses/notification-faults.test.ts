import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Box, type Client } from '../support/box.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';

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

const configure = (client: Client, notificationAuthToken: string) =>
  client.post('/client/config', {
    notificationUrl: receiver.url,
    notificationAuthToken,
    notificationTypes: ['ASSET_COUNT'],
  });

async function subscribed(): Promise<Client> {
  const client = await box.location([{ adamId: KEYNOTE, quantity: 2 }]);
  await configure(client, 'first');
  receiver.received.length = 0;
  return client;
}

const buy = ({ uId }: Client) =>
  box.control('purchases', { uId, purchases: [{ ...keynote, quantity: 1 }] });
const tokens = (): unknown[] => receiver.received.map(({ authorization }) => authorization);

describe('notifications in trouble', () => {
  it('carry the token of their time: the old one while they are being tried again', async () => {
    const client = await subscribed();
    receiver.answers.push(500);
    await buy(client);
    await configure(client, 'second');
    await box.advance(300);
    await buy(client);
    expect(tokens()).toEqual([
      'Bearer first',
      'Bearer second', // the test of the new configuration
      'Bearer first',
      'Bearer second',
    ]);
  });

  it('can be sent as configured before, though new', async () => {
    const client = await subscribed();
    await box.fault('notification.old-bearer', {}, { scope: { location: client.uId } });
    await buy(client);
    await configure(client, 'second');
    await configure(client, 'second');
    await buy(client);
    expect(tokens()).toEqual(['Bearer first', 'Bearer second', 'Bearer second', 'Bearer first']);
  });

  it('can come again much later', async () => {
    const client = await subscribed();
    await box.fault('notification.duplicated', { seconds: 600 }, { times: 1 });
    await buy(client);
    expect(receiver.received).toHaveLength(1);
    await box.advance(601);
    expect(new Set(receiver.received.map(({ notificationId }) => notificationId)).size).toBe(1);
    expect(receiver.received).toHaveLength(2);
  });

  it('can name a library nobody knows', async () => {
    const client = await subscribed();
    await box.fault('notification.unknown-location', {}, { times: 1 });
    await buy(client);
    expect(receiver.received.map(({ uId }) => uId)).toEqual(['2049999999999999', client.uId]);
  });

  it('refuse the configuration with 9728 when the test of it is lost', async () => {
    const client = await subscribed();
    await box.fault('notification.lost', {}, { times: 1, scope: { type: 'TEST_*' } });
    expect((await configure(client, 'second')).body).toMatchObject({ errorNumber: 9728 });
    await buy(client);
    expect(tokens()).toEqual(['Bearer first']);
  });
});
