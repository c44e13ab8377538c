import { createHash, generateKeyPairSync, type KeyObject, privateEncrypt, sign } from 'node:crypto';
import forge from 'node-forge';

/** DER of a DigestInfo for SHA-256, up to the digest itself. */
const digestInfo = Buffer.from('3031300d060960864801650304020105000420', 'hex');
const bits = 2048;
const dayMs = 24 * 60 * 60 * 1000;

/** Lets forge sign in native code. */
function nativeKey(key: KeyObject): forge.pki.rsa.PrivateKey {
  const signDigest = (digest: forge.md.MessageDigest): string => {
    const info = Buffer.concat([digestInfo, Buffer.from(digest.digest().getBytes(), 'latin1')]);
    return privateEncrypt(key, info).toString('latin1');
  };
  return { sign: signDigest } as forge.pki.rsa.PrivateKey;
}

function certify(
  subject: string,
  publicKey: KeyObject,
  issuer: string,
  key: KeyObject,
  isAuthority: boolean,
): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(
    publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  );
  certificate.serialNumber = createHash('sha256').update(subject).digest('hex').slice(0, 16);
  certificate.validity.notBefore = new Date(Date.now() - dayMs);
  certificate.validity.notAfter = new Date(Date.now() + 365 * dayMs);
  certificate.setSubject([{ name: 'commonName', value: subject }]);
  certificate.setIssuer([{ name: 'commonName', value: issuer }]);
  certificate.setExtensions([{ name: 'basicConstraints', cA: isAuthority, critical: true }]);
  certificate.sign(nativeKey(key), forge.md.sha256.create());
  return certificate;
}

/** The key and certificate of one device. */
export class BenchIdentity {
  /** Lower-case hex over the DER. */
  readonly certificateSha256: string;
  readonly #key: KeyObject;
  /** A whole signature, in which digest and signature are replaced: building one anew would be measured, too. */
  readonly #template: Buffer;
  readonly #digestAt: number;
  readonly #signatureAt: number;
  /** What the signature covers, with a digest to be replaced. */
  readonly #signed: Buffer;
  readonly #signedDigestAt: number;

  constructor(certificate: forge.pki.Certificate, key: KeyObject) {
    const der = forge.asn1.toDer(forge.pki.certificateToAsn1(certificate)).getBytes();
    this.certificateSha256 = createHash('sha256').update(der, 'latin1').digest('hex');
    this.#key = key;
    const digest = createHash('sha256').update('').digest();
    const { template, attributes } = emptySignature(certificate, key);
    this.#template = template;
    this.#signed = attributes;
    this.#digestAt = template.indexOf(digest);
    this.#signedDigestAt = attributes.indexOf(digest);
    this.#signatureAt = template.length - bits / 8;
  }

  /** The Mdm-Signature of a body: detached CMS with signed attributes, base64. */
  sign(body: Buffer): string {
    const digest = createHash('sha256').update(body).digest();
    digest.copy(this.#signed, this.#signedDigestAt);
    digest.copy(this.#template, this.#digestAt);
    sign('sha256', this.#signed, this.#key).copy(this.#template, this.#signatureAt);
    return this.#template.toString('base64');
  }
}

/** The signature of an empty body, and the attributes in it as they are signed: as a SET OF (RFC 5652, 5.4). */
function emptySignature(
  certificate: forge.pki.Certificate,
  key: KeyObject,
): { template: Buffer; attributes: Buffer } {
  const { contentType = '', data = '', messageDigest = '', sha256 = '' } = forge.pki.oids;
  const cms = forge.pkcs7.createSignedData();
  cms.content = forge.util.createBuffer('');
  cms.addCertificate(certificate);
  cms.addSigner({
    key: nativeKey(key),
    certificate,
    digestAlgorithm: sha256,
    authenticatedAttributes: [{ type: contentType, value: data }, { type: messageDigest }],
  });
  cms.sign({ detached: true });
  const template = Buffer.from(forge.asn1.toDer(cms.toAsn1()).getBytes(), 'latin1');
  // The signature ends the message: its own value, 4 bytes of tag and length, 15 bytes of algorithm before it.
  const attributes = attributesIn(template.subarray(0, template.length - bits / 8 - 4 - 15));
  return { template, attributes };
}

/** The signed attributes end `before`; they begin with the context tag whose length reaches just there. */
function attributesIn(before: Buffer): Buffer {
  const start = before.findLastIndex(
    (byte, at) => byte === 0xa0 && at + 2 + (before[at + 1] ?? 0) === before.length,
  );
  if (start === -1) throw new Error('The signature has no signed attributes.');
  const attributes = Buffer.from(before.subarray(start));
  attributes[0] = 0x31;
  return attributes;
}

/** Issues identities; all have one key, because making keys is not what is measured. */
export class BenchAuthority {
  readonly #issuer = generateKeyPairSync('rsa', { modulusLength: bits });
  readonly #device = generateKeyPairSync('rsa', { modulusLength: bits });
  readonly #name = 'Bench authority';
  readonly pem = forge.pki.certificateToPem(
    certify(this.#name, this.#issuer.publicKey, this.#name, this.#issuer.privateKey, true),
  );

  issue(name: string): BenchIdentity {
    const { publicKey, privateKey } = this.#device;
    const certificate = certify(name, publicKey, this.#name, this.#issuer.privateKey, false);
    return new BenchIdentity(certificate, privateKey);
  }
}
