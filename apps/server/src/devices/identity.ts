import { X509Certificate } from 'node:crypto';
import {
  type CertificateAuthority,
  type EnrollmentProfile,
  type SignerCertificate,
  SignatureVerifier,
} from '@allotment/device-management';
import type { Context } from '../context.ts';
import { sha256Of } from './authorities.ts';
import { deviceAuthority } from './authority.ts';
import { type ActiveScep, activeScep } from './scep.ts';

const identityDays = 365;

/** Where new identities come from: the SCEP server of the organization, or our own authority. */
export type IdentitySource =
  | { readonly scep: ActiveScep }
  | { readonly authority: CertificateAuthority };

/** An identity for a profile, and its certificate where it is known ahead. */
export interface NewDeviceIdentity {
  readonly identity: EnrollmentProfile['identity'];
  readonly certificate: SignerCertificate | undefined;
}

export async function identitySource(context: Context): Promise<IdentitySource> {
  const scep = await activeScep(context);
  return scep === undefined ? { authority: await deviceAuthority(context) } : { scep };
}

/** Whether a source renews identities of an authority: others cannot be replaced without enrolling anew. */
export function renews(source: IdentitySource, authoritySha256: string | null): boolean {
  const issuers =
    'scep' in source ? source.scep.authoritySha256s : [sha256Of(source.authority.certificatePem)];
  return authoritySha256 !== null && issuers.includes(authoritySha256);
}

/** One for a year, named after the enrollment; a SCEP server decides by itself how long. */
export async function newIdentity(
  context: Context,
  source: IdentitySource,
  enrollmentId: string,
): Promise<NewDeviceIdentity> {
  if ('scep' in source) {
    const { url, name, challenge, fingerprint } = source.scep;
    return {
      identity: {
        scepUrl: url,
        name,
        commonName: enrollmentId,
        challenge,
        caFingerprint: fingerprint,
      },
      certificate: undefined,
    };
  }
  const now = context.clock.now();
  const { authority } = source;
  const issued = await authority.issueIdentity({
    commonName: enrollmentId,
    now,
    days: identityDays,
  });
  const verifier = new SignatureVerifier({ authorities: [authority.certificatePem] });
  return {
    identity: { pkcs12: issued.pkcs12, password: issued.password, name: 'Device identity' },
    certificate: verifier.check(new X509Certificate(issued.certificatePem).raw, now),
  };
}
