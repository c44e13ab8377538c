import { randomUUID, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { buildEnrollmentProfile, type UserEnrollment } from '@allotment/device-management';
import type { Context } from '../context.ts';
import type { Database } from '../db/connect.ts';
import { enrollmentCode } from './enrollment-code.ts';
import { certificateColumns } from './enrollment.ts';
import {
  type IdentitySource,
  identitySource,
  type NewDeviceIdentity,
  newIdentity,
  renews,
} from './identity.ts';
import { invalidLink, type OpenLink, openLinkByCode, openLinkByToken } from './open-link.ts';
import { organizationName } from './organization.ts';
import { pushCertificate } from './push-certificate.ts';
import { showSignInCode } from './sign-in-code.ts';

/**
 * The enrollment profile for a link's code, with an identity of its own. The code is used up by it, and a key in the
 * profile is kept nowhere. A renewed profile has the addresses and the name of the one it renews.
 *
 * @throws Problem when the code is unknown, used or too old, or what it renews has ended
 */
export async function enrollmentProfile(context: Context, code: string): Promise<Buffer> {
  const link = await openLinkByCode(context, code);
  if (link === undefined) throw invalidLink();
  return profileOf(context, link, 'profile');
}

/**
 * The enrollment profile for whoever has signed in with a link's code; it uses up the link, and the token with it.
 *
 * @returns undefined when the token is unknown, used or too old
 * @throws Problem when another request with the token was faster
 */
export async function accountProfile(context: Context, token: string): Promise<Buffer | undefined> {
  const link = await openLinkByToken(context, token);
  return link && profileOf(context, link, 'account');
}

async function profileOf(
  context: Context,
  link: OpenLink,
  by: UserEnrollment['by'],
): Promise<Buffer> {
  const certificate = await pushCertificate(context.db);
  if (certificate === undefined) throw invalidLink();
  const source = await identitySource(context);
  const renewed = await renewedBy(context.db, link, source);
  const id = renewed?.id ?? randomUUID();
  const userEnrollment = link.userEnrollment
    ? { managedAppleId: await managedAppleIdOf(context.db, link), by: link.renewsBy ?? by }
    : undefined;
  const made = await newIdentity(context, source, id);
  await redeem(context, link.id, renewed === undefined ? { id, made } : undefined);
  const { publicUrl } = context.config;
  return buildEnrollmentProfile({
    organization: await organizationName(context, context.db),
    identifier: `${publicUrl.hostname.split('.').toReversed().join('.')}.allotment.enrollment`,
    serverUrl: addressOf(context, '/mdm/connect', id),
    checkInUrl: addressOf(context, '/mdm/checkin', id),
    topic: certificate.topic,
    identity: made.identity,
    userEnrollment,
    trustedRoots: await privateRoots(context),
    uuid: randomUUID,
  });
}

/** What a link is for, as its page says it. */
export interface EnrollmentOffer {
  readonly organization: string;
  /** The name of the person who will use the device. */
  readonly person: string | undefined;
  readonly kiosk: boolean;
  readonly userEnrollment: boolean;
  /** How the person signs in with their Managed Apple Account in Settings; undefined where that is not the way. */
  readonly signIn: { readonly account: string; readonly code: string } | undefined;
  /** A new identity for a device that is enrolled. */
  readonly renews: boolean;
}

/** What a link's code would do; uses up nothing. @throws Problem when the code is unknown, used or too old */
export async function enrollmentOffer(context: Context, code: string): Promise<EnrollmentOffer> {
  const link = await openLinkByCode(context, code);
  if (link === undefined) throw invalidLink();
  const person = await context.db
    .selectFrom('directory.person')
    .select(['displayName', 'managedAppleId'])
    .where('id', '=', link.personId)
    .executeTakeFirst();
  const account = person?.managedAppleId;
  return {
    organization: await organizationName(context, context.db),
    person: person?.displayName,
    kiosk: link.kiosk,
    userEnrollment: link.userEnrollment,
    signIn:
      link.userEnrollment && link.renews === null && typeof account === 'string'
        ? { account, code: showSignInCode(code) }
        : undefined,
    renews: link.renews !== null,
  };
}

function addressOf(context: Context, path: string, enrollmentId: string): string {
  const url = new URL(path, context.config.publicUrl);
  url.searchParams.set('enrollment', enrollmentCode(context.secrets, enrollmentId));
  return url.href;
}

/** The account may have been taken away since the link was made. */
async function managedAppleIdOf(db: Database, { personId }: OpenLink): Promise<string> {
  const person = await db
    .selectFrom('directory.person')
    .select('managedAppleId')
    .where('id', '=', personId)
    .executeTakeFirst();
  if (person === undefined || person.managedAppleId === null) throw invalidLink();
  return person.managedAppleId;
}

/**
 * The enrollment whose identity the link renews. Undefined for a new enrollment, also where identities come from
 * another authority by now: the device then enrolls anew and keeps its earlier enrollment until that is complete.
 */
async function renewedBy(
  db: Database,
  { renews: enrollmentId }: OpenLink,
  source: IdentitySource,
): Promise<{ readonly id: string } | undefined> {
  if (enrollmentId === null) return undefined;
  const enrollment = await db
    .selectFrom('devices.enrollment')
    .select(['id', 'certificateAuthoritySha256'])
    .where('id', '=', enrollmentId)
    .where('state', '=', 'enrolled')
    .executeTakeFirst();
  if (enrollment === undefined) throw invalidLink();
  return renews(source, enrollment.certificateAuthoritySha256) ? enrollment : undefined;
}

interface NewEnrollment {
  readonly id: string;
  readonly made: NewDeviceIdentity;
}

/** Uses up the link and begins its enrollment: of two requests with one code, one gets a profile. */
async function redeem(
  context: Context,
  linkId: string,
  enrollment: NewEnrollment | undefined,
): Promise<void> {
  const now = context.clock.now();
  await context.db.transaction().execute(async (trx) => {
    const { numUpdatedRows } = await trx
      .updateTable('devices.enrollmentLink')
      .set({ usedAt: now })
      .where('id', '=', linkId)
      .where('usedAt', 'is', null)
      .where('expiresAt', '>', now)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) throw invalidLink();
    if (enrollment === undefined) return;
    const { certificate } = enrollment.made;
    await trx
      .insertInto('devices.enrollment')
      .values({
        id: enrollment.id,
        linkId,
        ...(certificate === undefined ? {} : certificateColumns(certificate)),
        createdAt: now,
      })
      .execute();
  });
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
