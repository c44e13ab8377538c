import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Box } from '../support/box.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';

let receiver: Receiver;
let box: Box;

beforeAll(async () => {
  receiver = await startReceiver();
  box = await Box.start({ trust: receiver.ca });
});
afterAll(async () => {
  await box[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

const mdmInfo = { id: 'server-1', name: 'Our Service', metadata: '1.0' };

describe('client configuration', () => {
  it('is what the organization and the location are', async () => {
    const school = await box.location();
    expect((await school.get('/client/config')).body).toMatchObject({
      countryISO2ACode: 'US',
      defaultPlatform: 'volumestore',
      websiteURL: 'https://school.apple.com',
      locationName: 'Example School',
      mdmInfo: null,
      subscribedNotificationTypes: [],
      uId: school.uId,
    });
    const company = await box.location([], {
      name: 'Company',
      country: 'DE',
      locations: [{ name: 'Berlin' }],
    });
    expect((await company.get('/client/config')).body).toMatchObject({
      countryISO2ACode: 'DE',
      defaultPlatform: 'enterprisestore',
      websiteURL: 'https://business.apple.com',
      locationName: 'Berlin',
    });
  });

  it('is set after a test notification got through, and shows the types under another key', async () => {
    receiver.received.length = 0;
    const client = await box.location();
    const { status, body } = await client.post('/client/config', {
      mdmInfo,
      notificationUrl: receiver.url,
      notificationAuthToken: 'secret',
      notificationTypes: ['USER_ASSOCIATED', 'ASSET_COUNT'],
    });
    expect(status).toBe(200);
    expect(receiver.received).toMatchObject([
      {
        authorization: 'Bearer secret',
        notificationType: 'TEST_NOTIFICATION',
        notification: {},
        uId: client.uId,
      },
    ]);
    const expected = {
      mdmInfo,
      notificationUrl: receiver.url,
      notificationAuthToken: 'secret',
      subscribedNotificationTypes: ['ASSET_COUNT', 'USER_ASSOCIATED'],
    };
    expect(body).toMatchObject(expected);
    expect((await client.get('/client/config')).body).toMatchObject(expected);
    expect((await client.get('/assets')).body).toMatchObject({ mdmInfo });
    const journal = JSON.stringify(await client.box.journal());
    expect(journal).not.toContain('secret');
  });

  it('is refused as a whole with 9728 when the test notification is not answered with 2xx', async () => {
    receiver.received.length = 0;
    const client = await box.location();
    receiver.answers.push(500);
    const refused = await client.post('/client/config', {
      mdmInfo,
      notificationUrl: receiver.url,
      notificationAuthToken: 'secret',
    });
    expect(refused).toMatchObject({ status: 400, body: { errorNumber: 9728 } });
    const nobody = await client.post('/client/config', {
      notificationUrl: 'https://127.0.0.1:1/x',
      notificationAuthToken: 'secret',
    });
    expect(nobody.body).toMatchObject({ errorNumber: 9728 });
    const { body } = await client.get('/client/config');
    expect(body).toMatchObject({ mdmInfo: null });
    expect(body).not.toHaveProperty('notificationUrl');
  });

  it.each([
    [9710, { notificationUrl: 'https://example.org/x' }],
    [9710, { notificationAuthToken: 'x' }],
    [
      9711,
      { notificationUrl: `https://example.org/${'x'.repeat(500)}`, notificationAuthToken: 'x' },
    ],
    [9711, { notificationUrl: 'https://example.org/x', notificationAuthToken: 'x'.repeat(513) }],
    [9712, { notificationUrl: 'http://example.org/x', notificationAuthToken: 'x' }],
    [9712, { notificationUrl: 'https://example.org', notificationAuthToken: 'x' }],
    [9712, { notificationUrl: 'nonsense', notificationAuthToken: 'x' }],
    [9723, { mdmInfo: { id: 'x', name: 'x' } }],
    [9713, { mdmInfo: { ...mdmInfo, metadata: 'x'.repeat(256) } }],
    [9724, { mdmInfo: { ...mdmInfo, id: 'x'.repeat(101) } }],
    [9725, { mdmInfo: { ...mdmInfo, name: 'x'.repeat(101) } }],
  ])('is refused with %i: %j', async (errorNumber, body) => {
    const client = await box.location();
    expect((await client.post('/client/config', body)).body).toMatchObject({ errorNumber });
  });

  it('shows when another service takes the location over', async () => {
    const client = await box.location();
    await client.post('/client/config', { mdmInfo });
    const { mdmInfo: foreign } = await box.control('takeover', { uId: client.uId });
    expect(foreign).toMatchObject({ name: 'Another Service' });
    expect((await client.get('/users')).body['mdmInfo']).toEqual(foreign);
  });
});
