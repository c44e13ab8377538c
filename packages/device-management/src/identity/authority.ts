import 'reflect-metadata';
import {
  createHash,
  createPrivateKey,
  randomBytes,
  webcrypto,
  X509Certificate,
  type KeyObject,
} from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { CertificateError } from '../errors.ts';
import { encodePkcs12 } from './pkcs12.ts';

// RSA throughout: every OS version Apple devices ship with accepts it in a PKCS #12 identity and
// in a profile's certificates, and node-forge, which writes the PKCS #12, knows no other.
const ALGORITHM = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
} as const;

const DAY = 24 * 60 * 60 * 1000;

/** What has to be kept of an authority: the key is a secret. */
export interface AuthorityMaterial {
  certificatePem: string;
  /** PKCS #8. */
  privateKeyPem: string;
}

export interface NewAuthority {
  commonName: string;
  organization: string;
  now: Date;
  /** Ten years when left out: replacing it means enrolling every device again. */
  days?: number;
}

export interface NewIdentity {
  /** Printed in the certificate; the server's own name for the enrollment. */
  commonName: string;
  now: Date;
  days: number;
}

/** A device's key and certificate, made here and handed out once: the key is not kept. */
export interface IssuedIdentity {
  pkcs12: Buffer;
  password: string;
  certificatePem: string;
  /** Lower-case hex over the DER. */
  certificateSha256: string;
  notAfter: Date;
}

/** Makes the self-signed authority that device identities come from. */
export async function createAuthority(options: NewAuthority): Promise<AuthorityMaterial> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: newSerialNumber(),
      name: new x509.Name([{ O: [options.organization] }, { CN: [options.commonName] }]),
      notBefore: dayBefore(options.now),
      notAfter: new Date(options.now.getTime() + (options.days ?? 3650) * DAY),
      signingAlgorithm: ALGORITHM,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(
          x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
          true,
        ),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  return {
    certificatePem: certificate.toString('pem'),
    privateKeyPem: await exportPrivateKey(keys.privateKey),
  };
}

/** Issues device identities. */
export class CertificateAuthority {
  readonly certificatePem: string;
  readonly #certificate: x509.X509Certificate;
  readonly #key: webcrypto.CryptoKey;

  private constructor(material: AuthorityMaterial, key: webcrypto.CryptoKey) {
    this.certificatePem = material.certificatePem;
    this.#certificate = new x509.X509Certificate(material.certificatePem);
    this.#key = key;
  }

  /** @throws CertificateError when certificate and key do not belong together */
  static async open(material: AuthorityMaterial): Promise<CertificateAuthority> {
    const key = readPrivateKey(material.privateKeyPem);
    if (!new X509Certificate(material.certificatePem).checkPrivateKey(key))
      throw new CertificateError(
        'keyMismatch',
        "the device authority's key does not belong to its certificate",
      );
    const der = key.export({ format: 'der', type: 'pkcs8' });
    const imported = await webcrypto.subtle.importKey('pkcs8', der, ALGORITHM, false, ['sign']);
    return new CertificateAuthority(material, imported);
  }

  /**
   * Makes a key of its own for a device and a certificate for it, packed for a profile. The
   * certificate never outlives the authority, and begins a day early for devices whose clock is slow.
   */
  async issueIdentity(options: NewIdentity): Promise<IssuedIdentity> {
    const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
    const wanted = options.now.getTime() + options.days * DAY;
    const certificate = await x509.X509CertificateGenerator.create(
      {
        serialNumber: newSerialNumber(),
        subject: new x509.Name([{ CN: [options.commonName] }]),
        issuer: this.#certificate.subjectName,
        notBefore: dayBefore(options.now),
        notAfter: new Date(Math.min(wanted, this.#certificate.notAfter.getTime())),
        signingAlgorithm: ALGORITHM,
        publicKey: keys.publicKey,
        signingKey: this.#key,
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.KeyUsagesExtension(
            x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment,
            true,
          ),
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
          await x509.AuthorityKeyIdentifierExtension.create(this.#certificate, false, webcrypto),
          await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
        ],
      },
      webcrypto,
    );
    const certificatePem = certificate.toString('pem');
    const password = randomBytes(18).toString('base64url');
    return {
      pkcs12: await encodePkcs12({
        privateKeyPem: await exportPrivateKey(keys.privateKey),
        certificatePem,
        password,
        friendlyName: options.commonName,
      }),
      password,
      certificatePem,
      certificateSha256: createHash('sha256')
        .update(new Uint8Array(certificate.rawData))
        .digest('hex'),
      notAfter: certificate.notAfter,
    };
  }
}

function readPrivateKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new CertificateError('malformed', "the device authority's key cannot be read", { cause });
  }
}

async function exportPrivateKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = await webcrypto.subtle.exportKey('pkcs8', key);
  return x509.PemConverter.encode(der, 'PRIVATE KEY');
}

/** RFC 5280, 4.1.2.2: positive, at most 20 bytes. */
function newSerialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}

function dayBefore(now: Date): Date {
  return new Date(now.getTime() - DAY);
}
