import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { type Actor, recordAudit } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Database } from '../db/connect.ts';
import { isGuid } from '../directory/index.ts';
import { Problem } from '../errors.ts';
import { pushCertificate } from './push-certificate.ts';
import { newSignInCode } from './sign-in-code.ts';

const validForMs = 24 * 60 * 60 * 1000;

/** For whom a device is to be enrolled. */
export interface NewEnrollmentLink {
  /** The person who will use the device; left out for a device without a user. */
  readonly personId?: string | undefined;
  readonly ownership: 'company' | 'personal';
  /** A supervised device that shows one app alone: it takes device licenses only. */
  readonly kiosk?: boolean | undefined;
  /** The person's own device, by User Enrollment: it keeps its serial number to itself and takes user licenses only. */
  readonly userEnrollment?: boolean | undefined;
}

export interface EnrollmentLink {
  /** Opened on the device: a page, whose button gives the profile, once. */
  readonly url: string;
  /** Gives the profile itself, once, for tools that hand it on; whatever opens it uses it up. */
  readonly profileUrl: string;
  readonly expiresAt: Date;
  readonly personId: string | undefined;
  /** What to see to when the device has a user; undefined for one without. */
  readonly reminder: string | undefined;
}

/** Whoever prepares a device for a person is told, as licenses of the person need it. */
const accountReminder =
  'Have this person sign in to the App Store on the device with their own Apple Account: apps licensed to people install with no other, and the account of whoever used the device before must go.';

/** One link. @throws Problem as `createEnrollmentLinks` does */
export async function createEnrollmentLink(
  context: Context,
  link: NewEnrollmentLink,
  actor: Actor,
): Promise<EnrollmentLink> {
  const [made] = await createEnrollmentLinks(context, [link], actor);
  if (made === undefined) throw new Error('no enrollment link was made');
  return made;
}

/**
 * Makes links that enroll one device each, once, within a day. Only hashes of their codes are stored.
 *
 * @throws Problem when devices could not be reached: no https address, no push certificate; a person is unknown; or a
 * link for User Enrollment is for nobody, for a device of the company, or for a person without a Managed Apple Account
 */
export async function createEnrollmentLinks(
  context: Context,
  links: readonly NewEnrollmentLink[],
  actor: Actor,
): Promise<readonly EnrollmentLink[]> {
  await refuseUnreachable(context);
  await refuseUnfitPeople(context.db, links);
  if (links.length === 0) return [];
  return storeLinks(
    context,
    links.map((link) => ({ ...link, renews: null })),
    actor,
    'createEnrollmentLinks',
  );
}

/**
 * Makes a link under which an enrolled device gets a new identity before the one it has ends. We do not ask for the
 * right to install profiles, so somebody has to open it on the device; nothing else of the enrollment changes.
 *
 * @throws Problem `managedDeviceNotFound`, `notManaged`, or as `createEnrollmentLinks` does
 */
export async function createRenewalLink(
  context: Context,
  deviceId: string,
  actor: Actor,
): Promise<EnrollmentLink> {
  await refuseUnreachable(context);
  const { rows } = await sql<Enrolled>`
    select d.serial_number, d.person_id, d.ownership, d.kiosk, d.user_enrollment, e.id as renews
    from devices.device d left join devices.enrollment e on e.device_id = d.id and e.state = 'enrolled' and e.device_enrollment_id is null
    where d.id = ${isGuid(deviceId) ? deviceId : null}::uuid`.execute(context.db);
  const [device] = rows;
  if (device === undefined)
    throw new Problem(
      'notFound',
      'managedDeviceNotFound',
      `There is no managedDevice ${deviceId}.`,
    );
  if (device.renews === null)
    throw new Problem(
      'conflict',
      'notManaged',
      `The device ${device.serialNumber} is not managed any more: make an enrollment link for it.`,
    );
  const [made] = await storeLinks(
    context,
    [
      {
        personId: device.personId ?? undefined,
        ownership: device.ownership === 'personal' ? 'personal' : 'company',
        kiosk: device.kiosk,
        userEnrollment: device.userEnrollment,
        renews: device.renews,
      },
    ],
    actor,
    'createRenewalLink',
  );
  if (made === undefined) throw new Error('no renewal link was made');
  return made;
}

