import { X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  buildEnrollmentProfile,
  CertificateAuthority,
  CertificateError,
  createAuthority,
  isDictionary,
  readPlist,
  type AuthorityMaterial,
  type EnrollmentProfile,
  type IssuedIdentity,
  type PlistDictionary,
  type PlistValue,
  type ScepIdentity,
} from '../src/index.ts';
import { NOW, unpack } from './support/identities.ts';
import { openssl, opensslPresent } from './support/openssl.ts';
import { departures, readSchema, schemasPresent } from './support/schema.ts';

let material: AuthorityMaterial;
let authority: CertificateAuthority;
let identity: IssuedIdentity;

beforeAll(async () => {
  material = await createAuthority({ commonName: 'Geräte-CA', organization: 'Example', now: NOW });
  authority = await CertificateAuthority.open(material);
  identity = await authority.issueIdentity({ commonName: 'enrollment-1', now: NOW, days: 365 });
});

describe('the device authority', () => {
  it('is an authority for ten years that can issue no other authorities', () => {
    const certificate = new X509Certificate(material.certificatePem);
    expect(certificate.ca).toBe(true);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.validToDate).toEqual(new Date('2036-05-29T12:00:00Z'));
  });

  it('refuses to open with a key of another certificate', async () => {
    const other = await createAuthority({ commonName: 'x', organization: 'x', now: NOW });
    await expect(
      CertificateAuthority.open({ ...material, privateKeyPem: other.privateKeyPem }),
    ).rejects.toThrow(expect.objectContaining({ code: 'keyMismatch' }));
    await expect(CertificateAuthority.open({ ...material, privateKeyPem: 'junk' })).rejects.toThrow(
      CertificateError,
    );
  });

  it('issues identities that chain to it, with keys of 2048 bits and a serial number of their own', async () => {
    const ca = new X509Certificate(material.certificatePem);
    const certificate = new X509Certificate(identity.certificatePem);
    expect(certificate.checkIssued(ca) && certificate.verify(ca.publicKey)).toBe(true);
    expect(certificate.publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048);
    expect(certificate.ca).toBe(false);
    expect(identity.notAfter).toEqual(new Date('2027-06-01T12:00:00Z'));
    const second = await authority.issueIdentity({
      commonName: 'enrollment-1',
      now: NOW,
      days: 365,
    });
    expect(second.certificateSha256).not.toBe(identity.certificateSha256);
    expect(second.password).not.toBe(identity.password);
  });

  it('issues nothing that outlives it', async () => {
    const long = await authority.issueIdentity({ commonName: 'x', now: NOW, days: 9999 });
    expect(long.notAfter).toEqual(new X509Certificate(material.certificatePem).validToDate);
  });

  it('packs exactly the certificate it names, and its key', () => {
    const unpacked = unpack(identity);
    const certificate = new X509Certificate(unpacked.certificatePem);
    expect(certificate.fingerprint256.replaceAll(':', '').toLowerCase()).toBe(
      identity.certificateSha256,
    );
    expect(() => unpack({ ...identity, password: 'wrong' })).toThrow(/password/i);
  });

  it.skipIf(!opensslPresent)('packs in the legacy encryption Apple devices accept', () => {
    const info = [
      'pkcs12',
      '-in',
      'identity.p12',
      '-passin',
      `pass:${identity.password}`,
      '-nodes',
    ];
    const pem = openssl(info, { 'identity.p12': identity.pkcs12 }).toString();
    expect(pem).toContain('PRIVATE KEY');
    const certificate =
      /-----BEGIN CERTIFICATE-----[^]+-----END CERTIFICATE-----/.exec(pem)?.[0] ?? '';
    expect(new X509Certificate(certificate).raw).toEqual(
      new X509Certificate(identity.certificatePem).raw,
    );
    const pbeWithSha1AndTripleDes = Buffer.from('060a2a864886f70d010c0103', 'hex');
    const hmacSha1 = Buffer.from('06052b0e03021a', 'hex');
    expect(identity.pkcs12.includes(pbeWithSha1AndTripleDes)).toBe(true);
    expect(identity.pkcs12.includes(hmacSha1)).toBe(true);
  });

  it.skipIf(!opensslPresent)(
    'issues certificates openssl verifies for client authentication',
    () => {
      const verified = openssl(
        [
          'verify',
          '-x509_strict',
          '-purpose',
          'sslclient',
          '-attime',
          String(NOW.getTime() / 1000),
          '-CAfile',
          'ca.pem',
          'device.pem',
        ],
        { 'ca.pem': material.certificatePem, 'device.pem': identity.certificatePem },
      );
      expect(verified.toString()).toContain('device.pem: OK');
    },
  );
});

