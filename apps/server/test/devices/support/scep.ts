import {
  CertificateAuthority,
  createAuthority,
  isDictionary,
  type PlistDictionary,
} from '@allotment/device-management';
import forge from 'node-forge';
import type { TestDevice } from './test-device.ts';
import { payloadOf } from './test-device.ts';

/** Stands in for a SCEP server: issues what a device asks for, under the subject of its profile or another one. */
export class ScepServer {
  readonly certificate: string;
  readonly #authority: CertificateAuthority;

  private constructor(authority: CertificateAuthority) {
    this.#authority = authority;
    this.certificate = authority.certificatePem;
  }

  static async start(now: Date): Promise<ScepServer> {
    const material = await createAuthority({
      commonName: 'SCEP authority',
      organization: 'Example',
      now,
    });
    return new ScepServer(await CertificateAuthority.open(material));
  }

  /** Gives the device an identity for the request its profile tells it to make. */
  async issueTo(
    device: TestDevice,
    profile: PlistDictionary,
    now: Date,
    commonName = commonNameIn(profile),
  ): Promise<void> {
    const { pkcs12, password, certificatePem } = await this.#authority.issueIdentity({
      commonName,
      now,
      days: 365,
    });
    const asn1 = forge.asn1.fromDer(pkcs12.toString('latin1'));
    const bags = forge.pkcs12.pkcs12FromAsn1(asn1, password);
    const { pkcs8ShroudedKeyBag: type = '' } = forge.pki.oids;
    const key = bags.getBags({ bagType: type })[type]?.[0]?.key;
    if (!key) throw new Error('the identity has no key');
    device.identity = { key: forge.pki.privateKeyToPem(key), certificate: certificatePem };
  }
}

/** What the SCEP payload of a profile says. */
export function scepContent(profile: PlistDictionary): PlistDictionary {
  const content = payloadOf(profile, 'com.apple.security.scep')['PayloadContent'];
  if (!isDictionary(content)) throw new Error('the profile has no SCEP payload');
  return content;
}

function commonNameIn(profile: PlistDictionary): string {
  const [[[, name]]] = scepContent(profile)['Subject'] as [[[string, string]]];
  return name;
}
