import { createHash, X509Certificate } from 'node:crypto';
import type { Database } from '../db/connect.ts';
import { Problem } from '../errors.ts';

const mostAuthorities = 10;

/** PEM of every authority that device identities may come from; none before the first enrollment. */
export async function deviceAuthorities(db: Database): Promise<readonly string[]> {
  const own = await db.selectFrom('devices.authority').select('certificate').execute();
  const scep = await db.selectFrom('devices.scep').select('authorities').execute();
  return [
    ...own.map((row) => row.certificate),
    ...scep.flatMap((row) => certificatesIn(row.authorities)),
  ];
}

/** The certificates in a PEM text, one by one. */
export function certificatesIn(pem: string): readonly string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

/** Lower-case hex over the DER of a PEM certificate. */
export function sha256Of(pem: string): string {
  return createHash('sha256').update(new X509Certificate(pem).raw).digest('hex');
}

/**
 * The authorities in an administrator's PEM.
 *
 * @throws Problem when there is none or too many, or one is no authority or has expired
 */
export function readAuthorities(pem: string, now: Date): readonly string[] {
  const found = certificatesIn(pem);
  if (found.length === 0 || found.length > mostAuthorities)
    throw wrong(
      `Give the certificate of the authority that issues device identities as PEM, up to ${mostAuthorities} of them.`,
    );
  for (const one of found) {
    const certificate = parse(one);
    const name = certificate.subject.replaceAll('\n', ', ');
    if (!certificate.ca)
      throw wrong(
        `${name} is no authority: give the certificate that issues the devices’ certificates.`,
      );
    if (certificate.validToDate <= now)
      throw wrong(`The authority ${name} has expired: give the one that is in use now.`);
  }
  return found;
}

function parse(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw wrong('A certificate cannot be read: give it as PEM, as openssl writes it.', cause);
  }
}

function wrong(message: string, cause?: unknown): Problem {
  return new Problem('badRequest', 'scepAuthorities', message, { field: 'authorities', cause });
}
