import { slicesOf } from '../assignment-query.ts';
import { userFields } from '../library.ts';
import type { UserRecord } from '../users.ts';
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
    const wanted = (user: UserRecord): boolean =>
      (clientUserId ?? user.clientUserId) === user.clientUserId &&
      !(activeOnly && user.status === 'Retired') &&
      !(retiredOnly && user.status !== 'Retired');
    const everyone = clientUserId === undefined && !activeOnly && !retiredOnly;
    const changed = users.changedSince(since);
    const records = slicesOf(everyone ? changed : changed.filter(wanted));
    return page(call, { endpoint: '/users', records, version: users.version }, (shown) => ({
      users: shown.map(userFields),
    }));
  },
};
