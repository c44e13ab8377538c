import {
  byAdministrator,
  done,
  type Finding,
  held,
  type WhyFacts,
  type WhyTarget,
} from './why-facts.ts';

/** Which assignments reach it, and what they come to. */
export function findAssignment({ targets, verdict, demand }: WhyFacts): Finding {
  const [first] = targets.filter((one) => one.target !== 'exclusionGroup');
  if (verdict === 'excluded') {
    const exclusion = targets.find((one) => one.target === 'exclusionGroup');
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
  if (verdict === 'suspended' && demand?.wanted !== true)
    return held(
      'stopped',
      found,
      byAdministrator(
        'A group of the assignments was deleted: what its members have stays, and nothing new is given.',
        'Save the assignments anew without the deleted group.',
      ),
    );
  if (verdict === null)
    return held('stopped', found, {
      cause: 'The app is Available, and nobody has asked for it.',
      who: 'person',
      next: 'Ask for it.',
    });
  return done(found, first.since);
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
