import { X509Certificate, createPrivateKey } from 'node:crypto';

import forge from 'node-forge';
import { afterAll, describe, expect, it } from 'vitest';

import { readPkcs12 } from '../../src/devices/messages/pkcs12.ts';
import { ELLIPTIC, LEGACY, OpenSsl, PASSWORD } from './support/openssl.ts';

const openSsl = new OpenSsl();
const authority = openSsl.authority();
const identity = openSsl.certify(authority, '/CN=device-1');
const good = openSsl.pkcs12(identity);

afterAll(() => {
  openSsl[Symbol.dispose]();
});

describe('PKCS #12 identity', () => {
  it.each([
    ['3DES throughout', LEGACY],
    ['RC2 for the certificate', ['-legacy']],
  ])('opens with %s, certificate byte for byte', (_name, options) => {
    const read = readPkcs12(openSsl.pkcs12(identity, options), PASSWORD);
    expect(read.certificate).toEqual(new X509Certificate(identity.certificate).raw);
    expect(read.privateKey.equals(createPrivateKey(identity.key))).toBe(true);
  });

  it('opens as node-forge writes it', () => {
    const key = forge.pki.privateKeyFromPem(identity.key);
    const certificate = forge.pki.certificateFromPem(identity.certificate);
    const options = {
      algorithm: '3des',
      friendlyName: 'identity',
      generateLocalKeyId: true,
    } as const;
    const file = forge.pkcs12.toPkcs12Asn1(key, certificate, PASSWORD, options);
    const bytes = Buffer.from(forge.asn1.toDer(file).getBytes(), 'latin1');
    const read = readPkcs12(bytes, PASSWORD);
    expect(read.privateKey.equals(createPrivateKey(identity.key))).toBe(true);
  });

  it('opens with an elliptic-curve key too', () => {
    const elliptic = openSsl.certify(authority, '/CN=device-2', '', ELLIPTIC);
    const read = readPkcs12(openSsl.pkcs12(elliptic), PASSWORD);
    expect(read.privateKey.asymmetricKeyType).toBe('ec');
  });

  it('is refused in the encryption that OpenSSL 3 writes by default', () => {
    expect(() => readPkcs12(openSsl.pkcs12(identity, []), PASSWORD)).toThrow(/only SHA-1/);
    const modern = openSsl.pkcs12(identity, ['-macalg', 'sha1']);
    expect(() => readPkcs12(modern, PASSWORD)).toThrow(/1\.2\.840\.113549\.1\.5\.13/);
  });

  it('is refused with a wrong password, without a MAC, or damaged', () => {
    expect(() => readPkcs12(good, 'battery staple')).toThrow(/password/);
    const bare = openSsl.pkcs12(identity, [...LEGACY, '-nomac']);
    expect(() => readPkcs12(bare, PASSWORD)).toThrow(/MAC/);
    expect(() => readPkcs12(good.subarray(0, 500), PASSWORD)).toThrow(/damaged/);
    expect(() => readPkcs12(Buffer.from('nonsense'), PASSWORD)).toThrow(/damaged/);
  });

  it('is refused with a second certificate, without a key, or with an unencrypted key', () => {
    const chain = openSsl.file(authority.certificate);
    const two = openSsl.pkcs12(identity, [...LEGACY, '-certfile', chain]);
    expect(() => readPkcs12(two, PASSWORD)).toThrow(/exactly one certificate/);
    const keyless = openSsl.pkcs12(identity, [...LEGACY, '-nokeys']);
    expect(() => readPkcs12(keyless, PASSWORD)).toThrow(/exactly one private key/);
    const open = openSsl.pkcs12(identity, [...LEGACY, '-keypbe', 'NONE']);
    expect(() => readPkcs12(open, PASSWORD)).toThrow(/encrypted key/);
  });
});
