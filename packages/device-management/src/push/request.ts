import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const ALGORITHM = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
} as const;

/** A request for a push certificate and its key, both PEM; the key is a secret. */
export interface PushRequestFiles {
  request: string;
  /** PKCS #8. */
  key: string;
}

/**
 * Makes a key and a certificate signing request (PKCS #10) for an MDM push certificate. Apple takes it once an MDM
 * vendor has signed it; the topic comes from Apple, not from the request.
 *
 * @param options.organization printed in the request, for the vendor
 */
export async function createPushRequest(options: {
  organization: string;
  commonName: string;
}): Promise<PushRequestFiles> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const request = await x509.Pkcs10CertificateRequestGenerator.create(
    {
      name: new x509.Name([{ O: [options.organization] }, { CN: [options.commonName] }]),
      signingAlgorithm: ALGORITHM,
      keys,
    },
    webcrypto,
  );
  const der = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    request: request.toString('pem'),
    key: x509.PemConverter.encode(der, 'PRIVATE KEY'),
  };
}
