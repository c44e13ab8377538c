import { createHash } from 'node:crypto';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { FleetWorld } from './support/fleet-world.ts';
import type { Dictionary } from './support/mdm-server.ts';
import type { ProfileParts } from './support/profile.ts';
import { ScepResponder } from './support/scep-responder.ts';

let w: FleetWorld;
let responder: ScepResponder;

beforeAll(async () => {
  w = await FleetWorld.start();
  responder = await ScepResponder.start(w.openSsl);
});

afterAll(async () => {
  await responder[Symbol.asyncDispose]();
  await w[Symbol.asyncDispose]();
});

beforeEach(() => {
  w.reset();
  responder.reset();
});

describe('an identity by SCEP', () => {
  it('is certified for a key of the device’s own, with what the profile says', async () => {
    const device = w.create();
    await w.fleet.enroll(device, w.serve(profile(FULL)));
    const [request] = responder.requests;
    expect(request).toMatchObject({ method: 'POST', messageType: '19', cipher: 'aes-128-cbc' });
    expect(request?.text).toMatch(/Subject: O ?= ?Example, CN ?= ?device 7/);
    expect(request?.text).toMatch(/Public-Key: \(2048 bit\)/);
    expect(request?.text).toMatch(/challengePassword *: ?secret/);
    expect(request?.text).toMatch(/email:sam@example.org, DNS:device.example.org/);
    expect(request?.text).toMatch(/Digital Signature, Key Encipherment/);
    expect(w.server.messages('TokenUpdate')).toHaveLength(1);
    const other = w.create();
    await w.fleet.enroll(other, w.serve(profile(FULL)));
    expect(other.enrollment?.identity.certificate).not.toEqual(
      device.enrollment?.identity.certificate,
    );
  });

  it('signs the messages of the device', async () => {
    const device = w.create();
    await w.fleet.enroll(device, w.serve(profile(FULL)));
    const [first] = w.server.received;
    const signature = w.openSsl.file(
      Buffer.from(String(first?.headers['mdm-signature']), 'base64'),
    );
    const chain = ['-CAfile', w.openSsl.file(pem(responder.certificate)), '-purpose', 'any'];
    const form = ['-verify', '-binary', '-inform', 'DER', '-in', signature, ...chain];
    const content = ['-content', w.openSsl.file(first?.raw ?? '')];
    const verify = (): unknown =>
      w.openSsl.run('cms', ...form, ...content, '-out', w.openSsl.path('out'));
    expect(verify).not.toThrow();
  });

  it('comes over GET, with 3DES and SHA-1, from a server that says nothing of its abilities', async () => {
    responder.capabilities = '';
    const device = w.create();
    await w.fleet.enroll(device, w.serve(profile({})));
    expect(responder.requests).toMatchObject([{ method: 'GET', cipher: 'des-ede3-cbc' }]);
    expect(responder.requests[0]?.text).toMatch(/Public-Key: \(1024 bit\)/);
  });

  it('comes from a registration authority that acts for the authority', async () => {
    responder.registration = true;
    const device = w.create();
    const fingerprint = createHash('sha256').update(responder.certificate).digest();
    await w.fleet.enroll(device, w.serve(profile({ ...FULL, CAFingerprint: fingerprint })));
    expect(device.enrollment?.confirmed).toBe(true);
  });

  it('is asked for again while the server puts it off, as often as the profile says', async () => {
    responder.pending = 2;
    const patient = w.create();
    await w.fleet.enroll(patient, w.serve(profile({ Retries: 2 })));
    expect(responder.requests.map(({ messageType }) => messageType)).toEqual(['19', '20', '20']);
    responder.pending = 2;
    const hasty = w.create();
    const url = w.serve(profile({ Retries: 1 }));
    await expect(w.fleet.enroll(hasty, url)).rejects.toThrow(/has not decided/);
  });

  it.each<[string, () => void, Dictionary, RegExp]>([
    [
      'the server refuses',
      () => (responder.refusal = '2'),
      {},
      /refuses the request \(badRequest\)/,
    ],
    ['the nonce is not returned', () => (responder.lie = 'nonce'), {}, /nonce/],
    ['it belongs elsewhere', () => (responder.lie = 'transaction'), {}, /another transaction/],
    ['somebody else signed', () => (responder.lie = 'signer'), {}, /not signed by the authority/],
    [
      'the authority is another',
      () => undefined,
      { CAFingerprint: Buffer.alloc(20) },
      /CAFingerprint/,
    ],
    ['nobody is there', () => undefined, { URL: 'http://127.0.0.1:1/scep' }, /SCEP: /],
    ['the URL is none', () => undefined, { URL: 'scep' }, /SCEP.URL must be a URL/],
    ['the key size is odd', () => undefined, { Keysize: 1000 }, /Keysize must be one of/],
    ['the key is no RSA key', () => undefined, { 'Key Type': 'EC' }, /can only be "RSA"/],
    ['the subject is flat', () => undefined, { Subject: ['CN', 'x'] }, /one pair of texts/],
  ])('does not come when %s', async (_name, bend, content, message) => {
    bend();
    const device = w.create();
    await expect(w.fleet.enroll(device, w.serve(profile(content)))).rejects.toThrow(message);
    expect(device.enrollment).toBeUndefined();
    expect(w.server.received).toEqual([]);
  });
});

const FULL: Dictionary = {
  Name: 'devices',
  Subject: [[['O', 'Example']], [['CN', 'device 7']]],
  Challenge: 'secret',
  Keysize: 2048,
  'Key Type': 'RSA',
  'Key Usage': 5,
  SubjectAltName: { rfc822Name: 'sam@example.org', dNSName: ['device.example.org'] },
};

function profile(content: Dictionary): ProfileParts {
  const payload: Dictionary = { URL: responder.url, Subject: [[['CN', 'x']]], ...content };
  const { identity } = w.parts;
  return {
    ...w.parts,
    identity: {
      ...identity,
      PayloadType: 'com.apple.security.scep',
      PayloadContent: payload,
    },
  };
}

function pem(certificate: Buffer): string {
  return `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64')}\n-----END CERTIFICATE-----\n`;
}
