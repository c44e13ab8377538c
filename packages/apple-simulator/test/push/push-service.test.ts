import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { createCore } from '../../src/core/core.ts';
import { startPushService, type PushReceiver, type PushService } from '../../src/push/index.ts';
import { PushClient } from './push-client.ts';

const TOKEN = 'ab'.repeat(32);
const OTHER_TOKEN = 'cd'.repeat(32);
const BODY = JSON.stringify({ mdm: 'magic-1' });

const core = createCore({ speed: 0 });
let push: PushService;
let certificate: Awaited<ReturnType<PushService['issueCertificate']>>;
let client: PushClient;
let online = true;
let received: string[] = [];

const receiver: PushReceiver = {
  serialNumber: 'SERIAL1',
  isOnline: () => online,
  receive: (magic) => received.push(magic),
};

beforeAll(async () => {
  push = await startPushService(core);
  certificate = await push.issueCertificate();
  client = new PushClient(push, certificate);
});

afterAll(async () => {
  client[Symbol.dispose]();
  await push.close();
});

beforeEach(() => {
  online = true;
  received = [];
  push.tokens.register(TOKEN, certificate.topic, receiver);
});

async function settled(): Promise<void> {
  await core.clock.wait(0);
  await core.clock.wait(0);
}

describe('push stand-in', () => {
  it('delivers the magic to the device with that token', async () => {
    const answer = await client.send(TOKEN, BODY, {
      'apns-id': '6f1c9a52-7f55-4b6e-9f6c-0d7b1c0a1d11',
    });
    expect(answer).toMatchObject({ status: 200, id: '6f1c9a52-7f55-4b6e-9f6c-0d7b1c0a1d11' });
    await settled();
    expect(received).toEqual(['magic-1']);
    expect(core.counters.get('push.accepted', 'SERIAL1')).toBeGreaterThan(0);
    expect(core.journal.entries('push.accepted')[0]).toMatchObject({ token: TOKEN });
  });

  it('keeps only the last notification for a device that is away, until it is back', async () => {
    online = false;
    await client.send(TOKEN, JSON.stringify({ mdm: 'first' }));
    await client.send(TOKEN, JSON.stringify({ mdm: 'second' }));
    await settled();
    expect(received).toEqual([]);
    online = true;
    push.tokens.deliverStored(TOKEN);
    push.tokens.deliverStored(TOKEN);
    await settled();
    expect(received).toEqual(['second']);
  });

  it('drops what expires before the device is back', async () => {
    online = false;
    const inAnHour = String(Math.floor(Date.now() / 1000) + 3600);
    await client.send(TOKEN, BODY, { 'apns-expiration': inAnHour });
    await core.clock.advance(2 * 3_600_000);
    online = true;
    push.tokens.deliverStored(TOKEN);
    await settled();
    expect(received).toEqual([]);
  });

  it.each([
    [
      'a topic that is not the certificate',
      TOKEN,
      BODY,
      { 'apns-topic': 'com.apple.mgmt.Other' },
      400,
      'TopicDisallowed',
    ],
    ['no topic', TOKEN, BODY, { 'apns-topic': undefined }, 400, 'MissingTopic'],
    ['another push type', TOKEN, BODY, { 'apns-push-type': 'alert' }, 400, 'InvalidPushType'],
    ['no push type', TOKEN, BODY, { 'apns-push-type': undefined }, 400, 'InvalidPushType'],
    ['a strange priority', TOKEN, BODY, { 'apns-priority': '7' }, 400, 'BadPriority'],
    ['a strange expiration', TOKEN, BODY, { 'apns-expiration': 'soon' }, 400, 'BadExpirationDate'],
    ['an unknown token', 'ef'.repeat(32), BODY, {}, 400, 'BadDeviceToken'],
    ['a token in capitals', TOKEN.toUpperCase(), BODY, {}, 400, 'BadDeviceToken'],
    ['no token', '', BODY, {}, 400, 'MissingDeviceToken'],
    ['a wrong path', TOKEN, BODY, { ':path': '/2/device' }, 404, 'BadPath'],
    ['a wrong method', TOKEN, BODY, { ':method': 'PUT' }, 405, 'MethodNotAllowed'],
    ['an empty body', TOKEN, '', {}, 400, 'PayloadEmpty'],
    ['a body with aps', TOKEN, '{"mdm":"x","aps":{}}', {}, 400, 'BadPayload'],
    ['a body that is not JSON', TOKEN, 'mdm', {}, 400, 'BadPayload'],
    ['a body too large', TOKEN, `{"mdm":"${'x'.repeat(5000)}"}`, {}, 413, 'PayloadTooLarge'],
  ])('refuses %s', async (_name, token, body, headers, status, reason) => {
    expect(await client.send(token, body, headers)).toMatchObject({ status, content: { reason } });
  });

  it('refuses a token registered for another topic', async () => {
    push.tokens.register(OTHER_TOKEN, 'com.apple.mgmt.External.other', receiver);
    const answer = await client.send(OTHER_TOKEN, BODY);
    expect(answer).toMatchObject({ status: 400, content: { reason: 'DeviceTokenNotForTopic' } });
  });

  it('answers 410 with the time for a token that was given up', async () => {
    push.tokens.register(OTHER_TOKEN, certificate.topic, receiver);
    const before = Date.now();
    push.tokens.unregister(OTHER_TOKEN);
    const { status, content } = await client.send(OTHER_TOKEN, BODY);
    expect({ status, reason: content.reason }).toEqual({ status: 410, reason: 'Unregistered' });
    expect(content.timestamp).toBeGreaterThanOrEqual(before);
  });

  it.each([
    ['without a certificate', async () => new PushClient(push)],
    [
      'with an expired one',
      async () => new PushClient(push, await push.issueCertificate(certificate.topic, -3)),
    ],
    [
      'with a certificate of another authority',
      async () => {
        await using stranger = await startPushService(createCore({ speed: 0, seed: 7 }));
        return new PushClient(push, await stranger.issueCertificate(certificate.topic));
      },
    ],
  ])('answers 403 to a sender %s', async (_name, open) => {
    using sender = await open();
    const answer = await sender.send(TOKEN, BODY, { 'apns-topic': certificate.topic });
    expect(answer).toMatchObject({ status: 403, content: { reason: 'BadCertificate' } });
  });

  it.each([
    [410, 'Unregistered'],
    [429, 'TooManyRequests'],
    [403, 'Forbidden'],
    [503, 'ServiceUnavailable'],
  ])('answers %i on demand, as often as wanted', async (status, reason) => {
    core.faults.add({ kind: 'push.answer', settings: { status, reason }, times: 1 });
    expect(await client.send(TOKEN, BODY)).toMatchObject({ status, content: { reason } });
    expect(await client.send(TOKEN, BODY)).toMatchObject({ status: 200 });
  });

  it('loses a notification on demand', async () => {
    core.faults.add({ kind: 'push.lost', scope: { serialNumber: 'SERIAL1' }, times: 1 });
    expect(await client.send(TOKEN, BODY)).toMatchObject({ status: 200 });
    await settled();
    expect(received).toEqual([]);
  });
});
