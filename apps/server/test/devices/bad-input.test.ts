import { writePlist } from '@allotment/device-management';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setPushCertificate } from '../../src/devices/index.ts';
import { actor, openMdm, type Mdm } from './support/mdm.ts';
import { selfSigned, TOPIC } from './support/credentials.ts';
import { sign, TestDevice } from './support/test-device.ts';

let mdm: Mdm;
let device: TestDevice;
beforeAll(async () => {
  mdm = await openMdm();
  device = new TestDevice(mdm, 'C02BADIN001');
  await device.enroll();
});
afterAll(async () => mdm[Symbol.asyncDispose]());

const PATHS = ['/mdm/checkin', '/mdm/connect'] as const;

describe.each(PATHS)('%s', (path) => {
  const idle = Buffer.from(writePlist({ UDID: 'x', Status: 'Idle' }));

  it('refuses a body without a signature, with a broken one, and with that of another body', async () => {
    const { identity } = device;
    if (identity === undefined) throw new Error('the device has no identity');
    for (const signature of [
      '',
      'nonsense',
      Buffer.from('<plist/>').toString('base64'),
      sign(identity, Buffer.from('other')),
    ])
      expect((await device.put(path, idle, signature)).status).toBe(400);
  });

  it('refuses the certificate of a stranger, in a sentence', async () => {
    const { certificate, key } = selfSigned({ commonName: 'stranger' });
    const reply = await device.put(path, idle, sign({ certificate, key }, idle));
    expect(reply).toMatchObject({
      status: 400,
      text: expect.stringContaining('not issued for a device'),
    });
  });

  it('refuses broken, binary and poisoned property lists', async () => {
    const bomb = `<!DOCTYPE plist [<!ENTITY a "aaaaaaaa">${Array.from({ length: 30 }, (_, i) => `<!ENTITY b${i} "&a;&a;">`).join('')}]><plist><string>&b1;</string></plist>`;
    for (const body of [
      '',
      '<plist><dict>',
      'bplist00',
      bomb,
      '<plist><dict><key>__proto__</key><true/></dict></plist>',
    ])
      expect(await device.put(path, Buffer.from(body))).toMatchObject({ status: 400 });
  });

  it('refuses 50 MB without reading them', async () => {
    const reply = await device.put(path, Buffer.alloc(50 * 1024 * 1024, 'x'), 'unsigned');
    expect(reply.status).toBe(400);
  });
});

describe('a message under a good signature', () => {
  it('speaks for no other device', async () => {
    for (const reply of [
      await device.connect({ UDID: 'another', Status: 'Idle' }),
      await device.checkin({ UDID: 'another', MessageType: 'CheckOut', Topic: 'x' }),
    ])
      expect(reply).toMatchObject({
        status: 400,
        text: 'This device identity belongs to another device.\n',
      });
    expect((await device.idle()).status).toBe(200);
  });

  it('takes over no other serial number with an identity already bound', async () => {
    const victim = new TestDevice(mdm, 'C02BADIN002');
    await victim.enroll();
    expect((await device.authenticate({ SerialNumber: 'C02BADIN002' })).status).toBe(400);
    expect((await victim.idle()).status).toBe(200);
  });

  it('names what is missing', async () => {
    expect(await device.checkin({ MessageType: 'TokenUpdate', Topic: 'x' })).toMatchObject({
      status: 400,
      text: 'The message was refused: Token is missing.\n',
    });
    const fresh = new TestDevice(mdm, 'C02BADIN003');
    await fresh.installProfile();
    expect(
      await fresh.checkin({ MessageType: 'Authenticate', Topic: 'com.apple.mgmt.other' }),
    ).toMatchObject({
      status: 400,
      text: expect.stringContaining('push topic'),
    });
  });

  it('binds the device to no other push topic, which would keep the push certificate from renewal', async () => {
    expect(await device.updateToken({ Topic: 'com.apple.mgmt.External.lie' })).toMatchObject({
      status: 400,
      text: expect.stringContaining('push topic'),
    });
    const renewed = selfSigned({ commonName: 'APSP renewed', userId: TOPIC });
    await expect(setPushCertificate(mdm.context, renewed, actor)).resolves.toMatchObject({
      topic: TOPIC,
    });
  });

  it('of a kind this server does not take changes nothing', async () => {
    expect(
      await device.checkin({ MessageType: 'GetToken', TokenServiceType: 'com.apple.maid' }),
    ).toMatchObject({
      status: 400,
    });
  });

  it('answers a command that was never given, and nothing happens', async () => {
    for (const CommandUUID of ['nonsense', '00000000-0000-4000-8000-000000000000'])
      expect((await device.connect({ Status: 'Acknowledged', CommandUUID })).status).toBe(200);
  });
});

describe('whatever comes', () => {
  it('is never answered 401, and never crashes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...PATHS, '/mdm/enroll/x', '/mdm/enroll/'),
        fc.constantFrom('GET' as const, 'PUT' as const, 'POST' as const),
        fc.uint8Array({ maxLength: 100 }),
        fc.option(fc.base64String({ maxLength: 200 }), { nil: undefined }),
        fc.constantFrom('application/x-apple-aspen-mdm', 'application/json', 'nonsense', undefined),
        async (url, method, body, signature, type) => {
          const { statusCode } = await mdm.http.inject({
            method,
            url,
            headers: {
              ...(signature === undefined ? {} : { 'mdm-signature': signature }),
              ...(type === undefined ? {} : { 'content-type': type }),
            },
            ...(method === 'GET' ? {} : { body: Buffer.from(body) }),
          });
          expect([400, 404, 415]).toContain(statusCode);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('gets 503 while the database is away, so that the device keeps its answer', async () => {
    await using away = await openMdm();
    const lost = new TestDevice(away, 'C02BADIN009');
    await lost.enroll();
    expect(await lost.idle()).toMatchObject({ status: 200 });
    await away.context.db.destroy();
    await away.context.preparedDb.destroy();
    expect(await lost.idle()).toMatchObject({ status: 503 });
  });
});
