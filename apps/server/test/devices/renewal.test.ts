import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRenewalLink, setScep, stopScep } from '../../src/devices/index.ts';
import { actor, type Mdm, openMdm } from './support/mdm.ts';
import { ScepServer } from './support/scep.ts';
import { payloadOf, TestDevice } from './support/test-device.ts';

const day = 24 * 60 * 60 * 1000;

let mdm: Mdm;
beforeAll(async () => {
  mdm = await openMdm();
});
afterAll(async () => mdm[Symbol.asyncDispose]());

const rowOf = async (serialNumber: string) =>
  mdm.context.db
    .selectFrom('devices.enrollment')
    .innerJoin('devices.device', 'devices.device.id', 'devices.enrollment.deviceId')
    .select([
      'devices.device.id as deviceId',
      'devices.enrollment.id as enrollmentId',
      'devices.enrollment.state',
      'devices.enrollment.certificateExpiresAt',
    ])
    .where('serialNumber', '=', serialNumber)
    .where('devices.enrollment.state', '=', 'enrolled')
    .executeTakeFirstOrThrow();

const renewalUrl = async (serialNumber: string): Promise<string> =>
  (await createRenewalLink(mdm.context, (await rowOf(serialNumber)).deviceId, actor)).url;

describe('a renewed identity', () => {
  it('comes with the same addresses, is known at its first message, and ends the one before', async () => {
    const device = new TestDevice(mdm, 'C02RENEW001');
    await device.enroll();
    const { identity: old, query } = device;
    const before = await rowOf('C02RENEW001');
    mdm.clock.advance(330 * day);
    const profile = await device.openLink(await renewalUrl('C02RENEW001'));
    expect(payloadOf(profile, 'com.apple.mdm')['ServerURL']).toContain(query);
    const renewed = device.identity;

    device.identity = old;
    expect((await device.idle()).status).toBe(200);
    device.identity = renewed;
    expect((await device.idle()).status).toBe(200);
    device.identity = old;
    expect(await device.idle()).toMatchObject({
      status: 400,
      text: expect.stringContaining('bound to another device identity'),
    });
    const after = await rowOf('C02RENEW001');
    expect(after.enrollmentId).toBe(before.enrollmentId);
    const gained = Number(after.certificateExpiresAt) - Number(before.certificateExpiresAt);
    // Certificates know whole seconds.
    expect(Math.abs(gained - 330 * day)).toBeLessThanOrEqual(1_000);
  });

  it('also comes in time when the old one has ended', async () => {
    const device = new TestDevice(mdm, 'C02RENEW002');
    await device.enroll();
    const url = await renewalUrl('C02RENEW002');
    mdm.clock.advance(day / 2);
    await device.openLink(url);
    mdm.clock.advance(365 * day);
    expect(await device.idle()).toMatchObject({
      status: 400,
      text: expect.stringContaining('expired'),
    });
    await device.openLink(await renewalUrl('C02RENEW002'));
    expect((await device.idle()).status).toBe(200);
  });

  it('may begin with an Authenticate, which starts the same enrollment over', async () => {
    const device = new TestDevice(mdm, 'C02RENEW003');
    await device.enroll();
    const before = await rowOf('C02RENEW003');
    mdm.clock.advance(day * 2);
    await device.openLink(await renewalUrl('C02RENEW003'));
    expect((await device.authenticate()).status).toBe(200);
    await device.updateToken();
    expect(await rowOf('C02RENEW003')).toMatchObject({ enrollmentId: before.enrollmentId });
    expect((await device.idle()).told?.requestType).toBe('DeviceInformation');
  });

  it('is for the device that has the enrollment, whoever opens the link', async () => {
    const device = new TestDevice(mdm, 'C02RENEW004');
    await device.enroll();
    mdm.clock.advance(day * 2);
    const thief = new TestDevice(mdm, 'C02RENEW005');
    await thief.openLink(await renewalUrl('C02RENEW004'));
    expect(await thief.authenticate()).toMatchObject({
      status: 400,
      text: expect.stringContaining('belongs to another device'),
    });
    expect((await device.idle()).status).toBe(200);
  });

  it('is by SCEP where the old one was, and a new enrollment where the source has changed', async () => {
    const device = new TestDevice(mdm, 'C02RENEW006');
    await device.enroll();
    const before = await rowOf('C02RENEW006');
    const scep = await ScepServer.start(mdm.clock.now());
    const settings = { url: 'https://scep.example.org/', name: '', authorities: scep.certificate };
    await setScep(mdm.context, settings, actor);
    await scep.issueTo(
      device,
      await device.openLink(await renewalUrl('C02RENEW006')),
      mdm.clock.now(),
    );
    await device.authenticate();
    await device.updateToken();
    const moved = await rowOf('C02RENEW006');
    expect(moved.deviceId).toBe(before.deviceId);
    expect(moved.enrollmentId).not.toBe(before.enrollmentId);

    mdm.clock.advance(day * 300);
    await scep.issueTo(
      device,
      await device.openLink(await renewalUrl('C02RENEW006')),
      mdm.clock.now(),
    );
    expect((await device.idle()).status).toBe(200);
    expect(await rowOf('C02RENEW006')).toMatchObject({ enrollmentId: moved.enrollmentId });
    await stopScep(mdm.context, actor);
  });

  it('is refused for a device that left, or that nobody knows', async () => {
    const device = new TestDevice(mdm, 'C02RENEW007');
    await device.enroll();
    const { deviceId } = await rowOf('C02RENEW007');
    const { url } = await createRenewalLink(mdm.context, deviceId, actor);
    await device.checkOut();
    expect((await mdm.http.inject(new URL(url).pathname)).statusCode).toBe(404);
    await expect(createRenewalLink(mdm.context, deviceId, actor)).rejects.toMatchObject({
      code: 'notManaged',
    });
    await expect(createRenewalLink(mdm.context, 'nobody', actor)).rejects.toMatchObject({
      code: 'managedDeviceNotFound',
    });
  });
});
