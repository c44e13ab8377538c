import { generateKeyPairSync } from 'node:crypto';
import type { PushCredential } from '@allotment/device-management';
import forge from 'node-forge';

export const TOPIC = 'com.apple.mgmt.External.0f1e2d3c-4b5a';

export interface SelfSignedOptions {
  readonly commonName: string;
  /** As Apple's push certificates carry it. */
  readonly userId?: string;
  readonly notAfter?: Date;
  readonly dnsName?: string;
}

/** A self-signed certificate with its key, PEM. */
export function selfSigned(options: SelfSignedOptions): PushCredential {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(
    publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  );
  certificate.serialNumber = '01';
  certificate.validity.notBefore = new Date('2025-01-01T00:00:00Z');
  certificate.validity.notAfter = options.notAfter ?? new Date('2045-01-01T00:00:00Z');
  const name = [
    ...(options.userId === undefined
      ? []
      : [{ type: '0.9.2342.19200300.100.1.1', value: options.userId }]),
    { name: 'commonName', value: options.commonName },
  ];
  certificate.setSubject(name);
  certificate.setIssuer(name);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true },
    ...(options.dnsName === undefined
      ? []
      : [{ name: 'subjectAltName', altNames: [{ type: 2, value: options.dnsName }] }]),
  ]);
  const key = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
  certificate.sign(forge.pki.privateKeyFromPem(key), forge.md.sha256.create());
  return { certificate: forge.pki.certificateToPem(certificate), key };
}
