import { writePlist } from '@allotment/device-management';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TOPIC } from './support/credentials.ts';
import { type Mdm, openMdm } from './support/mdm.ts';
import { sign, TestDevice } from './support/test-device.ts';

const minute = 60_000;

let mdm: Mdm;
beforeAll(async () => {
  mdm = await openMdm();
});
afterAll(async () => mdm[Symbol.asyncDispose]());

/** A message as it goes over the wire, signed now: whoever records it can send it again. */
function recorded(device: TestDevice, message: object): () => Promise<number> {
  const body = writePlist({ UDID: device.udid, Topic: TOPIC, ...message });
  if (device.identity === undefined) throw new Error('the device has no identity');
  const signature = sign(device.identity, body, mdm.clock.now());
  return async () => (await device.put('/mdm/checkin', body, signature)).status;
}

const authenticate = (device: TestDevice) =>
  recorded(device, {
    MessageType: 'Authenticate',
    SerialNumber: device.serialNumber,
    OSVersion: '18.1',
    ProductName: 'iPhone15,4',
  });

const tokenUpdate = (device: TestDevice, token: number) =>
  recorded(device, {
    MessageType: 'TokenUpdate',
    Token: Buffer.alloc(32, token),
    PushMagic: `magic-${token}`,
  });

const magicOf = async ({ udid }: TestDevice): Promise<unknown> =>
  mdm.context.db
    .selectFrom('devices.enrollment')
    .select(['state', 'pushMagic'])
    .where('udid', '=', udid)
    .executeTakeFirstOrThrow();

describe('a check-in message that somebody recorded', () => {
  it('neither puts an old push token back nor begins the enrollment anew', async () => {
    const device = new TestDevice(mdm, 'C02REPLAY01');
    await device.installProfile();
    const beginning = authenticate(device);
    expect(await beginning()).toBe(200);
    // No answer came, so the device sends it again.
    expect(await beginning()).toBe(200);
    const first = tokenUpdate(device, 1);
    expect(await first()).toBe(200);
    // Signed within the same second, as the clock stands still.
    expect(await beginning()).toBe(400);
    expect(await first()).toBe(200);
    mdm.clock.advance(minute);
    const second = tokenUpdate(device, 2);
    expect(await second()).toBe(200);
    expect(await first()).toBe(400);
    expect(await beginning()).toBe(400);
    expect(await second()).toBe(200);
    expect(await magicOf(device)).toEqual({ state: 'enrolled', pushMagic: 'magic-2' });
    mdm.clock.advance(minute);
    expect(await authenticate(device)()).toBe(200);
    expect(await magicOf(device)).toMatchObject({ state: 'authenticated' });
  });

  it('is none when the clock of the device ran ahead and was put right', async () => {
    const device = new TestDevice(mdm, 'C02REPLAY02');
    await device.installProfile();
    device.signedAt = new Date(mdm.clock.now().getTime() + 3 * 365 * 24 * 60 * minute);
    await device.authenticate();
    expect((await device.updateToken()).status).toBe(200);
    mdm.clock.advance(minute);
    device.signedAt = mdm.clock.now();
    expect((await device.updateToken({ PushMagic: 'magic-3' })).status).toBe(200);
    expect(await magicOf(device)).toEqual({ state: 'enrolled', pushMagic: 'magic-3' });
  });
});
