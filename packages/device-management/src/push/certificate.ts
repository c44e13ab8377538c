import 'reflect-metadata';
import { createPrivateKey, X509Certificate as NodeCertificate } from 'node:crypto';
import { X509Certificate } from '@peculiar/x509';
import { CertificateError } from '../errors.ts';

const OID_USER_ID = '0.9.2342.19200300.100.1.1';

/** An MDM push certificate with its key, both PEM; the key is a secret. */
export interface PushCredential {
  certificate: string;
  key: string;
}

export interface PushCertificateInfo {
  /** `com.apple.mgmt.…`: goes into enrollment profiles and must never change for enrolled devices. */
  topic: string;
  notBefore: Date;
  notAfter: Date;
  certificateSha256: string;
}

/**
 * Reads what a push certificate says about itself and that the key belongs to it.
 * @throws CertificateError
 */
export function inspectPushCredential(credential: PushCredential): PushCertificateInfo {
  const certificate = readPair(credential);
  const subject = new X509Certificate(new Uint8Array(certificate.raw)).subjectName;
  const topic = subject.getField(OID_USER_ID).find((value) => value.startsWith('com.apple.mgmt.'));
  if (topic === undefined)
    throw new CertificateError(
      'noTopic',
      'the certificate names no push topic (UID com.apple.mgmt.…): take the MDM push certificate from identity.apple.com/pushcert',
    );
  return {
    topic,
    notBefore: certificate.validFromDate,
    notAfter: certificate.validToDate,
    certificateSha256: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
  };
}

function readPair(credential: PushCredential): NodeCertificate {
  try {
    const certificate = new NodeCertificate(credential.certificate);
    if (certificate.checkPrivateKey(createPrivateKey(credential.key))) return certificate;
  } catch (cause) {
    throw new CertificateError('malformed', 'the push certificate or its key is not PEM', {
      cause,
    });
  }
  throw new CertificateError('keyMismatch', 'the key does not belong to the push certificate');
}
