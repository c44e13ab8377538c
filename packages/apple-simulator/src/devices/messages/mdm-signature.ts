import { createHash, sign, type KeyObject } from 'node:crypto';

import {
  SEQUENCE,
  SET,
  der,
  elementAt,
  nullValue,
  objectIdentifier,
  octetString,
  readElements,
  smallInteger,
  utcTime,
} from './der.ts';

/** A private key with its certificate: what a device proves itself with. */
export interface Identity {
  readonly privateKey: KeyObject;
  /** X.509, DER. */
  readonly certificate: Buffer;
}

const OID = {
  data: objectIdentifier('1.2.840.113549.1.7.1'),
  signedData: objectIdentifier('1.2.840.113549.1.7.2'),
  contentType: objectIdentifier('1.2.840.113549.1.9.3'),
  messageDigest: objectIdentifier('1.2.840.113549.1.9.4'),
  signingTime: objectIdentifier('1.2.840.113549.1.9.5'),
  sha256: objectIdentifier('2.16.840.1.101.3.4.2.1'),
  rsa: objectIdentifier('1.2.840.113549.1.1.1'),
  ecdsaWithSha256: objectIdentifier('1.2.840.10045.4.3.2'),
};
const SHA256 = der(SEQUENCE, OID.sha256, nullValue());
const VERSION_1 = smallInteger(1);
const DETACHED_DATA = der(SEQUENCE, OID.data);
const CONTENT_TYPE = der(SEQUENCE, OID.contentType, der(SET, OID.data));
const IMPLICIT_0 = 0xa0;

/**
 * The value of the `Mdm-Signature` header: base64 of a detached CMS signature over the raw body, with the
 * signer's certificate inside.
 * @param signingTime ms since the epoch
 */
export function mdmSignature(body: Uint8Array, identity: Identity, signingTime: number): string {
  const digest = createHash('sha256').update(body).digest();
  const attributes = [
    CONTENT_TYPE,
    der(SEQUENCE, OID.signingTime, der(SET, utcTime(signingTime))),
    der(SEQUENCE, OID.messageDigest, der(SET, octetString(digest))),
  ];
  // Signed as a SET OF, sent with an implicit tag (RFC 5652, section 5.4).
  const signature = sign('sha256', der(SET, ...attributes), identity.privateKey);
  const signer = der(
    SEQUENCE,
    VERSION_1,
    issuerAndSerialNumber(identity.certificate),
    SHA256,
    der(IMPLICIT_0, ...attributes),
    signatureAlgorithm(identity.privateKey),
    octetString(signature),
  );
  const signedData = der(
    SEQUENCE,
    VERSION_1,
    der(SET, SHA256),
    DETACHED_DATA,
    der(IMPLICIT_0, identity.certificate),
    der(SET, signer),
  );
  return der(SEQUENCE, OID.signedData, der(IMPLICIT_0, signedData)).toString('base64');
}

/** What names a certificate in CMS. @param certificate X.509, DER */
export function issuerAndSerialNumber(certificate: Buffer): Buffer {
  const { issuer, serialNumber } = certificateNames(certificate);
  return der(SEQUENCE, issuer, serialNumber);
}

/** Parts of a certificate as they stand in it, DER. @param certificate X.509, DER */
export function certificateNames(certificate: Buffer): {
  readonly serialNumber: Buffer;
  readonly issuer: Buffer;
  readonly subject: Buffer;
} {
  const fields = readElements(elementAt(readElements(certificate), 0, 0).content);
  const [serialNumber, , issuer, , subject] =
    fields[0]?.tag === IMPLICIT_0 ? fields.slice(1) : fields;
  if (serialNumber === undefined || issuer === undefined || subject === undefined)
    throw new Error('The certificate holds no serial number, issuer and subject.');
  return { serialNumber: serialNumber.bytes, issuer: issuer.bytes, subject: subject.bytes };
}

function signatureAlgorithm(key: KeyObject): Buffer {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return der(SEQUENCE, OID.rsa, nullValue());
    case 'ec':
      return der(SEQUENCE, OID.ecdsaWithSha256);
    default:
      throw new Error(`A device does not sign with a key of type ${key.asymmetricKeyType}.`);
  }
}
