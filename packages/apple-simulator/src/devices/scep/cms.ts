import {
  X509Certificate,
  constants,
  createCipheriv,
  createDecipheriv,
  createHash,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
  sign,
  type KeyObject,
} from 'node:crypto';

import { EnvelopedData, type ContentInfo } from 'pkijs';

import {
  SEQUENCE,
  SET,
  der,
  nullValue,
  objectIdentifier,
  octetString,
  readElements,
  smallInteger,
} from '../messages/der.ts';
import { issuerAndSerialNumber, type Identity } from '../messages/mdm-signature.ts';

/** The ciphers a SCEP message can be encrypted with. */
export type CipherName = 'aes-128-cbc' | 'des-ede3-cbc';
export type HashName = 'sha256' | 'sha1';

/** An attribute to be signed with the content. */
export interface SignedAttribute {
  /** Object identifier. */
  readonly type: string;
  /** DER. */
  readonly value: Buffer;
}

const OID = {
  data: objectIdentifier('1.2.840.113549.1.7.1'),
  signedData: objectIdentifier('1.2.840.113549.1.7.2'),
  envelopedData: objectIdentifier('1.2.840.113549.1.7.3'),
  rsa: objectIdentifier('1.2.840.113549.1.1.1'),
};
const HASHES: Readonly<Record<HashName, Buffer>> = {
  sha256: der(SEQUENCE, objectIdentifier('2.16.840.1.101.3.4.2.1'), nullValue()),
  sha1: der(SEQUENCE, objectIdentifier('1.3.14.3.2.26'), nullValue()),
};
const CIPHERS: Readonly<Record<CipherName, { oid: string; key: number; block: number }>> = {
  'aes-128-cbc': { oid: '2.16.840.1.101.3.4.1.2', key: 16, block: 16 },
  'des-ede3-cbc': { oid: '1.2.840.113549.3.7', key: 24, block: 8 },
};
/** Ciphers of answers: those above, and the longer keys of AES. */
const DECIPHERS: Readonly<Record<string, string>> = {
  '2.16.840.1.101.3.4.1.2': 'aes-128-cbc',
  '2.16.840.1.101.3.4.1.22': 'aes-192-cbc',
  '2.16.840.1.101.3.4.1.42': 'aes-256-cbc',
  '1.2.840.113549.3.7': 'des-ede3-cbc',
};
const CONTEXT_0 = 0xa0;
const IMPLICIT_0 = 0x80;

/** Encrypts for the RSA key of a certificate (RFC 5652, EnvelopedData). @param recipient X.509, DER */
export function envelope(content: Buffer, recipient: Buffer, cipher: CipherName): Buffer {
  const { oid, key, block } = CIPHERS[cipher];
  const [secret, vector] = [randomBytes(key), randomBytes(block)];
  const encryption = createCipheriv(cipher, secret, vector);
  const encrypted = Buffer.concat([encryption.update(content), encryption.final()]);
  const { publicKey } = new X509Certificate(recipient);
  const keyTransport = der(
    SEQUENCE,
    smallInteger(0),
    issuerAndSerialNumber(recipient),
    der(SEQUENCE, OID.rsa, nullValue()),
    octetString(publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, secret)),
  );
  const encryptedContent = der(
    SEQUENCE,
    OID.data,
    der(SEQUENCE, objectIdentifier(oid), octetString(vector)),
    der(IMPLICIT_0, encrypted),
  );
  const enveloped = der(SEQUENCE, smallInteger(0), der(SET, keyTransport), encryptedContent);
  return der(SEQUENCE, OID.envelopedData, der(CONTEXT_0, enveloped));
}

/** Decrypts what was encrypted for a key. @throws when it was not, or with a cipher nobody uses for SCEP */
export function openEnvelope(contentInfo: ContentInfo, key: KeyObject): Buffer {
  const enveloped = new EnvelopedData({ schema: contentInfo.content as unknown });
  const recipient = enveloped.recipientInfos[0]?.value;
  if (recipient === undefined || !('encryptedKey' in recipient))
    throw new Error('The answer is encrypted for nobody.');
  const { algorithmId, algorithmParams } =
    enveloped.encryptedContentInfo.contentEncryptionAlgorithm;
  const cipher = DECIPHERS[algorithmId];
  if (cipher === undefined) throw new Error(`The answer is encrypted with ${algorithmId}.`);
  const encryptedKey = Buffer.from(recipient.encryptedKey.valueBlock.valueHexView);
  const secret = privateDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, encryptedKey);
  const decryption = createDecipheriv(cipher, secret, contentOf(algorithmParams));
  const encrypted = Buffer.from(enveloped.encryptedContentInfo.getEncryptedContent());
  return Buffer.concat([decryption.update(encrypted), decryption.final()]);
}

/** Signs content together with attributes (RFC 5652, SignedData), the signer's certificate inside. */
export function signWithAttributes(
  content: Buffer,
  attributes: readonly SignedAttribute[],
  signer: Identity,
  hash: HashName,
): Buffer {
  const digest = createHash(hash).update(content).digest();
  const all: SignedAttribute[] = [
    { type: '1.2.840.113549.1.9.3', value: OID.data },
    { type: '1.2.840.113549.1.9.4', value: octetString(digest) },
    ...attributes,
  ];
  // Signed as a SET OF, whose members DER puts in order of their bytes.
  const members = all
    .map(({ type, value }) => der(SEQUENCE, objectIdentifier(type), der(SET, value)))
    .toSorted((one, other) => Buffer.compare(one, other));
  const signerInfo = der(
    SEQUENCE,
    smallInteger(1),
    issuerAndSerialNumber(signer.certificate),
    HASHES[hash],
    der(CONTEXT_0, ...members),
    der(SEQUENCE, OID.rsa, nullValue()),
    octetString(sign(hash, der(SET, ...members), signer.privateKey)),
  );
  const signedData = der(
    SEQUENCE,
    smallInteger(1),
    der(SET, HASHES[hash]),
    der(SEQUENCE, OID.data, der(CONTEXT_0, octetString(content))),
    der(CONTEXT_0, signer.certificate),
    der(SET, signerInfo),
  );
  return der(SEQUENCE, OID.signedData, der(CONTEXT_0, signedData));
}

/** The content of a primitive element that pkijs has read. */
export function contentOf(element: { toBER(): ArrayBuffer }): Buffer {
  const [own] = readElements(Buffer.from(element.toBER()));
  if (own === undefined) throw new Error('The answer holds an empty element.');
  return own.content;
}
