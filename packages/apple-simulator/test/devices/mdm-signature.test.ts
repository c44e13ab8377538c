import { X509Certificate, createPrivateKey, randomBytes } from 'node:crypto';

import { afterAll, describe, expect, it } from 'vitest';

import { mdmSignature } from '../../src/devices/messages/mdm-signature.ts';
import { ELLIPTIC, OpenSsl, type Certified } from './support/openssl.ts';

const openSsl = new OpenSsl();
const authority = openSsl.authority();
const rsa = openSsl.certify(authority, '/O=Allotment/CN=device-1');
const elliptic = openSsl.certify(authority, '/CN=device-2', '', ELLIPTIC);
const SIGNED_AT = Date.now();

afterAll(() => {
  openSsl[Symbol.dispose]();
});

function sign(body: Buffer, identity: Certified): string {
  const privateKey = createPrivateKey(identity.key);
  const certificate = new X509Certificate(identity.certificate).raw;
  return mdmSignature(body, { privateKey, certificate }, SIGNED_AT);
}

function verify(body: Buffer, signature: string, trusted: Certified): void {
  const der = openSsl.file(Buffer.from(signature, 'base64'));
  const content = openSsl.file(body);
  const trust = openSsl.file(trusted.certificate);
  const form = ['-binary', '-purpose', 'any', '-inform', 'DER', '-out', openSsl.path('out')];
  openSsl.run('cms', '-verify', ...form, '-in', der, '-content', content, '-CAfile', trust);
}

describe('Mdm-Signature', () => {
  it('is a detached CMS signature that OpenSSL verifies up to the issuing authority', () => {
    for (const identity of [rsa, elliptic]) {
      const body = randomBytes(3000);
      expect(() => verify(body, sign(body, identity), authority)).not.toThrow();
    }
  });

  it('does not verify over another body or under another authority', () => {
    const body = Buffer.from('<plist/>');
    const signature = sign(body, rsa);
    expect(() => verify(Buffer.from('<plist />'), signature, authority)).toThrow(/digest|verif/i);
    expect(() => verify(body, signature, openSsl.authority('Someone else'))).toThrow(/verif/i);
  });

  it('carries the signer certificate and the signing time', () => {
    const der = openSsl.file(Buffer.from(sign(Buffer.from('x'), rsa), 'base64'));
    const text = openSsl.run('cms', '-cmsout', '-print', '-inform', 'DER', '-in', der);
    expect(text).toContain('CN=device-1');
    expect(text).toContain(`${new Date(SIGNED_AT).getUTCFullYear()} GMT`);
  });
});
