import { removeApplication } from '@allotment/device-management';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listAlerts } from '../../src/alerts/index.ts';
import { alertsWorkers } from '../../src/alerts/workers.ts';
import {
  pushCertificate,
  queueCommands,
  setPushCertificate,
  wantPush,
} from '../../src/devices/index.ts';
import { PushSender } from '../../src/devices/push.ts';
import { selfSigned, TOPIC } from './support/credentials.ts';
import { enrolledMac, rowOf, signIn } from './support/mac.ts';
import { actor, type Mdm, openMdm } from './support/mdm.ts';
import { PushService } from './support/push-service.ts';
import { TestDevice } from './support/test-device.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const tls = selfSigned({ commonName: 'localhost', dnsName: 'localhost' });

let mdm: Mdm;
let service: PushService;
let sender: PushSender;
let device: TestDevice;
let stop: AbortController;
let serial = 100;

beforeAll(async () => {
  mdm = await openMdm();
});
afterAll(async () => mdm[Symbol.asyncDispose]());

/** Each test has a device of its own, the only one to be woken, and a push service that knows nothing yet. */
beforeEach(async () => {
  await mdm.context.db.deleteFrom('devices.push').execute();
  service = await PushService.start(tls);
  stop = new AbortController();
  const apple = { ...mdm.context.config.apple, apnsUrl: service.url };
  sender = new PushSender({
    ...mdm.context,
    config: { ...mdm.context.config, apple },
    appleCa: tls.certificate,
    signal: stop.signal,
  });
  serial += 1;
  device = new TestDevice(mdm, `C02PUSH${serial}`);
  await device.enroll();
});

afterEach(async () => {
  stop.abort();
  await service[Symbol.asyncDispose]();
});

const push = async (): Promise<number> => {
  const before = service.received.length;
  while (await sender.run(stop.signal));
  return service.received.length - before;
};

/** Queues a command for the device and wants it woken. */
async function command(): Promise<void> {
  const { id } = await mdm.context.db
    .selectFrom('devices.device')
    .select('id')
    .where('serialNumber', '=', device.serialNumber)
    .executeTakeFirstOrThrow();
  await mdm.context.db.transaction().execute(async (trx) => {
    const now = mdm.clock.now();
    await queueCommands(trx, [{ deviceId: id, command: removeApplication('a') }], now);
    await wantPush(trx, [id], now);
  });
}

const enrollment = () =>
  mdm.context.db
    .selectFrom('devices.enrollment')
    .select(['pushToken', 'state'])
    .where('udid', '=', device.udid)
    .executeTakeFirstOrThrow();

