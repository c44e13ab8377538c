import { userFields } from '../library.ts';
import { flag, type Operation, text } from './operation.ts';
import { page, seenChange } from './pages.ts';

/** GET /users (protocol reference 1.7). */
export const getUsers: Operation = {
  method: 'GET',
  path: '/users',
  name: 'users',
  readOnly: true,
  paged: true,
  answer(call) {
    const { users } = call.location;
    const since = seenChange(call, '/users', users.version);
    const clientUserId = text(call, 'clientUserId');
    const activeOnly = flag(call, 'activeOnly') ?? false;
    const retiredOnly = flag(call, 'retiredOnly') ?? false;
    const records = [...users.changedSince(since)].filter(
      (user) =>
        (clientUserId ?? user.clientUserId) === user.clientUserId &&
        !(activeOnly && user.status === 'Retired') &&
        !(retiredOnly && user.status !== 'Retired'),
    );
    return page(call, { endpoint: '/users', records, version: users.version }, (shown) => ({
      users: shown.map(userFields),
    }));
  },
};
