import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { type Actor, recordAudit } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Database } from '../db/connect.ts';
import { isGuid } from '../directory/index.ts';
import { Problem } from '../errors.ts';
import { pushCertificate } from './push-certificate.ts';

const validForMs = 24 * 60 * 60 * 1000;

/** For whom a device is to be enrolled. */
export interface NewEnrollmentLink {
  /** The person who will use the device; left out for a device without a user. */
  readonly personId?: string | undefined;
  readonly ownership: 'company' | 'personal';
}

export interface EnrollmentLink {
  /** Opened once on the device: it answers with the profile. */
  readonly url: string;
  readonly expiresAt: Date;
  readonly personId: string | undefined;
}

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
 * @throws Problem when devices could not be reached: no https address, no push certificate; or a person is unknown
 */
export async function createEnrollmentLinks(
  context: Context,
  links: readonly NewEnrollmentLink[],
  actor: Actor,
): Promise<readonly EnrollmentLink[]> {
  await refuseUnreachable(context);
  await refuseUnknownPeople(context.db, links);
  if (links.length === 0) return [];
  const now = context.clock.now();
  const expiresAt = new Date(now.getTime() + validForMs);
  const made = links.map((link) => ({
    ...link,
    id: randomUUID(),
    code: randomBytes(24).toString('base64url'),
  }));
  await context.db.transaction().execute(async (trx) => {
    await sql`insert into devices.enrollment_link (id, code_hash, person_id, ownership, created_by, created_at, expires_at)
      select l.*, ${actor.name}, ${now}, ${expiresAt} from unnest(
        ${made.map((link) => link.id)}::uuid[], ${made.map((link) => hashOf(link.code))}::bytea[],
        ${made.map((link) => link.personId ?? null)}::uuid[], ${made.map((link) => link.ownership)}::text[]) l`.execute(
      trx,
    );
    await recordAudit(trx, now, actor, {
      action: 'createEnrollmentLinks',
      target: { kind: 'enrollmentLink', id: made[0]?.id ?? '' },
      detail: { links: made.length },
    });
  });
  const { publicUrl } = context.config;
  return made.map((link) => ({
    url: new URL(`/mdm/enroll/${link.code}`, publicUrl).href,
    expiresAt,
    personId: link.personId,
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

async function refuseUnknownPeople(
  db: Database,
  links: readonly NewEnrollmentLink[],
): Promise<void> {
  const wanted = [...new Set(links.flatMap((link) => link.personId ?? []))];
  const { rows } = await sql<{ id: string }>`select id from directory.person
    where id = any(${wanted.filter(isGuid)}::uuid[]) and deleted_at is null`.execute(db);
  const known = new Set(rows.map((row) => row.id));
  const unknown = wanted.find((id) => !known.has(id.toLowerCase()));
  if (unknown === undefined) return;
  throw new Problem('badRequest', 'unknownPerson', `There is no person with the id ${unknown}.`, {
    field: 'personId',
  });
}
