import 'reflect-metadata';
import { webcrypto } from 'node:crypto';

import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
  type Extension,
  type JsonName,
} from '@peculiar/x509';

import type { Random } from '../core/random.ts';

/** A certificate with its private key, both PEM. */
export interface CertificateWithKey {
  readonly certificate: string;
  readonly key: string;
}

const DAY = 86_400_000;
const AUTHORITY_NAME = 'CN=Apple in a box Push Authority';

const ELLIPTIC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const RSA = {
  name: 'RSASSA-PKCS1-v1_5',
  modulusLength: 2048,
  publicExponent: Uint8Array.of(1, 0, 1),
  hash: 'SHA-256',
};
/** The attribute UID (userid) of a subject. */
const UID = '0.9.2342.19200300.100.1.1';

/** The authority behind the push service: it signs the service's own certificate and those of its senders. */
export class PushAuthority {
  readonly certificate: string;
  readonly #keys: webcrypto.CryptoKeyPair;
  readonly #random: Random;

  private constructor(certificate: string, keys: webcrypto.CryptoKeyPair, random: Random) {
    this.certificate = certificate;
    this.#keys = keys;
    this.#random = random;
  }

  /** @param now ms since the epoch, real time: TLS compares with it */
  static async create(random: Random, now: number): Promise<PushAuthority> {
    const keys = await generateKeys(ELLIPTIC);
    const certificate = await X509CertificateGenerator.createSelfSigned({
      serialNumber: serialNumber(random),
      name: AUTHORITY_NAME,
      notBefore: new Date(now - DAY),
      notAfter: new Date(now + 3650 * DAY),
      keys,
      signingAlgorithm: ELLIPTIC,
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      ],
    });
    return new PushAuthority(certificate.toString('pem'), keys, random);
  }

  /** A certificate for the service itself. @param hosts names or IPv4 addresses it is reached under */
  async issueServer(hosts: readonly string[], now: number): Promise<CertificateWithKey> {
    const keys = await generateKeys(ELLIPTIC);
    return this.#issue(keys, [{ CN: ['api.push.apple.com'] }], now - DAY, now + 825 * DAY, [
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(
        hosts.map((value) => ({ type: /^[\d.]+$/.test(value) ? 'ip' : 'dns', value })),
      ),
    ]);
  }

  /**
   * An MDM push certificate: an RSA key, the topic as UID of the subject, for use as a TLS client.
   * @param expiresInDays may be negative: an expired one
   */
  async issueClient(
    topic: string,
    expiresInDays: number,
    now: number,
  ): Promise<CertificateWithKey> {
    const keys = await generateKeys(RSA);
    const name = `APSP:${topic.replace('com.apple.mgmt.External.', '')}`;
    const subject: JsonName = [{ [UID]: [topic] }, { CN: [name] }, { C: ['US'] }];
    const notAfter = now + expiresInDays * DAY;
    return this.#issue(keys, subject, Math.min(now, notAfter) - DAY, notAfter, [
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
    ]);
  }

  async #issue(
    keys: webcrypto.CryptoKeyPair,
    subject: JsonName,
    notBefore: number,
    notAfter: number,
    extensions: Extension[],
  ): Promise<CertificateWithKey> {
    const certificate = await X509CertificateGenerator.create({
      serialNumber: serialNumber(this.#random),
      subject,
      issuer: AUTHORITY_NAME,
      notBefore: new Date(notBefore),
      notAfter: new Date(notAfter),
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      signingAlgorithm: ELLIPTIC,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        ...extensions,
      ],
    });
    return { certificate: certificate.toString('pem'), key: await privateKeyPem(keys) };
  }
}

function generateKeys(algorithm: typeof ELLIPTIC | typeof RSA): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

async function privateKeyPem(keys: webcrypto.CryptoKeyPair): Promise<string> {
  return PemConverter.encode(
    await webcrypto.subtle.exportKey('pkcs8', keys.privateKey),
    'PRIVATE KEY',
  );
}

/** Positive whatever its digits: the first bit stays clear. */
function serialNumber(random: Random): string {
  return `01${random.hex(16)}`;
}
