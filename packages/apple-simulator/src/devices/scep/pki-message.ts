import { ContentInfo, SignedData, id_ContentType_SignedData } from 'pkijs';

import { PRINTABLE_STRING, der, octetString } from '../messages/der.ts';
import type { Identity } from '../messages/mdm-signature.ts';
import {
  contentOf,
  envelope,
  openEnvelope,
  signWithAttributes,
  type CipherName,
  type HashName,
} from './cms.ts';

/** Attributes of a SCEP message (RFC 8894, section 3.2.1). */
const ATTRIBUTE = {
  messageType: '2.16.840.1.113733.1.9.2',
  pkiStatus: '2.16.840.1.113733.1.9.3',
  failInfo: '2.16.840.1.113733.1.9.4',
  senderNonce: '2.16.840.1.113733.1.9.5',
  recipientNonce: '2.16.840.1.113733.1.9.6',
  transactionId: '2.16.840.1.113733.1.9.7',
};
const CERT_REP = '3';
const FAILURES = ['badAlg', 'badMessageCheck', 'badRequest', 'badTime', 'badCertId'];

/** What a SCEP server and its clients have agreed on. */
export interface ScepTerms {
  readonly cipher: CipherName;
  readonly hash: HashName;
}

/** One question to the server. */
export interface PkiRequest {
  /** 19 PKCSReq, 20 GetCertInitial. */
  readonly messageType: '19' | '20';
  /** DER: the certificate request, or who asks about it. */
  readonly content: Buffer;
  readonly transactionId: string;
  readonly senderNonce: Buffer;
}

export type PkiAnswer =
  | { readonly status: 'granted'; readonly certificates: Buffer[] }
  | { readonly status: 'pending' }
  | { readonly status: 'refused'; readonly failInfo: string };

/**
 * A pkiMessage: the content encrypted for the authority, signed with the device's key.
 * @param recipient certificate of the authority, DER
 */
export function buildPkiMessage(
  request: PkiRequest,
  signer: Identity,
  recipient: Buffer,
  { cipher, hash }: ScepTerms,
): Buffer {
  const attributes = [
    { type: ATTRIBUTE.messageType, value: printable(request.messageType) },
    { type: ATTRIBUTE.transactionId, value: printable(request.transactionId) },
    { type: ATTRIBUTE.senderNonce, value: octetString(request.senderNonce) },
  ];
  return signWithAttributes(envelope(request.content, recipient, cipher), attributes, signer, hash);
}

/**
 * Reads a CertRep and checks that it answers the request and that the authority has signed it.
 * @param authorities certificates that the server gave beforehand, DER
 * @throws Error saying what a device would not accept
 */
export async function readPkiAnswer(
  body: Buffer,
  request: PkiRequest,
  signer: Identity,
  authorities: readonly Buffer[],
): Promise<PkiAnswer> {
  const signed = readSignedData(body);
  await checkSignature(signed, authorities);
  const attributes = attributesOf(signed);
  const text = (type: string): string | undefined => attributes.get(type)?.toString('latin1');
  if (text(ATTRIBUTE.messageType) !== CERT_REP) throw new Error('The answer is no CertRep.');
  if (text(ATTRIBUTE.transactionId) !== request.transactionId)
    throw new Error('The answer belongs to another transaction.');
  if (attributes.get(ATTRIBUTE.recipientNonce)?.equals(request.senderNonce) !== true)
    throw new Error('The answer does not return the nonce.');
  const status = text(ATTRIBUTE.pkiStatus);
  if (status === '3') return { status: 'pending' };
  if (status === '2') {
    const number = Number(text(ATTRIBUTE.failInfo));
    return { status: 'refused', failInfo: FAILURES[number] ?? 'without a reason' };
  }
  if (status !== '0') throw new Error(`The answer has the unknown status ${status}.`);
  const content = signed.encapContentInfo.eContent?.getValue();
  if (content === undefined) throw new Error('The answer holds no certificate.');
  const opened = openEnvelope(ContentInfo.fromBER(content), signer.privateKey);
  return { status: 'granted', certificates: certificatesIn(readSignedData(opened)) };
}

/** The certificates of a message that carries nothing else (RFC 8894, section 3.4). @param body DER or BER */
export function readCertificates(body: Buffer): Buffer[] {
  return certificatesIn(readSignedData(body));
}

async function checkSignature(signed: SignedData, authorities: readonly Buffer[]): Promise<void> {
  const result = await signed.verify({ signer: 0, checkChain: false, extendedMode: true });
  if (result.signatureVerified !== true || !result.signerCertificate)
    throw new Error('The signature of the answer does not hold.');
  const signer = Buffer.from(result.signerCertificate.toSchema().toBER());
  if (!authorities.some((authority) => authority.equals(signer)))
    throw new Error('The answer is not signed by the authority.');
}

function attributesOf(signed: SignedData): Map<string, Buffer> {
  const attributes = signed.signerInfos[0]?.signedAttrs?.attributes ?? [];
  return new Map(
    attributes.map(({ type, values }) => {
      const [value] = values as { toBER(): ArrayBuffer }[];
      return [type, value === undefined ? Buffer.alloc(0) : contentOf(value)];
    }),
  );
}

function certificatesIn({ certificates = [] }: SignedData): Buffer[] {
  return certificates.map((certificate) => Buffer.from(certificate.toSchema().toBER()));
}

function readSignedData(body: Uint8Array): SignedData {
  const content = ContentInfo.fromBER(body);
  if (content.contentType !== id_ContentType_SignedData)
    throw new Error('The server’s message is not signed data.');
  return new SignedData({ schema: content.content as unknown });
}

function printable(text: string): Buffer {
  return der(PRINTABLE_STRING, Buffer.from(text, 'latin1'));
}
