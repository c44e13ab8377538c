import forge from 'node-forge';
import { CertificateAuthority, createAuthority, type IssuedIdentity } from '../../src/index.ts';

export const NOW = new Date('2026-06-01T12:00:00Z');

export async function newAuthority(): Promise<CertificateAuthority> {
  const material = await createAuthority({
    commonName: 'Device CA',
    organization: 'Example',
    now: NOW,
  });
  return CertificateAuthority.open(material);
}

export interface UnpackedIdentity {
  privateKeyPem: string;
  certificatePem: string;
}

/** What a device gets out of the PKCS #12. */
export function unpack(identity: Pick<IssuedIdentity, 'pkcs12' | 'password'>): UnpackedIdentity {
  const asn1 = forge.asn1.fromDer(identity.pkcs12.toString('latin1'));
  const bags = forge.pkcs12.pkcs12FromAsn1(asn1, identity.password);
  const { certBag, pkcs8ShroudedKeyBag } = forge.pki.oids;
  const certificate = bags.getBags({ bagType: certBag })[String(certBag)]?.[0]?.cert;
  const key = bags.getBags({ bagType: pkcs8ShroudedKeyBag })[String(pkcs8ShroudedKeyBag)]?.[0]?.key;
  if (!certificate || !key) throw new Error('the PKCS #12 lacks its certificate or its key');
  return {
    privateKeyPem: forge.pki.privateKeyToPem(key),
    certificatePem: forge.pki.certificateToPem(certificate),
  };
}

/** Signs as a device does: a detached CMS signature with signed attributes, base64. */
export function signBody(
  identity: UnpackedIdentity,
  body: Buffer,
  digest: string = forge.pki.oids['sha256'] ?? '',
): string {
  const cms = forge.pkcs7.createSignedData();
  cms.content = forge.util.createBuffer(body.toString('latin1'));
  cms.addCertificate(identity.certificatePem);
  cms.addSigner({
    key: identity.privateKeyPem,
    certificate: identity.certificatePem,
    digestAlgorithm: digest,
    authenticatedAttributes: [
      { type: forge.pki.oids['contentType'] ?? '', value: forge.pki.oids['data'] ?? '' },
      { type: forge.pki.oids['messageDigest'] ?? '' },
    ],
  });
  cms.sign({ detached: true });
  return Buffer.from(forge.asn1.toDer(cms.toAsn1()).getBytes(), 'latin1').toString('base64');
}