describe('waking devices', () => {
  it('pushes once for a burst of commands, with the magic and nothing else', async () => {
    await command();
    await command();
    expect(await push()).toBe(1);
    expect(service.received).toEqual([{ token: '07'.repeat(32), magic: 'magic-1' }]);
    await command();
    expect(await push()).toBe(0);
    mdm.clock.advance(MINUTE);
    expect(await push()).toBe(1);
  });

  it('pushes again after a day to a device that did not come, and not to one that did', async () => {
    expect(await push()).toBe(1);
    mdm.clock.advance(DAY);
    expect(await push()).toBe(1);
    await device.session(() => ({ status: 'Acknowledged' }));
    mdm.clock.advance(DAY);
    expect(await push()).toBe(0);
  });

  it('does not put off a wish that came after the device had answered the push', async () => {
    service.meanwhile = async () => {
      service.meanwhile = async () => Promise.resolve();
      await device.session(() => ({ status: 'Acknowledged' }));
      await command();
    };
    await sender.run(stop.signal);
    expect(await push()).toBe(1);
  });

  it('drops a void token, keeps the enrollment, and wakes the device when it sends a new one', async () => {
    service.answer = { status: 400, reason: 'BadDeviceToken' };
    await push();
    expect(await enrollment()).toEqual({ pushToken: null, state: 'enrolled' });
    service.answer = { status: 200 };
    mdm.clock.advance(DAY);
    expect(await push()).toBe(0);
    await device.updateToken({ Token: Buffer.alloc(32, 9) });
    expect(await push()).toBe(1);
    expect(service.received.at(-1)?.token).toBe('09'.repeat(32));
  });

  it('wakes no device without a token that put something off, before it sends one', async () => {
    service.answer = { status: 400, reason: 'BadDeviceToken' };
    await push();
    await command();
    const answers = ['NotNow'];
    await device.session(() => ({ status: answers.pop() ?? 'Acknowledged' }));
    expect(await mdm.context.db.selectFrom('devices.push').execute()).toEqual([]);
    service.answer = { status: 200 };
    await device.updateToken({ Token: Buffer.alloc(32, 9) });
    expect(await push()).toBe(1);
  });

  it('drops an unregistered token only when it is older than Apple’s word', async () => {
    service.answer = {
      status: 410,
      reason: 'Unregistered',
      timestamp: mdm.clock.now().getTime() - DAY,
    };
    await push();
    expect((await enrollment()).pushToken).not.toBeNull();
    service.answer = {
      status: 410,
      reason: 'Unregistered',
      timestamp: mdm.clock.now().getTime() + DAY,
    };
    mdm.clock.advance(DAY);
    await push();
    expect((await enrollment()).pushToken).toBeNull();
  });

  it('ends the channel of a Mac’s person on which nobody listens any more, until it shows a new token', async () => {
    const mac = await enrolledMac(mdm, 'C02CHANNEL1');
    await signIn(mac, 'U-1');
    const { id, userChannel } = await rowOf(mac);
    expect(userChannel).toBe(true);
    await mdm.context.db.transaction().execute(async (trx) => {
      const command = removeApplication('org.example.app');
      await queueCommands(trx, [{ deviceId: id, command, channel: 'user' }], mdm.clock.now());
      await wantPush(trx, [id], mdm.clock.now());
    });
    service.answer = {
      status: 410,
      reason: 'Unregistered',
      timestamp: mdm.clock.now().getTime() + DAY,
    };
    await sender.run(stop.signal);
    expect((await rowOf(mac)).userChannel).toBe(false);
    await signIn(mac, 'U-1');
    expect((await rowOf(mac)).userChannel).toBe(true);
  });

  it('stops when Apple refuses the certificate, says so, and goes on with a new one', async () => {
    service.answer = { status: 403, reason: 'BadCertificate' };
    await push();
    mdm.clock.advance(MINUTE);
    expect(await push()).toBe(0);
    expect(await pushCertificate(mdm.context.db)).toMatchObject({ problem: 'BadCertificate' });
    for (const worker of alertsWorkers(mdm.context)) await worker.run(mdm.context.signal);
    const alerts = await listAlerts(mdm.context.db, { state: 'open', top: 9, skip: 0 });
    expect(alerts.rows).toMatchObject([{ kind: 'pushCertificateRefused', severity: 'critical' }]);
    service.answer = { status: 200 };
    await setPushCertificate(
      mdm.context,
      selfSigned({ commonName: 'renewed', userId: TOPIC }),
      actor,
    );
    expect(await push()).toBe(1);
    expect(await pushCertificate(mdm.context.db)).toMatchObject({ problem: null });
  });

  it('tries again with growing pauses while the service is away', async () => {
    service.answer = { status: 503, reason: 'ServiceUnavailable' };
    expect(await push()).toBe(1);
    expect(await push()).toBe(0);
    mdm.clock.advance(2 * MINUTE);
    expect(await push()).toBe(1);
    mdm.clock.advance(MINUTE);
    expect(await push()).toBe(0);
    service.answer = { status: 200 };
    mdm.clock.advance(5 * MINUTE);
    expect(await push()).toBe(1);
  });

  it('makes no storm of an hour in which the service was away', async () => {
    const more = Array.from({ length: 8 }, (_, i) => new TestDevice(mdm, `C02STORM${serial}${i}`));
    for (const one of more) await one.enroll();
    service.answer = { status: 503, reason: 'ServiceUnavailable' };
    let tried = 0;
    for (let minute = 0; minute < 60; minute += 1) {
      tried += await push();
      mdm.clock.advance(MINUTE);
    }
    // All nine at once, then one now and then.
    expect(tried).toBeGreaterThan(9);
    expect(tried).toBeLessThan(30);
    service.answer = { status: 200 };
    let came = 0;
    for (let minute = 0; minute < 90; minute += 1) {
      came += await push();
      mdm.clock.advance(MINUTE);
    }
    expect(came).toBe(9);
  });

  it('wakes the others past a device without a token while the service was away', async () => {
    service.answer = { status: 503, reason: 'ServiceUnavailable' };
    await push();
    // As when Apple refuses the token while a session ends that wants the device woken.
    await mdm.context.db
      .updateTable('devices.enrollment')
      .set({ pushToken: null, pushMagic: null })
      .where('udid', '=', device.udid)
      .execute();
    service.answer = { status: 200 };
    mdm.clock.advance(10 * MINUTE);
    await new TestDevice(mdm, `C02OTHER${serial}`).enroll();
    expect(await push()).toBe(1);
    await device.updateToken({ Token: Buffer.alloc(32, 9) });
    expect(await push()).toBe(1);
    expect(service.received.at(-1)?.token).toBe('09'.repeat(32));
  });

  it('tries again when the service cannot be reached', async () => {
    await service[Symbol.asyncDispose]();
    expect(await push()).toBe(0);
    const row = await mdm.context.db
      .selectFrom('devices.push')
      .select(['lastResult', 'attempts'])
      .executeTakeFirst();
    expect(row).toEqual({ lastResult: 'retry', attempts: 1 });
    service = await PushService.start(tls);
  });
});

describe('the push certificate', () => {
  it('is stored with its key sealed, and its topic and expiry are shown', async () => {
    expect(await pushCertificate(mdm.context.db)).toMatchObject({ topic: TOPIC, problem: null });
    const { rows } = await mdm.context.pool.query(
      'select private_key from devices.push_certificate',
    );
    expect(JSON.stringify(rows)).not.toContain(
      Buffer.from('PRIVATE').toString('base64').slice(0, 8),
    );
  });

  it('is refused when it is none, has expired, or would cut off enrolled devices', async () => {
    const good = selfSigned({ commonName: 'x', userId: TOPIC });
    const refused = [
      [{ ...good, key: tls.key }, 'certificate.keyMismatch', 'key'],
      [{ certificate: 'x', key: 'y' }, 'certificate.malformed', 'certificate'],
      [tls, 'certificate.noTopic', 'certificate'],
      [
        selfSigned({ commonName: 'x', userId: TOPIC, notAfter: new Date('2026-01-01') }),
        'certificateExpired',
        'certificate',
      ],
      [
        selfSigned({ commonName: 'x', userId: 'com.apple.mgmt.External.other' }),
        'pushTopicWouldChange',
        'certificate',
      ],
    ] as const;
    for (const [credential, code, field] of refused)
      await expect(setPushCertificate(mdm.context, credential, actor)).rejects.toThrow(
        expect.objectContaining({ code, field }),
      );
  });
});