interface Enrolled {
  readonly serialNumber: string;
  readonly personId: string | null;
  readonly ownership: string;
  readonly kiosk: boolean;
  readonly userEnrollment: boolean;
  readonly renews: string | null;
}

async function storeLinks(
  context: Context,
  links: readonly (NewEnrollmentLink & { readonly renews: string | null })[],
  actor: Actor,
  action: 'createEnrollmentLinks' | 'createRenewalLink',
): Promise<readonly EnrollmentLink[]> {
  const now = context.clock.now();
  const expiresAt = new Date(now.getTime() + validForMs);
  const made = links.map((link) => ({
    ...link,
    id: randomUUID(),
    code:
      link.userEnrollment === true && link.renews === null
        ? newSignInCode()
        : randomBytes(24).toString('base64url'),
  }));
  await context.db.transaction().execute(async (trx) => {
    await trx
      .insertInto('devices.enrollmentLink')
      .values(
        made.map((link) => ({
          id: link.id,
          codeHash: hashOf(link.code),
          personId: link.personId ?? null,
          ownership: link.ownership,
          kiosk: link.kiosk ?? false,
          userEnrollment: link.userEnrollment ?? false,
          renews: link.renews,
          createdBy: actor.name,
          createdAt: now,
          expiresAt,
        })),
      )
      .execute();
    await recordAudit(trx, now, actor, {
      action,
      target: { kind: 'enrollmentLink', id: made[0]?.id ?? '' },
      detail: { links: made.length },
    });
  });
  const { publicUrl } = context.config;
  return made.map((link) => ({
    url: new URL(`/mdm/enroll/${link.code}`, publicUrl).href,
    profileUrl: new URL(`/mdm/enroll/${link.code}/profile`, publicUrl).href,
    expiresAt,
    personId: link.personId,
    reminder: link.personId === undefined ? undefined : accountReminder,
  }));
}

/** How a code is stored and looked up. */
export function hashOf(code: string): Buffer {
  return createHash('sha256').update(code).digest();
}

async function refuseUnreachable(context: Context): Promise<void> {
  if (context.config.publicUrl.protocol !== 'https:')
    throw new Problem(
      'conflict',
      'publicUrlNotHttps',
      'Devices enroll over https only: set ALLOTMENT_PUBLIC_URL to the https address under which they reach this server.',
    );
  if ((await pushCertificate(context.db)) === undefined)
    throw new Problem(
      'conflict',
      'noPushCertificate',
      'Devices are woken over Apple’s push service: upload the MDM push certificate of the organization first.',
    );
}

async function refuseUnfitPeople(db: Database, links: readonly NewEnrollmentLink[]): Promise<void> {
  const wanted = [...new Set(links.flatMap((link) => link.personId ?? []))];
  const { rows } = await sql<{ id: string; hasAccount: boolean }>`
    select id, managed_apple_id is not null as has_account from directory.person
    where id = any(${wanted.filter(isGuid)}::uuid[]) and deleted_at is null`.execute(db);
  const known = new Map(rows.map((row) => [row.id, row.hasAccount]));
  const unknown = wanted.find((id) => !known.has(id.toLowerCase()));
  if (unknown !== undefined)
    throw new Problem('badRequest', 'unknownPerson', `There is no person with the id ${unknown}.`, {
      field: 'personId',
    });
  for (const { userEnrollment, personId, ownership, kiosk } of links) {
    if (userEnrollment !== true) continue;
    if (personId === undefined || ownership !== 'personal' || kiosk === true)
      throw new Problem(
        'badRequest',
        'userEnrollmentNeedsPerson',
        'User Enrollment is for a person’s own device: name the person whose it is. It is neither the organization’s nor a kiosk.',
        { field: 'userEnrollment' },
      );
    if (known.get(personId.toLowerCase()) !== true)
      throw new Problem(
        'badRequest',
        'noManagedAppleAccount',
        'User Enrollment needs a Managed Apple Account of the person: enter it with the person first.',
        { field: 'userEnrollment' },
      );
  }
}
