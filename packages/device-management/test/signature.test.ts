import { createHash, generateKeyPairSync, X509Certificate } from 'node:crypto';
import * as fc from 'fast-check';
import forge from 'node-forge';
import { beforeAll, describe, expect, it } from 'vitest';
import { SignatureError, SignatureVerifier, type CertificateAuthority } from '../src/index.ts';
import { readBer, readTime, type BerElement } from '../src/signature/ber.ts';
import {
  newAuthority,
  NOW,
  signBody,
  unpack,
  type UnpackedIdentity,
} from './support/identities.ts';
import { openssl, opensslPresent } from './support/openssl.ts';

const BODY = Buffer.from('<plist><dict><key>Status</key><string>Idle</string></dict></plist>');
const LATER = new Date('2028-01-01T00:00:00Z');

let authority: CertificateAuthority;
let identity: UnpackedIdentity;
let certificateSha256: string;
let verifier: SignatureVerifier;
let header: string;

beforeAll(async () => {
  authority = await newAuthority();
  const issued = await authority.issueIdentity({ commonName: 'enrollment-1', now: NOW, days: 365 });
  certificateSha256 = issued.certificateSha256;
  identity = unpack(issued);
  verifier = new SignatureVerifier({ authorities: [authority.certificatePem] });
  header = signBody(identity, BODY);
});

const sha256Of = (pem: string): string =>
  createHash('sha256').update(new X509Certificate(pem).raw).digest('hex');

function codeOf(value: string | undefined, body = BODY, now = NOW): string {
  try {
    verifier.verify(value, body, now);
  } catch (error) {
    if (error instanceof SignatureError) return error.code;
    throw error;
  }
  return 'accepted';
}

