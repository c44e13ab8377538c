import type { Why, WhyStep, WhyStepName, WhyTarget } from '../api/why.ts';

export const stepNames: Readonly<Record<WhyStepName, string>> = {
  assignment: 'Assigned',
  applicability: 'Can run it',
  license: 'License',
  association: 'Assigned at Apple',
  account: 'Apple Account',
  command: 'Told to install',
  installation: 'Installed',
};

export const stateNames: Readonly<Record<WhyStep['state'], string>> = {
  done: 'Done',
  pending: 'Under way',
  stopped: 'Stopped',
  notReached: 'Not reached',
};

const intents: Readonly<Record<WhyTarget['intent'], string>> = {
  required: 'Required',
  available: 'Available',
  uninstall: 'Uninstall',
};

/** "Required for Grade 7, through a group in it, through its person" */
export function targetWords(target: WhyTarget): string {
  const isExcluded = target.target === 'exclusionGroup';
  const whom =
    target.target === 'allUsers'
      ? 'all users'
      : target.target === 'allDevices'
        ? 'all devices'
        : (target.groupName ?? 'a group');
  return [
    `${isExcluded ? 'Excluded' : intents[target.intent]} for ${whom}`,
    ...(target.groupDeleted ? ['which is deleted'] : []),
    ...(target.nested ? ['through a group in it'] : []),
    ...(target.byPerson ? ['through its person'] : []),
    ...(isExcluded || target.intent === 'uninstall' ? [] : [`${target.licenseType} license`]),
    ...(target.priority === 0 ? [] : [`priority ${target.priority}`]),
  ].join(', ');
}

/** What the whole chain comes to, in a sentence. */
export function whyHeadline({ steps, stopsAt }: Pick<Why, 'steps' | 'stopsAt'>): string {
  const step = steps.find((one) => one.step === stopsAt);
  if (step === undefined) return 'Everything is done.';
  return step.state === 'pending'
    ? `Under way: ${stepNames[step.step].toLowerCase()}.`
    : `It stops at: ${stepNames[step.step].toLowerCase()}.`;
}
