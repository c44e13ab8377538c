import { loadForge } from './forge.ts';

export interface Pkcs12Contents {
  privateKeyPem: string;
  certificatePem: string;
  password: string;
  friendlyName: string;
}

/** Low on purpose: each one costs time here and on the device, and guards nothing. */
const ITERATIONS = 100;

/**
 * Packs an RSA key and its certificate as PKCS #12 in the legacy encryption Apple devices accept:
 * PBE with SHA-1 and triple DES, and a SHA-1 MAC. The password travels in the same profile, so
 * the strength of this encryption protects nothing; the https of the profile's link does.
 */
export async function encodePkcs12(contents: Pkcs12Contents): Promise<Buffer> {
  const forge = await loadForge();
  const asn1 = forge.pkcs12.toPkcs12Asn1(
    forge.pki.privateKeyFromPem(contents.privateKeyPem),
    [forge.pki.certificateFromPem(contents.certificatePem)],
    contents.password,
    {
      algorithm: '3des',
      count: ITERATIONS,
      friendlyName: contents.friendlyName,
      generateLocalKeyId: true,
    },
  );
  return Buffer.from(forge.asn1.toDer(asn1).getBytes(), 'latin1');
}
