import { type Hit, intentsOf, resolveIntents } from '@allotment/licensing';
import type { Reason } from './reason.ts';
import {
  byAdministrator,
  done,
  type Finding,
  groupDeleted,
  held,
  type WhyFacts,
  type WhyTarget,
} from './why-facts.ts';

/** Which assignments reach it, and what they come to. */
export function findAssignment(facts: WhyFacts): Finding {
  const { targets, verdict, demand } = facts;
  const [first] = targets.filter((one) => one.target !== 'exclusionGroup');
  if (verdict === 'excluded') {
    const exclusion = targets.find(
      (one) =>
        one.target === 'exclusionGroup' &&
        targets.some(
          (other) => other.target !== 'exclusionGroup' && other.byPerson === one.byPerson,
        ),
    );
    return held(
      'stopped',
      'Excluded.',
      byAdministrator(
        `It is in the excluded group ${exclusion?.groupName ?? ''}.`,
        'Take it out of that group, or the group out of the assignments.',
      ),
    );
  }
  if (first === undefined)
    return held(
      'stopped',
      'Not assigned.',
      byAdministrator(
        'No assignment of this app reaches it.',
        'Assign the app to a group that it is in, or put it into one of the groups.',
      ),
    );
  const found = targets.map(describe).join('; ');
  if (verdict === 'uninstall')
    return held(
      'stopped',
      found,
      byAdministrator(
        'An assignment says Uninstall.',
        'Take that assignment away if the app is wanted.',
      ),
    );
  const isThere = demand?.wanted === true && facts.serves;
  if (verdict === 'suspended' && !isThere) return held('stopped', found, groupDeleted);
  const isOffered = verdict === 'offered';
  if (isOffered && isThere && demand.endsAt === null)
    return done(`${found}; what is there from before stays`, first.since);
  if (verdict === null || isOffered) return findNothing(facts, found);
  return done(found, first.since);
}

const notInUse: Readonly<Record<Exclude<WhyFacts['use'], 'inUse'>, Reason>> = {
  notEnrolled: {
    cause: 'The device has not enrolled.',
    who: 'person',
    next: 'Enroll the device: what it is assigned then follows by itself.',
  },
  retired: byAdministrator(
    'The device was retired: nothing is given to it.',
    'Enroll it anew if it is to be used: what it is assigned then follows by itself.',
  ),
  wiped: byAdministrator(
    'The device was wiped: nothing is given to it.',
    'Enroll it anew if it is to be used: what it is assigned then follows by itself.',
  ),
  left: byAdministrator(
    'The device is not managed any more: nothing is given to it.',
    'Enroll it anew if it is to be used: what it is assigned then follows by itself.',
  ),
  silent: {
    cause: 'The device has not checked in for so many days that nothing is given to it.',
    who: 'device',
    next: 'Switch it on where it has a network: once it checks in, what it is assigned follows by itself.',
  },
  noDevice: {
    cause: 'The person has no device in use: nothing is given to them.',
    who: 'person',
    next: 'Enroll a device of one’s own: what the person is assigned then follows by itself.',
  },
};

/** Why assignments that reach it come to nothing. */
function findNothing({ use, targets, device }: WhyFacts, found: string): Finding {
  if (use !== 'inUse') return held('stopped', found, notInUse[use]);
  const hits = targets
    .filter((one) => !one.suspended)
    .map((one): Hit => ({
      of: device === null || one.byPerson ? 'user' : 'device',
      kind: one.target === 'exclusionGroup' ? 'exclusion' : one.intent,
    }));
  const standing = resolveIntents(intentsOf('user', hits), intentsOf('device', hits));
  if (standing.available)
    return held('stopped', found, {
      cause: 'The app is Available, and nobody has asked for it.',
      who: 'person',
      next: 'Ask for it.',
    });
  if (targets.some((one) => one.suspended)) return held('stopped', found, groupDeleted);
  if (standing.uninstall)
    return held(
      'stopped',
      found,
      byAdministrator(
        'An assignment says Uninstall, and the app is for another platform: it cannot be there.',
        'Nothing: there is nothing to remove.',
      ),
    );
  return held('pending', found, {
    cause: 'The decision is being made.',
    who: 'Allotment',
    next: 'Wait a few seconds.',
  });
}

function describe({ intent, target, groupName, byPerson, nested, licenseType }: WhyTarget): string {
  const whom =
    target === 'allUsers'
      ? 'all users'
      : target === 'allDevices'
        ? 'all devices'
        : `${target === 'exclusionGroup' ? 'the excluded group' : 'the group'} ${groupName ?? ''}${nested ? ', through a group in it' : ''}${byPerson ? ', through its person' : ''}`;
  if (target === 'exclusionGroup') return `In ${whom}`;
  return `${intents[intent]} for ${whom}, with a ${licenseType} license`;
}

const intents = { available: 'Available', required: 'Required', uninstall: 'Uninstall' } as const;