describe('the enrollment profile', () => {
  it.skipIf(!schemasPresent).each(['com.apple.mdm', 'com.apple.security.pkcs12'])(
    "has a payload %s as Apple's schema describes it",
    (type) => {
      const { payloadkeys } = readSchema(`profiles/${type}.yaml`);
      expect(departures(payloadOf(type), payloadkeys, COMMON_KEYS)).toEqual([]);
    },
  );

  it.skipIf(!schemasPresent)("has a SCEP payload as Apple's schema describes it", () => {
    const { payloadkeys } = readSchema('profiles/com.apple.security.scep.yaml');
    const payload = payloads(scepIdentity).find(
      (one) => one['PayloadType'] === 'com.apple.security.scep',
    );
    expect(departures(payload ?? {}, payloadkeys, COMMON_KEYS)).toEqual([]);
  });

  it('asks for the least rights, signs every message and says when it is removed', () => {
    expect(payloadOf('com.apple.mdm')).toMatchObject({
      AccessRights: 6416,
      SignMessage: true,
      CheckOutWhenRemoved: true,
      Topic: 'com.apple.mgmt.External.1',
      ServerURL: 'https://mdm.example.org/mdm/connect',
      CheckInURL: 'https://mdm.example.org/mdm/checkin',
      IdentityCertificateUUID: payloadOf('com.apple.security.pkcs12')['PayloadUUID'],
    });
  });

  it.each([
    ['account', { EnrollmentMode: 'BYOD', AssignedManagedAppleID: 'ada@example.org' }],
    ['profile', { ManagedAppleID: 'ada@example.org' }],
  ] as const)('names the account of a User Enrollment that began by the %s', (by, named) => {
    const userEnrollment = { managedAppleId: 'ada@example.org', by };
    const content = profile({ userEnrollment })['PayloadContent'];
    const all = Array.isArray(content) ? content.filter(isDictionary) : [];
    const management = all.find((one) => one['PayloadType'] === 'com.apple.mdm') ?? {};
    const modes = ['EnrollmentMode', 'AssignedManagedAppleID', 'ManagedAppleID', 'AccessRights'];
    const present = Object.entries(management).filter(([key]) => modes.includes(key));
    expect(Object.fromEntries(present)).toEqual(named);
    if (!schemasPresent) return;
    const { payloadkeys } = readSchema('profiles/com.apple.mdm.yaml');
    expect(departures(management, payloadkeys, COMMON_KEYS)).toEqual([]);
  });

  it('carries the identity and the authorities to trust', () => {
    expect(payloadOf('com.apple.security.pkcs12')).toMatchObject({
      PayloadContent: identity.pkcs12,
      Password: identity.password,
    });
    expect(payloadOf('com.apple.security.root')['PayloadContent']).toEqual(
      new X509Certificate(material.certificatePem).raw,
    );
  });

  it('gives every payload the common keys and a UUID of its own', () => {
    const all = [profile(), ...payloads()];
    for (const payload of all)
      expect(Object.keys(payload)).toEqual(
        expect.arrayContaining([
          'PayloadType',
          'PayloadVersion',
          'PayloadIdentifier',
          'PayloadUUID',
          'PayloadDisplayName',
        ]),
      );
    expect(new Set(all.map((payload) => payload['PayloadUUID'])).size).toBe(all.length);
    expect(new Set(all.map((payload) => payload['PayloadIdentifier'])).size).toBe(all.length);
  });
});

const COMMON_KEYS = [
  'PayloadType',
  'PayloadVersion',
  'PayloadIdentifier',
  'PayloadUUID',
  'PayloadOrganization',
  'PayloadDisplayName',
];

const scepIdentity: ScepIdentity = {
  scepUrl: 'https://scep.example.org/scep',
  name: 'Example',
  commonName: 'enrollment-1',
  challenge: 'secret',
  caFingerprint: Buffer.alloc(20, 1),
};

function payloads(chosen?: ScepIdentity): PlistDictionary[] {
  const content = profile(chosen && { identity: chosen })['PayloadContent'];
  return Array.isArray(content) ? content.filter(isDictionary) : [];
}

function payloadOf(type: string): PlistDictionary {
  return payloads().find((payload) => payload['PayloadType'] === type) ?? {};
}

function profile(chosen: Partial<EnrollmentProfile> = {}): PlistDictionary {
  let count = 0;
  const value: PlistValue = readPlist(
    buildEnrollmentProfile({
      organization: 'Schule & Söhne <GmbH>',
      identifier: 'org.example.enrollment',
      serverUrl: 'https://mdm.example.org/mdm/connect',
      checkInUrl: 'https://mdm.example.org/mdm/checkin',
      topic: 'com.apple.mgmt.External.1',
      identity: { ...identity, name: 'enrollment-1' },
      trustedRoots: [material.certificatePem],
      uuid: () => `00000000-0000-4000-8000-${String((count += 1)).padStart(12, '0')}`,
      ...chosen,
    }),
  );
  return isDictionary(value) ? value : {};
}
