import { randomUUID, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { buildEnrollmentProfile, type IssuedIdentity } from '@allotment/device-management';
import type { Context } from '../context.ts';
import type { Database } from '../db/connect.ts';
import { Problem } from '../errors.ts';
import { deviceAuthority } from './authority.ts';
import { hashOf } from './links.ts';
import { pushCertificate } from './push-certificate.ts';

const identityDays = 365;

/**
 * The enrollment profile for a link's code, with an identity of its own. The code is used up by it, and the key in
 * the profile is kept nowhere.
 *
 * @throws Problem when the code is unknown, used or too old
 */
export async function enrollmentProfile(context: Context, code: string): Promise<Buffer> {
  const certificate = await pushCertificate(context.db);
  if (certificate === undefined || !(await isOpen(context, code))) throw invalidLink();
  const id = randomUUID();
  const authority = await deviceAuthority(context);
  const identity = await authority.issueIdentity({
    commonName: id,
    now: context.clock.now(),
    days: identityDays,
  });
  await redeem(context, code, id, identity);
  const { publicUrl } = context.config;
  return buildEnrollmentProfile({
    organization: await organizationName(context.db, publicUrl.hostname),
    identifier: `${publicUrl.hostname.split('.').toReversed().join('.')}.allotment.enrollment`,
    serverUrl: new URL('/mdm/connect', publicUrl).href,
    checkInUrl: new URL('/mdm/checkin', publicUrl).href,
    topic: certificate.topic,
    identity: { pkcs12: identity.pkcs12, password: identity.password, name: 'Device identity' },
    trustedRoots: await privateRoots(context),
    uuid: randomUUID,
  });
}

/** Asked before a key is made, so that guessed codes cost nothing. */
async function isOpen(context: Context, code: string): Promise<boolean> {
  const link = await context.db
    .selectFrom('devices.enrollmentLink')
    .select('id')
    .where('codeHash', '=', hashOf(code))
    .where('usedAt', 'is', null)
    .where('expiresAt', '>', context.clock.now())
    .executeTakeFirst();
  return link !== undefined;
}

/** Uses up the code and binds the identity to it: of two requests with one code, one gets a profile. */
async function redeem(
  context: Context,
  code: string,
  id: string,
  identity: IssuedIdentity,
): Promise<void> {
  const now = context.clock.now();
  await context.db.transaction().execute(async (trx) => {
    const link = await trx
      .updateTable('devices.enrollmentLink')
      .set({ usedAt: now })
      .where('codeHash', '=', hashOf(code))
      .where('usedAt', 'is', null)
      .where('expiresAt', '>', now)
      .returning('id')
      .executeTakeFirst();
    if (link === undefined) throw invalidLink();
    await trx
      .insertInto('devices.enrollment')
      .values({
        id,
        linkId: link.id,
        certificateSha256: identity.certificateSha256,
        certificateExpiresAt: identity.notAfter,
        createdAt: now,
      })
      .execute();
  });
}

function invalidLink(): Problem {
  return new Problem(
    'notFound',
    'enrollmentLinkInvalid',
    'This enrollment link was used already or is too old: ask your administrator for a new one.',
  );
}

/** What the person reads on the device: the organization as Apple knows it. */
async function organizationName(db: Database, otherwise: string): Promise<string> {
  const token = await db
    .selectFrom('library.token')
    .select('organizationName')
    .orderBy('createdAt')
    .limit(1)
    .executeTakeFirst();
  return token?.organizationName ?? otherwise;
}

/** The authority of a private TLS certificate, when it comes with it: devices do not know it otherwise. */
async function privateRoots(context: Context): Promise<readonly string[]> {
  if (context.config.tls === undefined) return [];
  const chain = await readFile(context.config.tls.certFile, 'utf8');
  const certificates = chain.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  return (certificates ?? []).filter((pem) => {
    const certificate = new X509Certificate(pem);
    return certificate.ca && certificate.checkIssued(certificate);
  });
}
