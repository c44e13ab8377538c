import { createPrivateKey, sign, X509Certificate } from 'node:crypto';
import { CertificateError } from '../errors.ts';
import { writePlist } from '../plist/write.ts';

/** What an MDM vendor signs requests for push certificates with, PEM; the key is a secret. */
export interface VendorCredential {
  /** The vendor's MDM CSR signing certificate, then what issued it up to Apple's root. */
  certificates: string;
  key: string;
}

/**
 * Signs a request for a push certificate as an MDM vendor does: what Apple's push certificate portal takes.
 *
 * @param request PEM, PKCS #10
 * @returns the file to upload, a property list in base64
 * @throws CertificateError when the chain has a gap or does not reach a root, or the key belongs to another certificate
 * @see https://developer.apple.com/documentation/devicemanagement/setting-up-push-notifications-for-your-mdm-customers
 */
export function signPushRequest(request: string, vendor: VendorCredential): string {
  const chain = readChain(vendor.certificates);
  const der = Buffer.from(request.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
  const key = readKey(vendor.key);
  if (chain[0]?.checkPrivateKey(key) !== true)
    throw new CertificateError(
      'keyMismatch',
      'the key does not belong to the first certificate, which must be the vendor’s',
    );
  const plist = writePlist({
    PushCertRequestCSR: der.toString('base64'),
    PushCertCertificateChain: chain.map((certificate) => certificate.toString()).join(''),
    PushCertSignature: sign('sha256', der, key).toString('base64'),
  });
  return plist.toString('base64');
}

function readChain(pem: string): readonly X509Certificate[] {
  const chain = (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map(
    readCertificate,
  );
  for (const [index, certificate] of chain.entries()) {
    const issuer = chain[index + 1] ?? certificate;
    if (!certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey))
      throw new CertificateError(
        'chainIncomplete',
        'after the vendor’s certificate, append the one of Apple’s that issued it and Apple’s root, in this order, all PEM',
      );
  }
  if (chain.length > 1) return chain;
  throw new CertificateError(
    chain.length === 0 ? 'malformed' : 'chainIncomplete',
    'the vendor’s certificate with those that issued it is wanted, PEM',
  );
}

function readCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new CertificateError('malformed', 'a certificate of the chain is not PEM', { cause });
  }
}

function readKey(pem: string) {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new CertificateError('malformed', 'the vendor’s key is not PEM without a password', {
      cause,
    });
  }
}