describe('Mdm-Signature', () => {
  it('proves who signed a body', () => {
    expect(verifier.verify(header, BODY, NOW)).toEqual({
      certificateSha256,
      commonName: 'enrollment-1',
      subject: 'CN=enrollment-1',
      authoritySha256: sha256Of(authority.certificatePem),
      notBefore: new Date('2026-05-31T12:00:00Z'),
      notAfter: new Date('2027-06-01T12:00:00Z'),
    });
  });

  it.each([
    ['26 as UTCTime', 0x17, '260601115958Z', '2026-06-01T11:59:58Z'],
    ['2026 as GeneralizedTime', 0x18, '20260601115958Z', '2026-06-01T11:59:58Z'],
    ['1999, by a device whose battery was empty', 0x17, '991231235959Z', '1999-12-31T23:59:59Z'],
    ['a time with a zone', 0x17, '2606011159+0200', undefined],
    ['a month that is none', 0x17, '261301115958Z', undefined],
    ['a text', 0x0c, '260601115958Z', undefined],
  ])('tells when it was made: %s', (_what, tag, text, wanted) => {
    const content = Buffer.from(text);
    const element = { tag, content, raw: content, children: [] };
    expect(readTime(element)).toEqual(wanted === undefined ? undefined : new Date(wanted));
  });

  it('refuses another body, a missing header and what is no signature', () => {
    expect(codeOf(header, Buffer.from('other'))).toBe('digestMismatch');
    expect(codeOf(undefined)).toBe('missing');
    expect(codeOf('')).toBe('missing');
    expect(codeOf('not base64!')).toBe('malformed');
    expect(codeOf('A'.repeat(30_000))).toBe('malformed');
    expect(codeOf(Buffer.from('<plist/>').toString('base64'))).toBe('malformed');
  });

  it('accepts SHA-1, which old iOS versions sign with, and refuses what it does not know', () => {
    expect(codeOf(signBody(identity, BODY, forge.pki.oids['sha1']))).toBe('accepted');
    expect(codeOf(signBody(identity, BODY, forge.pki.oids['md5']))).toBe('unsupported');
  });

  it('refuses a certificate of another authority', async () => {
    const stranger = await (
      await newAuthority()
    ).issueIdentity({ commonName: 'x', now: NOW, days: 1 });
    expect(codeOf(signBody(unpack(stranger), BODY))).toBe('certificateUntrusted');
  });

  it('refuses a certificate before and after its time, also one it has seen', () => {
    expect(codeOf(header, BODY, LATER)).toBe('certificateExpired');
    expect(codeOf(header, BODY, new Date('2026-01-01T00:00:00Z'))).toBe('certificateNotYetValid');
    expect(codeOf(header)).toBe('accepted');
  });

  it("refuses a signature made with another key than the certificate's", () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const forged = {
      ...identity,
      privateKeyPem: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    };
    expect(codeOf(signBody(forged, BODY))).toBe('signatureMismatch');
  });

  it('remembers a bounded number of certificates and works without memory too', async () => {
    const small = new SignatureVerifier({ authorities: [authority.certificatePem], remembered: 1 });
    const other = await authority.issueIdentity({ commonName: 'other', now: NOW, days: 1 });
    const otherHeader = signBody(unpack(other), BODY);
    for (const each of [header, otherHeader, header, otherHeader])
      expect(small.verify(each, BODY, NOW).certificateSha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it.skipIf(!opensslPresent).each([
    ['as openssl does by default', []],
    ['with a subject key identifier', ['-keyid']],
    ['without signed attributes', ['-noattr']],
    ['with SHA-512', ['-md', 'sha512']],
    ["with the authority's certificate beside", ['-certfile', 'ca.pem']],
  ])('verifies a signature made %s', (_, options) => {
    expect(codeOf(signWithOpenssl(options).toString('base64'))).toBe('accepted');
  });

  it("verifies the indefinite lengths Apple's encoder writes", () => {
    const loosened = withIndefiniteLengths(readBer(Buffer.from(header, 'base64')), 3);
    expect(loosened.subarray(0, 2).toString('hex')).toBe('3080');
    expect(codeOf(loosened.toString('base64'))).toBe('accepted');
  });

  it.skipIf(!opensslPresent)('refuses a signature that carries its content', () => {
    expect(codeOf(signWithOpenssl(['-nodetach']).toString('base64'))).toBe('malformed');
  });

  it.skipIf(!opensslPresent)(
    'refuses a certificate a device made with its own as authority',
    () => {
      const child = openssl(
        [
          'req',
          '-x509',
          '-newkey',
          'rsa:2048',
          '-nodes',
          '-keyout',
          'child.key',
          '-CA',
          'device.pem',
          '-CAkey',
          'device.key',
          '-subj',
          '/CN=enrollment-1',
          '-days',
          '1',
        ],
        { 'device.pem': identity.certificatePem, 'device.key': identity.privateKeyPem },
      ).toString();
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const own = {
        certificatePem: child,
        privateKeyPem: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
      };
      expect(codeOf(signBody(own, BODY))).toBe('certificateUntrusted');
    },
  );

  it('fails on damaged signatures only by its own errors, and never accepts another signer', () => {
    const cms = Buffer.from(header, 'base64');
    const damage = fc.array(fc.tuple(fc.nat(cms.length - 1), fc.nat(255)), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(damage, fc.nat(cms.length), fc.boolean(), (bytes, end, cut) => {
        const damaged = Buffer.from(cut ? cms.subarray(0, end) : cms);
        for (const [at, value] of bytes) if (at < damaged.length) damaged[at] = value;
        expect(codeOf(damaged.toString('base64'))).toEqual(expect.any(String));
      }),
      { numRuns: 3000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(codeOf(Buffer.from(bytes).toString('base64'))).not.toBe('accepted');
      }),
      { numRuns: 2000 },
    );
  });

  it('refuses endless nesting without exhausting the stack', () => {
    expect(codeOf(Buffer.from('3080'.repeat(8000), 'hex').toString('base64'))).toBe('malformed');
  });
});

function withIndefiniteLengths(element: BerElement, depth: number): Buffer {
  if (depth === 0 || element.children.length === 0) return element.raw;
  const children = element.children.map((child) => withIndefiniteLengths(child, depth - 1));
  return Buffer.concat([Buffer.from([element.tag, 0x80]), ...children, Buffer.from([0, 0])]);
}

function signWithOpenssl(options: readonly string[]): Buffer {
  return openssl(
    [
      'cms',
      '-sign',
      '-binary',
      '-in',
      'body',
      '-signer',
      'device.pem',
      '-inkey',
      'device.key',
      '-outform',
      'DER',
      ...options,
    ],
    {
      body: BODY,
      'device.pem': identity.certificatePem,
      'device.key': identity.privateKeyPem,
      'ca.pem': authority.certificatePem,
    },
  );
}
