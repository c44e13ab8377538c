import { createPerson, deletePerson, updatePerson } from '../../../directory/index.ts';
import { callerOf } from '../../auth.ts';
import { EntityBody, given, objectBody, wrong } from '../body.ts';
import { type Face, readCall, sendCreated } from '../call.ts';
import { withId } from '../../typed-app.ts';
import { user } from '../types.ts';
import { userEntity, users } from './source.ts';

/** What a script that creates people for Entra sends and this server has no use for. */
const ignored = ['mailNickname', 'passwordProfile', 'usageLocation', 'userType'];

/** POST /users, PATCH and DELETE /users/{id or userPrincipalName} */
export function registerWriteUsers({ app, context, version }: Face): void {
  app.post('/users', { schema: { body: objectBody } }, async (request, reply) => {
    const call = readCall(request, users, version);
    const body = new EntityBody(request.body, user, version, ignored);
    const person = await createPerson(
      context,
      {
        userPrincipalName: body.requiredText('userPrincipalName'),
        displayName: body.requiredText('displayName'),
        ...optionalFields(body),
      },
      callerOf(request).actor,
    );
    return sendCreated(reply, call, userEntity(person));
  });
  app.patch(
    '/users/:id',
    { schema: { params: withId, body: objectBody } },
    async (request, reply) => {
      const body = new EntityBody(request.body, user, version, ignored);
      const patch = given({
        userPrincipalName: notNull(body, 'userPrincipalName'),
        displayName: notNull(body, 'displayName'),
        ...optionalFields(body),
      });
      await updatePerson(context, request.params.id, patch, callerOf(request).actor);
      return reply.code(204).send();
    },
  );
  app.delete('/users/:id', { schema: { params: withId } }, async (request, reply) => {
    await deletePerson(context, request.params.id, callerOf(request).actor);
    return reply.code(204).send();
  });
}

function optionalFields(body: EntityBody) {
  return given({
    givenName: body.text('givenName'),
    surname: body.text('surname'),
    mail: body.text('mail'),
    department: body.text('department'),
    jobTitle: body.text('jobTitle'),
    managedAppleId: body.text('managedAppleId'),
    accountEnabled: body.boolean('accountEnabled'),
  });
}

function notNull(body: EntityBody, name: string): string | undefined {
  const value = body.text(name);
  if (value === null) throw wrong(name, 'a text');
  return value;
}
