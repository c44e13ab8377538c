import { SignatureError } from '../errors.ts';
import { readBer, readObjectIdentifier, TAG, type BerElement } from './ber.ts';

const OID_SIGNED_DATA = '1.2.840.113549.1.7.2';
const OID_MESSAGE_DIGEST = '1.2.840.113549.1.9.4';

/** The names node:crypto has for the digests; older iOS versions sign with SHA-1. */
const DIGESTS = new Map([
  ['1.3.14.3.2.26', 'sha1'],
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
]);

/** RSA (PKCS#1 v1.5) and ECDSA, each with the digest named apart or inside the identifier. */
const SIGNATURE_ALGORITHMS = new Map<string, { key: 'rsa' | 'ec'; digest?: string }>([
  ['1.2.840.113549.1.1.1', { key: 'rsa' }],
  ['1.2.840.113549.1.1.5', { key: 'rsa', digest: 'sha1' }],
  ['1.2.840.113549.1.1.11', { key: 'rsa', digest: 'sha256' }],
  ['1.2.840.113549.1.1.12', { key: 'rsa', digest: 'sha384' }],
  ['1.2.840.113549.1.1.13', { key: 'rsa', digest: 'sha512' }],
  ['1.2.840.10045.2.1', { key: 'ec' }],
  ['1.2.840.10045.4.1', { key: 'ec', digest: 'sha1' }],
  ['1.2.840.10045.4.3.2', { key: 'ec', digest: 'sha256' }],
  ['1.2.840.10045.4.3.3', { key: 'ec', digest: 'sha384' }],
  ['1.2.840.10045.4.3.4', { key: 'ec', digest: 'sha512' }],
]);

/** What is needed of a CMS SignedData (RFC 5652) with one signer to check it. */
export interface DetachedSignature {
  digest: string;
  keyType: 'rsa' | 'ec';
  signature: Buffer;
  /** DER of the certificate the signer information names. */
  certificate: Buffer;
  /** Present in practice always: what the signature covers, and the digest of the body in it. */
  signedAttributes: { encoded: Buffer; messageDigest: Buffer } | undefined;
}

function malformed(what: string): SignatureError {
  return new SignatureError('malformed', `the signature is not a CMS SignedData: ${what}`);
}

/** @throws SignatureError */
export function readDetachedSignature(cms: Buffer): DetachedSignature {
  const contentInfo = expectTag(readBer(cms), TAG.sequence, 'content info');
  if (readObjectIdentifier(child(contentInfo, 0, 'content type')) !== OID_SIGNED_DATA)
    throw malformed('it holds another content type');
  const explicit = expectTag(child(contentInfo, 1, 'content'), TAG.context0, 'content');
  const signedData = expectTag(child(explicit, 0, 'signed data'), TAG.sequence, 'signed data');
  const encapsulated = expectTag(
    child(signedData, 2, 'content info'),
    TAG.sequence,
    'content info',
  );
  if (encapsulated.children.length > 1) throw malformed('the content is inside it, not detached');

  const certificates = signedData.children.find((element) => element.tag === TAG.context0);
  const signerInfos = expectTag(
    child(signedData, signedData.children.length - 1, 'signers'),
    TAG.set,
    'signers',
  );
  if (signerInfos.children.length !== 1) throw malformed('it must have exactly one signer');
  return readSigner(child(signerInfos, 0, 'signer'), certificates?.children ?? []);
}

function readSigner(signer: BerElement, certificates: readonly BerElement[]): DetachedSignature {
  expectTag(signer, TAG.sequence, 'signer');
  const digest = DIGESTS.get(readAlgorithm(child(signer, 2, 'digest algorithm')));
  if (!digest) throw new SignatureError('unsupported', 'the digest algorithm is not supported');

  const attributes = child(signer, 3, 'signed attributes');
  const signed = attributes.tag === TAG.context0;
  const algorithm = SIGNATURE_ALGORITHMS.get(
    readAlgorithm(child(signer, signed ? 4 : 3, 'signature algorithm')),
  );
  if (!algorithm || (algorithm.digest !== undefined && algorithm.digest !== digest))
    throw new SignatureError('unsupported', 'the signature algorithm is not supported');

  return {
    digest,
    keyType: algorithm.key,
    signature: expectTag(child(signer, signed ? 5 : 4, 'signature'), TAG.octetString, 'signature')
      .content,
    certificate: findCertificate(child(signer, 1, 'signer identifier'), certificates),
    signedAttributes: signed ? readSignedAttributes(attributes) : undefined,
  };
}

function readSignedAttributes(attributes: BerElement): { encoded: Buffer; messageDigest: Buffer } {
  const digests = attributes.children.filter(
    (attribute) =>
      readObjectIdentifier(child(attribute, 0, 'attribute type')) === OID_MESSAGE_DIGEST,
  );
  const [attribute, second] = digests;
  if (!attribute || second) throw malformed('the message digest must be there once');
  const value = child(expectTag(child(attribute, 1, 'digest'), TAG.set, 'digest'), 0, 'digest');
  // RFC 5652, 5.4: the signature covers the attributes as a SET OF, not under their context tag.
  const encoded = Buffer.from(attributes.raw);
  encoded[0] = TAG.set;
  return { encoded, messageDigest: expectTag(value, TAG.octetString, 'digest').content };
}

/** Matches issuer and serial number; a subject key identifier needs no match when there is one certificate. */
function findCertificate(identifier: BerElement, certificates: readonly BerElement[]): Buffer {
  const candidates =
    identifier.tag === TAG.sequence
      ? certificates.filter((certificate) => isIssuedAs(certificate, identifier))
      : certificates;
  const [certificate, second] = candidates;
  if (!certificate || second) throw malformed("the signer's certificate is not in it exactly once");
  return certificate.raw;
}

function isIssuedAs(certificate: BerElement, identifier: BerElement): boolean {
  const body = child(certificate, 0, 'certificate body');
  const offset = body.children[0]?.tag === TAG.context0 ? 1 : 0;
  const serialNumber = child(body, offset, 'serial number');
  const issuer = child(body, offset + 2, 'issuer');
  return (
    child(identifier, 0, 'issuer').raw.equals(issuer.raw) &&
    child(identifier, 1, 'serial number').raw.equals(serialNumber.raw)
  );
}

function readAlgorithm(element: BerElement): string {
  return readObjectIdentifier(child(element, 0, 'algorithm'));
}

function child(element: BerElement, index: number, name: string): BerElement {
  const found = element.children[index];
  if (!found) throw malformed(`the ${name} is missing`);
  return found;
}

function expectTag(element: BerElement, tag: number, name: string): BerElement {
  if (element.tag !== tag) throw malformed(`the ${name} has the wrong type`);
  return element;
}
