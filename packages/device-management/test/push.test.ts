import { beforeAll, describe, expect, it } from 'vitest';
import {
  classifyPush,
  inspectPushCredential,
  PushClient,
  PushError,
  type PushClientOptions,
  type PushCredential,
  type PushRequest,
} from '../src/index.ts';
import { accept, PushService, refuse, selfSigned } from './support/push-service.ts';

const TOPIC = 'com.apple.mgmt.External.0f1e2d3c';
const PUSH: PushRequest = {
  token: Buffer.from('0A0B', 'hex'),
  magic: 'MAGIC',
  topic: TOPIC,
  expiration: new Date('2026-06-02T00:00:00.900Z'),
};

let tls: PushCredential;
let credential: PushCredential;

beforeAll(async () => {
  tls = await selfSigned([{ CN: ['localhost'] }]);
  credential = await selfSigned([
    { '0.9.2342.19200300.100.1.1': [TOPIC] },
    { CN: ['APSP:0f1e2d3c'] },
  ]);
});

function clientOf(service: PushService, options: Partial<PushClientOptions> = {}): PushClient {
  return new PushClient({ ...credential, url: service.url, ca: tls.certificate, ...options });
}

const failing = (code: string): unknown => expect.objectContaining({ name: 'PushError', code });

describe('the push client', () => {
  it("sends Apple's headers and nothing but the magic", async () => {
    await using service = await PushService.start(tls);
    await using client = clientOf(service);
    const answer = await client.push(PUSH);
    expect(answer).toEqual({
      status: 200,
      apnsId: 'apns-1',
      reason: undefined,
      timestamp: undefined,
    });
    expect(service.received[0]).toMatchObject({
      body: '{"mdm":"MAGIC"}',
      headers: {
        ':method': 'POST',
        ':path': '/3/device/0a0b',
        'apns-topic': TOPIC,
        'apns-push-type': 'mdm',
        'apns-priority': '10',
        'apns-expiration': '1780358400',
      },
    });
  });

  it('reads reason and time of a refusal, and survives answers that are no JSON', async () => {
    await using service = await PushService.start(tls);
    await using client = clientOf(service);
    service.respond = refuse(410, '{"reason":"Unregistered","timestamp":1760000000000}');
    expect(await client.push(PUSH)).toMatchObject({
      status: 410,
      reason: 'Unregistered',
      timestamp: new Date(1760000000000),
    });
    service.respond = refuse(502, '<html>bad gateway</html>');
    expect(await client.push(PUSH)).toMatchObject({ status: 502, reason: undefined });
    service.respond = refuse(500, '{broken');
    expect(await client.push(PUSH)).toMatchObject({ status: 500, reason: undefined });
  });

  it('sends a burst over one connection, never more at once than allowed', async () => {
    await using service = await PushService.start(tls);
    await using client = clientOf(service, { concurrency: 10 });
    let open = 0;
    let most = 0;
    service.respond = (stream) => {
      open += 1;
      most = Math.max(most, open);
      setImmediate(() => {
        open -= 1;
        accept(stream);
      });
    };
    const answers = await Promise.all(Array.from({ length: 200 }, () => client.push(PUSH)));
    expect(answers.every((answer) => answer.status === 200)).toBe(true);
    expect(service.connections).toBe(1);
    expect(most).toBeLessThanOrEqual(10);
  });

  it('goes on over a new connection after GOAWAY, finishing what was under way', async () => {
    await using service = await PushService.start(tls);
    await using client = clientOf(service);
    service.respond = (stream, _, session) => {
      session?.goaway();
      accept(stream);
    };
    expect(await client.push(PUSH)).toMatchObject({ status: 200 });
    service.respond = accept;
    expect(await client.push(PUSH)).toMatchObject({ status: 200 });
    expect(service.connections).toBe(2);
  });

  it('takes a new connection after the service said that it is unwell', async () => {
    await using service = await PushService.start(tls);
    await using client = clientOf(service);
    service.respond = refuse(503, '{"reason":"ServiceUnavailable"}');
    expect(await client.push(PUSH)).toMatchObject({ status: 503, reason: 'ServiceUnavailable' });
    service.respond = accept;
    expect(await client.push(PUSH)).toMatchObject({ status: 200 });
    expect(service.connections).toBe(2);
  });

  it('repeats once a push whose connection broke, and then says so', async () => {
    await using service = await PushService.start(tls);
    await using client = clientOf(service);
    service.respond = (_stream, _push, session) => {
      session?.destroy();
      service.respond = accept;
    };
    expect(await client.push(PUSH)).toMatchObject({ status: 200 });
    expect(service.received).toHaveLength(2);
    service.respond = (_stream, _push, session) => session?.destroy();
    await expect(client.push(PUSH)).rejects.toThrow(failing('connectionLost'));
    service.respond = accept;
    expect(await client.push(PUSH)).toMatchObject({ status: 200 });
  });

  it('gives up on silence, and does not trust that connection again', async () => {
    await using service = await PushService.start(tls);
    await using client = clientOf(service, { timeoutMs: 100 });
    service.respond = () => undefined;
    await expect(client.push(PUSH)).rejects.toThrow(failing('timeout'));
    service.respond = accept;
    expect(await client.push(PUSH)).toMatchObject({ status: 200 });
    expect(service.connections).toBe(2);
  });

  it('can be called off, also while waiting for its turn', async () => {
    await using service = await PushService.start(tls);
    await using client = clientOf(service, { concurrency: 1 });
    service.respond = () => undefined;
    const first = new AbortController();
    const second = new AbortController();
    const pushes = [client.push(PUSH, first.signal), client.push(PUSH, second.signal)];
    second.abort();
    await expect(pushes[1]).rejects.toThrow(failing('aborted'));
    first.abort();
    await expect(pushes[0]).rejects.toThrow(failing('aborted'));
    service.respond = accept;
    expect(await client.push(PUSH)).toMatchObject({ status: 200 });
  });

  it('says when the service cannot be reached or is not to be trusted', async () => {
    const service = await PushService.start(tls);
    const untrusting = new PushClient({ ...credential, url: service.url });
    await expect(untrusting.push(PUSH)).rejects.toThrow(failing('unreachable'));
    const client = clientOf(service);
    await service[Symbol.asyncDispose]();
    await expect(client.push(PUSH)).rejects.toThrow(failing('unreachable'));
    await client.close();
    await untrusting.close();
  });

  it('fails the pushes under way when it is closed, and every later one', async () => {
    await using service = await PushService.start(tls);
    const client = clientOf(service);
    service.respond = () => void client.close();
    await expect(client.push(PUSH)).rejects.toThrow(PushError);
    await expect(client.push(PUSH)).rejects.toThrow(failing('closed'));
  });
});

