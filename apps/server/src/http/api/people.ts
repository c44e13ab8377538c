import { explainErrorNumber } from '@allotment/apps-and-books';
import { Type } from 'typebox';
import {
  type AppleUser,
  invitationLink,
  readAppleUsers,
  readLocationPeople,
  takeManagedAppleIdsFrom,
} from '../../associations/index.ts';
import type { Context } from '../../context.ts';
import { readInvitations } from '../../delivery/index.ts';
import { isGuid } from '../../directory/index.ts';
import { Problem } from '../../errors.ts';
import { managedAppleIdSources } from '../../library/index.ts';
import { callerOf } from '../auth.ts';
import { withId } from '../typed-app.ts';
import type { Face } from './face.ts';

const ofLocation = Type.Object({ uid: Type.String({ maxLength: 128 }) });
const sources = Type.Object({
  managedAppleIdFrom: Type.Union(managedAppleIdSources.map((source) => Type.Literal(source))),
});

/**
 * People as users at Apple: GET /api/people/{id}/apple-users says how far each location is with a person, what Apple
 * refused and who mends it, and to administrators alone the invitation to hand on: whoever opens it ties their own Apple
 * Account to the person. GET and PATCH /api/locations/{uid}/people are about all of a location.
 */
export function registerPeople({ app, context }: Face): void {
  app.get('/people/:id/apple-users', { schema: { params: withId } }, async (request) => {
    const personId = await findPerson(context, request.params.id);
    const users = await readAppleUsers(context.db, personId);
    const mayInvite = callerOf(request).role === 'administrator';
    const invitations = new Map(
      (await readInvitations(context.db, personId)).map((one) => [one.locationUid, one]),
    );
    const value = users.map(async (user) => ({
      ...user,
      invitation: invitations.get(user.locationUid) ?? null,
      reason: reasonOf(user),
      invitationUrl: mayInvite
        ? ((await invitationLink(context, user.locationUid, personId)) ?? null)
        : null,
    }));
    return { value: await Promise.all(value) };
  });
  app.get('/locations/:uid/people', { schema: { params: ofLocation } }, async (request) => {
    const people = await readLocationPeople(context.db, request.params.uid);
    return { ...people, advice: adviceAbout(people.foreignUsers) };
  });
  app.patch(
    '/locations/:uid/people',
    { schema: { params: ofLocation, body: sources } },
    async (request, reply) => {
      const { managedAppleIdFrom } = request.body;
      const { actor } = callerOf(request);
      await takeManagedAppleIdsFrom(context, request.params.uid, managedAppleIdFrom, actor);
      return reply.code(204).send();
    },
  );
}

/** What Apple refused of a person, who can mend it and how (Law 9). */
function reasonOf({ errorNumber, errorMessage }: AppleUser): object | null {
  if (errorNumber === null) return null;
  const { meaning, who, remedy } = explainErrorNumber(errorNumber);
  return { cause: errorMessage ?? meaning, who: who === 'us' ? 'Allotment' : who, next: remedy };
}

/** Behavior 22: said before the feature is used, not found out when licenses are missing. */
function adviceAbout(foreignUsers: number): string | null {
  if (foreignUsers === 0) return null;
  return `${foreignUsers} users of this location were created by another product. Retire them there before you assign user licenses here: the licenses they hold are not free for your people.`;
}

async function findPerson(context: Context, id: string): Promise<string> {
  const person = isGuid(id)
    ? await context.db
        .selectFrom('directory.person')
        .select('id')
        .where('id', '=', id)
        .executeTakeFirst()
    : undefined;
  if (person === undefined)
    throw new Problem('notFound', 'personNotFound', `There is no person ${id}.`);
  return person.id;
}
