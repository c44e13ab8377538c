import { Type } from 'typebox';

import type { LicenseService } from '../service.ts';
import type { UserRecord } from '../users.ts';
import { locationsAt, SCOPE } from './pick.ts';

/** People who open the invitations that were sent to them. */
export function definePeopleHappenings(service: LicenseService): void {
  const { core, library, people } = service;
  core.happenings.define({
    kind: 'invitation.accepted',
    describes:
      'Invited users accept with Apple Accounts of their own, or several with the same one.',
    settings: Type.Object({
      users: Type.Integer({ minimum: 1, default: 1 }),
      sameAccount: Type.Boolean({ default: false }),
    }),
    scope: SCOPE,
    async happen({ users, sameAccount }, scope, random) {
      const locations = locationsAt(service, scope).filter(
        (location) => invited(location.users.changedSince()).length > 0,
      );
      if (locations.length === 0) return undefined;
      const location = random.pick(locations);
      const account = `person-${random.hex(8)}`;
      for (let index = 0; index < users; index++) {
        const waiting = invited(location.users.changedSince());
        if (waiting.length === 0) break;
        const { inviteCode = '', clientUserId } = random.pick(waiting);
        const appleAccount = `${account}${sameAccount ? '' : `-${index}`}@icloud.example`;
        const person =
          people.byAccount(appleAccount) ?? people.add({ name: clientUserId, appleAccount });
        await library.accept(location, inviteCode, person);
      }
      return { location: location.uId };
    },
  });
}

function invited(users: readonly UserRecord[]): UserRecord[] {
  return users.filter(({ inviteCode }) => inviteCode !== undefined);
}
