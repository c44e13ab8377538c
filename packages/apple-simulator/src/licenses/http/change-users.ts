import { Type } from 'typebox';

import { ServiceError } from '../errors.ts';
import { userWork } from '../work.ts';
import { commonFields, type Operation, parseBody } from './operation.ts';
import { duplicates } from './targets.ts';

const Body = Type.Object({
  users: Type.Optional(
    Type.Array(
      Type.Object({
        clientUserId: Type.String({ minLength: 1 }),
        email: Type.Optional(Type.String()),
        managedAppleId: Type.Optional(Type.String({ minLength: 1 })),
      }),
    ),
  ),
});

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/u;

/** POST /users/create (protocol reference 1.7). */
export const createUsers = changeUsers('CREATE');
/** POST /users/update. */
export const updateUsers = changeUsers('UPDATE');
/** POST /users/retire. */
export const retireUsers = changeUsers('RETIRE');

function changeUsers(type: 'CREATE' | 'UPDATE' | 'RETIRE'): Operation {
  return {
    method: 'POST',
    path: `/users/${type.toLowerCase()}`,
    name: `${type.toLowerCase()}Users`,
    readOnly: false,
    answer(call) {
      const { users = [] } = parseBody(Body, call.body);
      const { settings, events, library, people } = call.service;
      if (users.length === 0) throw new ServiceError(9720);
      if (users.length > settings.limits.maxUsers) throw new ServiceError(9714);
      const twice = duplicates(users, ({ clientUserId }) => clientUserId);
      if (twice.length > 0) throw new ServiceError(9715, { info: idsOf(twice) });
      const invalid = users.filter(({ email }) => email !== undefined && !EMAIL.test(email));
      if (invalid.length > 0) throw new ServiceError(9717, { info: idsOf(invalid) });
      const work = userWork(type, call.location, library, people, users);
      return { eventId: events.start(call.location, work), ...commonFields(call) };
    },
  };
}

function idsOf(users: readonly { clientUserId: string }[]): { clientUserIds: string[] } {
  return { clientUserIds: users.map(({ clientUserId }) => clientUserId) };
}
