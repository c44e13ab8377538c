import { createHash } from 'node:crypto';
import { SignatureError } from '../errors.ts';
import { readBer, readObjectIdentifier, readTime, TAG, type BerElement } from './ber.ts';

const OID_SIGNED_DATA = '1.2.840.113549.1.7.2';
const OID_DATA = '1.2.840.113549.1.7.1';
const OID_CONTENT_TYPE = '1.2.840.113549.1.9.3';
const OID_KEY_ID = '2.5.29.14';
const OID_MESSAGE_DIGEST = '1.2.840.113549.1.9.4';
const OID_SIGNING_TIME = '1.2.840.113549.1.9.5';

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
  /** Present in practice always. */
  signedAttributes: SignedAttributes | undefined;
}

/** What the signature covers, and what is read of it. */
export interface SignedAttributes {
  encoded: Buffer;
  /** Of the body. */
  messageDigest: Buffer;
  /** By the clock of the signer, to the second; undefined where it does not say, or in no known form. */
  signingTime: Date | undefined;
}

function malformed(what: string): SignatureError {
  return new SignatureError('malformed', `the signature is not a CMS SignedData: ${what}`);
}

/**
 * Reads a detached signature by one signer. Everything around what is used must have its place and its shape as well,
 * so that nothing can be hidden there; what is in certificates beside the signer's, in revocation lists and in unsigned
 * attributes is not looked at.
 * @throws SignatureError
 */
export function readDetachedSignature(cms: Buffer): DetachedSignature {
  const [type, explicit] = pairOf(readBer(cms), 'content info');
  if (readObjectIdentifier(type) !== OID_SIGNED_DATA)
    throw malformed('it holds another content type');
  if (explicit.tag !== TAG.context0 || explicit.children.length !== 1)
    throw malformed('the content has the wrong type');
  const signedData = expectTag(child(explicit, 0, 'signed data'), TAG.sequence, 'signed data');
  const parts = new Parts(signedData);
  expectInteger(parts.next('version'));
  const digests = expectTag(parts.next('digest algorithms'), TAG.set, 'digest algorithms');
  for (const algorithm of digests.children) readAlgorithm(algorithm);
  checkContent(expectTag(parts.next('content info'), TAG.sequence, 'content info'));
  const certificates = parts.optional(TAG.context0);
  parts.optional(TAG.context1);
  const signerInfos = expectTag(parts.next('signers'), TAG.set, 'signers');
  parts.end();
  if (signerInfos.children.length !== 1) throw malformed('it must have exactly one signer');
  return readSigner(child(signerInfos, 0, 'signer'), certificates?.children ?? []);
}

function checkContent(encapsulated: BerElement): void {
  if (encapsulated.children.length > 1) throw malformed('the content is inside it, not detached');
  if (readObjectIdentifier(child(encapsulated, 0, 'content type')) !== OID_DATA)
    throw malformed('it is about something other than data');
}

function readSigner(signer: BerElement, certificates: readonly BerElement[]): DetachedSignature {
  const parts = new Parts(expectTag(signer, TAG.sequence, 'signer'));
  expectInteger(parts.next('version'));
  const identifier = parts.next('signer identifier');
  const digest = DIGESTS.get(readAlgorithm(parts.next('digest algorithm')));
  if (!digest) throw new SignatureError('unsupported', 'the digest algorithm is not supported');
  const attributes = parts.optional(TAG.context0);
  const algorithm = SIGNATURE_ALGORITHMS.get(readAlgorithm(parts.next('signature algorithm')));
  if (!algorithm || (algorithm.digest !== undefined && algorithm.digest !== digest))
    throw new SignatureError('unsupported', 'the signature algorithm is not supported');
  const signature = expectTag(parts.next('signature'), TAG.octetString, 'signature');
  const unsigned = parts.optional(TAG.context1);
  parts.end();
  for (const attribute of unsigned?.children ?? []) readAttribute(attribute);
  return {
    digest,
    keyType: algorithm.key,
    signature: signature.content,
    certificate: findCertificate(identifier, certificates),
    signedAttributes: attributes && readSignedAttributes(attributes),
  };
}

function readSignedAttributes(attributes: BerElement): SignedAttributes {
  const all = attributes.children.map(readAttribute);
  const type = onlyValue(all, OID_CONTENT_TYPE, 'content type');
  if (readObjectIdentifier(type) !== OID_DATA) throw malformed('it signs another content type');
  const digest = onlyValue(all, OID_MESSAGE_DIGEST, 'message digest');
  const isTimed = all.some((one) => one.type === OID_SIGNING_TIME);
  const time = isTimed ? onlyValue(all, OID_SIGNING_TIME, 'signing time') : undefined;
  // RFC 5652, 5.4: the signature covers the attributes as a SET OF, not under their context tag.
  const encoded = Buffer.from(attributes.raw);
  encoded[0] = TAG.set;
  return {
    encoded,
    messageDigest: expectTag(digest, TAG.octetString, 'digest').content,
    signingTime: time && readTime(time),
  };
}

