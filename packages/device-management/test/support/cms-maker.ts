import { createHash, KeyObject, randomBytes, sign, webcrypto, X509Certificate } from 'node:crypto';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { NOW } from './identities.ts';

const DAY = 24 * 60 * 60_000;

export type KeyKind = 'rsa' | 'ec';
export type Digest = 'sha1' | 'sha256' | 'sha512';

/** A certificate with its key. */
export interface Holder {
  readonly kind: KeyKind;
  readonly certificate: X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
}

const algorithms = {
  rsa: {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength: 2048,
  },
  ec: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
} as const;

/** @param issuer undefined: the certificate is an authority by itself */
export async function makeHolder(
  name: string,
  kind: KeyKind,
  issuer?: Holder,
  authority = issuer === undefined,
): Promise<Holder> {
  const algorithm = algorithms[kind];
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const made = await x509.X509CertificateGenerator.create(
    {
      // Positive as it stands, so that it is encoded as it is written.
      serialNumber: `10${randomBytes(8).toString('hex')}`,
      subject: `CN=${name}`,
      issuer: issuer === undefined ? `CN=${name}` : issuer.certificate.subject,
      notBefore: new Date(NOW.getTime() - DAY),
      notAfter: new Date(NOW.getTime() + 365 * DAY),
      signingAlgorithm: algorithms[issuer?.kind ?? kind],
      publicKey: keys.publicKey,
      signingKey: (issuer?.keys ?? keys).privateKey,
      extensions: [
        new x509.BasicConstraintsExtension(authority, undefined, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  return { kind, keys, certificate: new X509Certificate(Buffer.from(made.rawData)) };
}

/** How a signature is put together. */
export interface Shape {
  readonly digest: Digest;
  readonly attributes: boolean;
  /** By the key's identifier; else by issuer and serial number. */
  readonly byKeyId?: boolean;
  /** The signature's algorithm names the digest too. */
  readonly combined?: boolean;
  /** Certificates of authorities that come with it. */
  readonly beside?: readonly X509Certificate[];
}

const oids = {
  data: '2a864886f70d010701',
  signedData: '2a864886f70d010702',
  contentType: '2a864886f70d010903',
  messageDigest: '2a864886f70d010904',
  sha1: '2b0e03021a',
  sha256: '608648016503040201',
  sha512: '608648016503040203',
  rsa: '2a864886f70d010101',
} as const;

const combinedOids = {
  rsa: { sha1: '2a864886f70d010105', sha256: '2a864886f70d01010b', sha512: '2a864886f70d01010d' },
  ec: { sha1: '2a8648ce3d0401', sha256: '2a8648ce3d040302', sha512: '2a8648ce3d040304' },
} as const;

/** A detached CMS SignedData (RFC 5652) in DER, made without the help of any reader of it. */
export function makeCms(body: Buffer, signer: Holder, shape: Shape): Buffer {
  const { kind, certificate, keys } = signer;
  const digest = algorithm(oids[shape.digest]);
  const attributes = [
    sequence(oid(oids.contentType), set(oid(oids.data))),
    sequence(
      oid(oids.messageDigest),
      set(der(0x04, createHash(shape.digest).update(body).digest())),
    ),
  ].sort((a, b) => Buffer.compare(a, b));
  const covered = shape.attributes ? set(...attributes) : body;
  const signatureAlgorithm =
    kind === 'rsa' && shape.combined !== true
      ? algorithm(oids.rsa)
      : algorithm(combinedOids[kind][shape.digest], kind === 'rsa');
  const signerInfo = sequence(
    integer(shape.byKeyId === true ? 3 : 1),
    shape.byKeyId === true ? der(0x80, keyIdOf(certificate)) : issuerAndSerial(certificate),
    digest,
    ...(shape.attributes ? [der(0xa0, ...attributes)] : []),
    signatureAlgorithm,
    der(0x04, sign(shape.digest, covered, KeyObject.from(keys.privateKey))),
  );
  const certificates = [certificate, ...(shape.beside ?? [])].map(({ raw }) => raw);
  const signedData = sequence(
    integer(shape.byKeyId === true ? 3 : 1),
    set(digest),
    sequence(oid(oids.data)),
    der(0xa0, ...certificates),
    set(signerInfo),
  );
  return sequence(oid(oids.signedData), der(0xa0, signedData));
}

/** An element in DER, its length as short as can be. */
export function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const size = Buffer.from(length.toString(16).padStart(length > 0xff ? 4 : 2, '0'), 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | size.length]), size, content]);
}

const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts);
const set = (...parts: readonly Buffer[]): Buffer => der(0x31, ...parts);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const integer = (value: number): Buffer => der(0x02, Buffer.from([value]));
const algorithm = (hex: string, withNull = true): Buffer =>
  sequence(oid(hex), ...(withNull ? [der(0x05)] : []));

function issuerAndSerial(certificate: X509Certificate): Buffer {
  const { serialNumber, issuerName } = new x509.X509Certificate(certificate.raw);
  const serial = der(0x02, Buffer.from(serialNumber, 'hex'));
  return sequence(Buffer.from(issuerName.toArrayBuffer()), serial);
}

function keyIdOf(certificate: X509Certificate): Buffer {
  const extension = new x509.X509Certificate(certificate.raw).getExtension(
    x509.SubjectKeyIdentifierExtension,
  );
  return Buffer.from(extension?.keyId ?? '', 'hex');
}