describe('what to do after an answer', () => {
  const voidSince = new Date(1760000000000);
  it.each([
    [200, undefined, { kind: 'delivered' }],
    [400, 'BadDeviceToken', { kind: 'dropToken', ifOlderThan: undefined }],
    [400, 'DeviceTokenNotForTopic', { kind: 'dropToken', ifOlderThan: undefined }],
    [400, 'BadTopic', { kind: 'ourBug', reason: 'BadTopic' }],
    [400, 'TopicDisallowed', { kind: 'ourBug', reason: 'TopicDisallowed' }],
    [400, 'IdleTimeout', { kind: 'retry', reason: 'IdleTimeout' }],
    [400, undefined, { kind: 'ourBug', reason: 'HTTP 400' }],
    [403, 'Forbidden', { kind: 'certificateProblem', reason: 'Forbidden' }],
    [403, 'BadCertificate', { kind: 'certificateProblem', reason: 'BadCertificate' }],
    [
      403,
      'BadCertificateEnvironment',
      { kind: 'certificateProblem', reason: 'BadCertificateEnvironment' },
    ],
    [404, 'BadPath', { kind: 'ourBug', reason: 'BadPath' }],
    [405, 'MethodNotAllowed', { kind: 'ourBug', reason: 'MethodNotAllowed' }],
    [410, 'Unregistered', { kind: 'dropToken', ifOlderThan: voidSince }],
    [410, 'ExpiredToken', { kind: 'dropToken', ifOlderThan: voidSince }],
    [413, 'PayloadTooLarge', { kind: 'ourBug', reason: 'PayloadTooLarge' }],
    [429, 'TooManyRequests', { kind: 'backOff' }],
    [500, 'InternalServerError', { kind: 'retry', reason: 'InternalServerError' }],
    [503, 'ServiceUnavailable', { kind: 'retry', reason: 'ServiceUnavailable' }],
    [503, 'Shutdown', { kind: 'retry', reason: 'Shutdown' }],
  ])('%i %s', (status, reason, verdict) => {
    const timestamp = status === 410 ? voidSince : undefined;
    expect(classifyPush({ status, reason, timestamp, apnsId: undefined })).toEqual(verdict);
  });
});

describe('an answer that says our request was wrong', () => {
  it.each([
    'MissingTopic',
    'PayloadEmpty',
    'BadPriority',
    'BadExpirationDate',
    'BadMessageId',
    'InvalidPushType',
    'DuplicateHeaders',
    'MissingDeviceToken',
  ])('%s is our fault: the token stays', (reason) => {
    const answer = { status: 400, reason, timestamp: undefined, apnsId: undefined };
    expect(classifyPush(answer)).toEqual({ kind: 'ourBug', reason });
  });
});

describe('a push certificate', () => {
  it('tells its topic and its expiry', () => {
    expect(inspectPushCredential(credential)).toMatchObject({
      topic: TOPIC,
      notAfter: new Date('2036-01-01T00:00:00Z'),
    });
  });

  it('is refused without a topic, with the wrong key, or when it is none', () => {
    expect(() => inspectPushCredential(tls)).toThrow(expect.objectContaining({ code: 'noTopic' }));
    expect(() => inspectPushCredential({ ...credential, key: tls.key })).toThrow(
      expect.objectContaining({ code: 'keyMismatch' }),
    );
    expect(() => inspectPushCredential({ certificate: 'x', key: 'y' })).toThrow(
      expect.objectContaining({ code: 'malformed' }),
    );
  });
});
