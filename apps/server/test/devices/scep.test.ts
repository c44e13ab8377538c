import { createHash, X509Certificate } from 'node:crypto';
import { writeFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scepView, setScep, stopScep } from '../../src/devices/index.ts';
import { findProgram, runIn } from '../support/programs.ts';
import { selfSigned } from './support/credentials.ts';
import { actor, type Mdm, openMdm } from './support/mdm.ts';
import { scepContent, ScepServer } from './support/scep.ts';
import { payloadOf, TestDevice } from './support/test-device.ts';

const openssl = findProgram('openssl') ?? '';
const url = 'https://scep.example.org/scep';

let mdm: Mdm;
let scep: ScepServer;
beforeAll(async () => {
  mdm = await openMdm();
  scep = await ScepServer.start(mdm.clock.now());
  const settings = {
    url,
    name: 'Example',
    challenge: 'open sesame',
    authorities: scep.certificate,
  };
  await setScep(mdm.context, settings, actor);
});
afterAll(async () => mdm[Symbol.asyncDispose]());

const digest = (name: string): Buffer =>
  createHash(name).update(new X509Certificate(scep.certificate).raw).digest();

const enrolled = async (serialNumber: string): Promise<TestDevice> => {
  const device = new TestDevice(mdm, serialNumber);
  const profile = await device.installProfile();
  await scep.issueTo(device, profile, mdm.clock.now());
  await device.authenticate();
  await device.updateToken();
  return device;
};

describe('the settings of a SCEP server', () => {
  it('are shown without the challenge, which is stored sealed', async () => {
    expect(await scepView(mdm.context.db)).toMatchObject({
      active: true,
      url,
      hasChallenge: true,
      authorities: [{ subject: 'O=Example\nCN=SCEP authority' }],
      fingerprint: digest('sha1').toString('hex'),
    });
    const { rows } = await mdm.context.pool.query('select * from devices.scep');
    expect(JSON.stringify(rows)).not.toContain('sesame');
  });

  it.each([
    ['url', 'no address', { url: 'scep.example.org' }],
    ['url', 'another scheme', { url: 'ftp://scep.example.org' }],
    ['url', 'a password in the address', { url: 'https://a:b@scep.example.org/' }],
    ['authorities', 'no certificate', { authorities: 'nothing' }],
    ['authorities', 'half a certificate', { authorities: broken() }],
    ['authorities', 'an expired one', { authorities: expired().certificate }],
    ['fingerprint', 'another certificate’s fingerprint', { fingerprint: '00'.repeat(20) }],
  ])('name the field %s for %s, and change nothing', async (field, _, wrong) => {
    const before = await scepView(mdm.context.db);
    const settings = { url, name: '', authorities: scep.certificate, ...wrong };
    await expect(setScep(mdm.context, settings, actor)).rejects.toMatchObject({ field });
    expect(await scepView(mdm.context.db)).toEqual(before);
  });

  it('keep an authority as long as enrolled devices have identities of it', async () => {
    await enrolled('C02SCEP0001');
    const next = await ScepServer.start(mdm.clock.now());
    const settings = { url, name: '', authorities: next.certificate };
    await expect(setScep(mdm.context, settings, actor)).rejects.toMatchObject({
      code: 'authorityInUse',
    });
    const both = { ...settings, authorities: `${scep.certificate}\n${next.certificate}` };
    await setScep(mdm.context, both, actor);
    expect((await scepView(mdm.context.db))?.hasChallenge).toBe(true);
  });
});

describe('a profile for SCEP', () => {
  it('has the device make its own key, of 2048 bits, and carries none', async () => {
    const profile = await new TestDevice(mdm, 'C02SCEP0002').installProfile();
    expect(scepContent(profile)).toMatchObject({
      URL: url,
      Challenge: 'open sesame',
      Subject: [[['CN', expect.stringMatching(/^[\da-f-]{36}$/)]]],
      Keysize: 2048,
      'Key Type': 'RSA',
      'Key Usage': 5,
      CAFingerprint: digest('sha1'),
    });
    const { PayloadUUID } = payloadOf(profile, 'com.apple.security.scep');
    expect(payloadOf(profile, 'com.apple.mdm')['IdentityCertificateUUID']).toBe(PayloadUUID);
  });

  it.skipIf(openssl === '')('names the authority as openssl does', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'allotment-scep-'));
    try {
      await writeFile(join(folder, 'ca.pem'), scep.certificate);
      const said = runIn(folder, openssl, 'x509 -in ca.pem -noout -fingerprint -sha1'.split(' '));
      const profile = await new TestDevice(mdm, 'C02SCEP0003').installProfile();
      const fingerprint = Buffer.from(scepContent(profile)['CAFingerprint'] as Uint8Array);
      expect(said.toString().split('=')[1]?.replaceAll(':', '').trim().toLowerCase()).toBe(
        fingerprint.toString('hex'),
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('an identity by SCEP', () => {
  it('is bound by the first Authenticate, whatever subject the SCEP server gave it', async () => {
    const device = new TestDevice(mdm, 'C02SCEP0004');
    const profile = await device.installProfile();
    await scep.issueTo(device, profile, mdm.clock.now(), 'chosen by the server');
    expect((await device.updateToken()).status).toBe(400);
    expect((await device.authenticate()).status).toBe(200);
    expect((await device.updateToken()).status).toBe(200);
    expect((await device.idle()).told?.requestType).toBe('DeviceInformation');
  });

  it('takes nothing over without the code in the addresses of that device’s profile', async () => {
    const victim = await enrolled('C02SCEP0005');
    const liar = new TestDevice(mdm, 'C02SCEP0005', victim.udid);
    const profile = await liar.installProfile();
    const own = liar.query;
    await scep.issueTo(liar, profile, mdm.clock.now());
    for (const query of ['', '?enrollment=guessed', victim.query.slice(0, -1), `${own}A`]) {
      liar.query = query;
      expect(await liar.authenticate()).toMatchObject({
        status: 400,
        text: expect.stringContaining('not issued by this server'),
      });
    }
    // The code of another alone is not enough either: the identity must be a renewed one of the same subject.
    liar.query = victim.query;
    expect(await liar.idle()).toMatchObject({
      status: 400,
      text: expect.stringContaining('bound to another device identity'),
    });
    expect((await victim.idle()).status).toBe(200);
  });

  it('is not asked for any more when SCEP is stopped, and goes on working where it is', async () => {
    const device = await enrolled('C02SCEP0006');
    await stopScep(mdm.context, actor);
    expect((await device.idle()).status).toBe(200);
    const other = new TestDevice(mdm, 'C02SCEP0007');
    await other.enroll();
    expect(other.identity).toBeDefined();
    await setScep(
      mdm.context,
      { url, name: '', authorities: (await authorities()).join('\n') },
      actor,
    );
  });
});

async function authorities(): Promise<readonly string[]> {
  const row = await mdm.context.db
    .selectFrom('devices.scep')
    .select('authorities')
    .executeTakeFirstOrThrow();
  return [row.authorities];
}

function broken(): string {
  return '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
}

function expired(): { readonly certificate: string } {
  return selfSigned({ commonName: 'old', notAfter: new Date('2025-02-01T00:00:00Z') });
}
