import { sql } from 'kysely';
import { Type } from 'typebox';
import type { Database } from '../../db/connect.ts';
import { createEnrollmentLinks, type EnrollmentLink } from '../../devices/index.ts';
import { Problem } from '../../errors.ts';
import { callerOf } from '../auth.ts';
import type { Face } from './face.ts';

const linksBody = Type.Object({
  links: Type.Array(
    Type.Object({
      userPrincipalName: Type.Optional(Type.String({ maxLength: 256 })),
      personId: Type.Optional(Type.String({ maxLength: 64 })),
      ownership: Type.Union([Type.Literal('company'), Type.Literal('personal')]),
      kiosk: Type.Optional(Type.Boolean()),
      userEnrollment: Type.Optional(Type.Boolean()),
    }),
    { minItems: 1, maxItems: 1_000 },
  ),
});

/** POST /api/enrollment-links: one link enrolls one device, once, within a day */
export function registerEnrollmentLinks({ app, context }: Face): void {
  app.post('/enrollment-links', { schema: { body: linksBody } }, async (request) => {
    const { links } = request.body;
    const names = links.map((link) => link.userPrincipalName?.toLowerCase());
    const people = await peopleNamed(
      context.db,
      names.filter((name) => name !== undefined),
    );
    const made = await createEnrollmentLinks(
      context,
      links.map((link, index) => {
        const name = names[index];
        const personId = name === undefined ? link.personId : people.get(name);
        if (name !== undefined && personId === undefined)
          throw unknownPerson(link.userPrincipalName, index);
        const { ownership, kiosk, userEnrollment } = link;
        return { personId, ownership, kiosk, userEnrollment };
      }),
      callerOf(request).actor,
    );
    return { value: made.map(enrollmentLinkView) };
  });
}

/** A link as callers see it; the reminder is about the Apple Account of the person. */
export function enrollmentLinkView(link: EnrollmentLink): object {
  const { url, profileUrl, expiresAt, personId, reminder } = link;
  return {
    url,
    profileUrl,
    expiresDateTime: expiresAt,
    personId: personId ?? null,
    reminder: reminder ?? null,
  };
}

/** The ids of people by user principal name in lower case. */
async function peopleNamed(
  db: Database,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql<{ name: string; id: string }>`
    select lower(user_principal_name) as name, id from directory.person
    where lower(user_principal_name) = any(${names}::text[]) and deleted_at is null`.execute(db);
  return new Map(rows.map((row) => [row.name, row.id]));
}

function unknownPerson(name: string | undefined, index: number): Problem {
  return new Problem(
    'badRequest',
    'unknownPerson',
    `There is no person ${name}; no link was made.`,
    {
      field: `links/${index}/userPrincipalName`,
    },
  );
}