interface Attribute {
  readonly type: string;
  readonly values: readonly BerElement[];
}

function readAttribute(element: BerElement): Attribute {
  const [type, values] = pairOf(element, 'attribute');
  return {
    type: readObjectIdentifier(type),
    values: expectTag(values, TAG.set, 'attribute').children,
  };
}

/** RFC 5652, 11: these attributes are there once, with one value. */
function onlyValue(attributes: readonly Attribute[], type: string, name: string): BerElement {
  const [value, second] = attributes
    .filter((one) => one.type === type)
    .flatMap((one) => one.values);
  if (!value || second) throw malformed(`the ${name} must be there once`);
  return value;
}

function findCertificate(identifier: BerElement, certificates: readonly BerElement[]): Buffer {
  const matches = identifier.tag === TAG.context0Primitive ? hasKeyId : isIssuedAs;
  const [certificate, second] = certificates.filter((one) => matches(one, identifier));
  if (!certificate || second) throw malformed("the signer's certificate is not in it exactly once");
  return certificate.raw;
}

function isIssuedAs(certificate: BerElement, identifier: BerElement): boolean {
  const [issuer, serialNumber] = pairOf(identifier, 'signer identifier');
  return (
    issuer.raw.equals(certificateField(certificate, 'issuer').raw) &&
    serialNumber.raw.equals(certificateField(certificate, 'serialNumber').raw)
  );
}

/** By the identifier the certificate itself names, or by the usual one, the SHA-1 of its key (RFC 5280, 4.2.1.2). */
function hasKeyId(certificate: BerElement, { content }: BerElement): boolean {
  const key = child(certificateField(certificate, 'publicKey'), 1, 'public key');
  // The first byte of a bit string counts the bits that are not used.
  const usual = createHash('sha1').update(key.content.subarray(1)).digest();
  return content.equals(usual) || namedKeyId(certificate)?.equals(content) === true;
}

function namedKeyId(certificate: BerElement): Buffer | undefined {
  const body = child(certificate, 0, 'certificate body');
  const list = body.children.find((element) => element.tag === TAG.context3)?.children[0];
  const extension = list?.children.find(
    (one) => readObjectIdentifier(child(one, 0, 'extension')) === OID_KEY_ID,
  );
  const value = extension?.children.at(-1);
  return value && expectTag(readBer(value.content), TAG.octetString, 'key identifier').content;
}

/** Where a certificate has its fields, after its version. */
const CERTIFICATE_FIELDS = { serialNumber: 0, issuer: 2, publicKey: 5 } as const;

function certificateField(
  certificate: BerElement,
  name: keyof typeof CERTIFICATE_FIELDS,
): BerElement {
  const body = child(certificate, 0, 'certificate body');
  const offset = body.children[0]?.tag === TAG.context0 ? 1 : 0;
  return child(body, offset + CERTIFICATE_FIELDS[name], name);
}

/** Parameters do not matter to any of the algorithms here: there are none, NULL, or the name of a curve. */
function readAlgorithm(element: BerElement): string {
  expectTag(element, TAG.sequence, 'algorithm');
  const [algorithm, parameters, more] = element.children;
  if (!algorithm || more) throw malformed('an algorithm has the wrong type');
  if (parameters?.tag === TAG.objectIdentifier) readObjectIdentifier(parameters);
  else if (parameters && (parameters.tag !== TAG.null || parameters.content.length > 0))
    throw malformed('an algorithm has unexpected parameters');
  return readObjectIdentifier(algorithm);
}

/** The elements of a sequence, taken one after the other. */
class Parts {
  readonly #elements: readonly BerElement[];
  #at = 0;

  constructor(sequence: BerElement) {
    this.#elements = sequence.children;
  }

  next(name: string): BerElement {
    const element = this.#elements[this.#at];
    if (!element) throw malformed(`the ${name} is missing`);
    this.#at += 1;
    return element;
  }

  /** The next element if it has the tag. */
  optional(tag: number): BerElement | undefined {
    const element = this.#elements[this.#at];
    if (element?.tag !== tag) return undefined;
    this.#at += 1;
    return element;
  }

  end(): void {
    if (this.#at < this.#elements.length) throw malformed('it holds more than it should');
  }
}

function expectInteger({ tag, content }: BerElement): void {
  if (tag !== TAG.integer || content.length === 0) throw malformed('the version is no number');
}

/** The two elements of a sequence that has no more. */
function pairOf(element: BerElement, name: string): readonly [BerElement, BerElement] {
  const [first, second, more] = expectTag(element, TAG.sequence, name).children;
  if (!first || !second || more) throw malformed(`the ${name} has the wrong type`);
  return [first, second];
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
