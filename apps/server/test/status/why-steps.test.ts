import { describe, expect, it } from 'vitest';
import type { WhyFacts, WhyTarget } from '../../src/status/why-facts.ts';
import { whySteps } from '../../src/status/why-steps.ts';

const at = new Date('2026-05-01T10:00:00Z');

const required: WhyTarget = {
  intent: 'required',
  target: 'group',
  licenseType: 'device',
  priority: 0,
  groupName: 'Pupils',
  groupDeleted: false,
  suspended: false,
  byPerson: false,
  nested: false,
  since: at,
};

const demand: NonNullable<WhyFacts['demand']> = {
  wanted: true,
  granted: true,
  held: true,
  found: false,
  ahead: false,
  failure: null,
  failureMessage: null,
  retryAt: null,
  stoppedReason: null,
  endsAt: null,
  position: null,
  since: at,
  changedAt: at,
};

const waiting = { ...demand, granted: false, held: false, position: 7 };

/** An app that is where it is to be. */
const installed: WhyFacts = {
  targets: [required],
  verdict: 'want',
  notApplicable: null,
  use: 'inUse',
  serves: true,
  demand,
  coveredBy: null,
  hold: null,
  closedByPerson: null,
  closedByApple: null,
  unreleased: false,
  refused: false,
  paused: null,
  gap: null,
  userRefusal: null,
  request: null,
  personState: null,
  device: {
    task: { state: 'installed', reason: null, changedAt: at },
    command: { state: 'acknowledged', sentAt: at },
    installation: { appleState: 'Managed', reportedAt: at },
  },
};

const request = { state: 'accepted', sentAt: at, errorNumber: null, errorMessage: null };
const byDevice = (task: object | null, more: object = {}): Partial<WhyFacts> => ({
  device: {
    task: task === null ? null : { state: 'commanded', reason: null, changedAt: at, ...task },
    command: null,
    installation: null,
    ...more,
  },
});

describe('the chain from assignment to installed', () => {
  it('names each step with its time when all is done', () => {
    const steps = whySteps(installed);
    expect(steps.map(({ step, state }) => `${step} ${state}`)).toEqual([
      'assignment done',
      'applicability done',
      'license done',
      'association done',
      'command done',
      'installation done',
    ]);
    expect(steps.every(({ reason }) => reason === null)).toBe(true);
    expect(steps[0]?.found).toBe('Required for the group Pupils, with a device license');
  });

  it.each<[string, Partial<WhyFacts>, string, string, RegExp]>([
    ['not assigned', { targets: [], verdict: null }, 'assignment', 'stopped', /No assignment/],
    [
      'excluded',
      {
        targets: [required, { ...required, target: 'exclusionGroup', groupName: 'Guests' }],
        verdict: 'excluded',
      },
      'assignment',
      'stopped',
      /excluded group Guests/,
    ],
    ['to be removed', { verdict: 'uninstall' }, 'assignment', 'stopped', /says Uninstall/],
    [
      'suspended',
      { verdict: 'suspended', demand: null },
      'assignment',
      'stopped',
      /group of the assignments was deleted/,
    ],
    [
      'Available and not asked for',
      { targets: [{ ...required, intent: 'available' }], verdict: null },
      'assignment',
      'stopped',
      /nobody has asked/,
    ],
    ...(
      [
        ['notDeviceAssignable', /licensed to devices/],
        ['userEnrollment', /enrolled by its owner/],
        ['sharedDevice', /Shared iPad/],
        ['noPrimaryUser', /has no user/],
        ['noManagedAccount', /no Managed Apple Account/],
        ['noUserChannel', /this Mac has none/],
        ['platform', /another platform/],
        ['family', /other devices/],
        ['minimumOsVersion', /later OS/],
      ] as const
    ).map(([notApplicable, cause]): [string, Partial<WhyFacts>, string, string, RegExp] => [
      `not applicable (${notApplicable})`,
      { verdict: 'notApplicable', notApplicable },
      'applicability',
      'stopped',
      cause,
    ]),
    [
      'held back by hand',
      { hold: { reason: 'Lost device', by: 'Ann', at } },
      'license',
      'stopped',
      /taken back by hand/,
    ],
    ['one device too many', { refused: true }, 'license', 'stopped', /as many other devices/],
    ['undecided', { demand: null }, 'license', 'pending', /being made/],
    [
      'lost twice',
      { demand: { ...demand, stoppedReason: 'lostTwice' } },
      'license',
      'stopped',
      /twice within seven days/,
    ],
    ['in line', { demand: waiting }, 'license', 'stopped', /number 7 in line/],
    [
      'in a closed location',
      { demand: waiting, closedByPerson: 'we move' },
      'license',
      'stopped',
      /Nothing is granted in this location: we move/,
    ],
    [
      'waiting for a release',
      { demand: waiting, unreleased: true },
      'license',
      'stopped',
      /never takes this license back/,
    ],
    [
      'waiting for Apple’s counts',
      { demand: waiting, closedByApple: 'none left' },
      'license',
      'stopped',
      /no license is left: none left/,
    ],
    [
      'refused by Apple',
      { demand: { ...waiting, failure: 9610, failureMessage: 'not found' } },
      'license',
      'stopped',
      /9610: not found/,
    ],
    [
      'about to be sent',
      { demand: { ...demand, held: false } },
      'association',
      'pending',
      /about to be assigned/,
    ],
    [
      'paused',
      { demand: { ...demand, held: false }, paused: 'holidays' },
      'association',
      'stopped',
      /paused/,
    ],
    [
      'without a token that works',
      { demand: { ...demand, held: false }, gap: 'expired' },
      'association',
      'stopped',
      /token of the location has expired/,
    ],
    [
      'without a user',
      {
        demand: { ...demand, held: false },
        personState: 'absent',
        userRefusal: { number: 9602, message: 'bad user' },
      },
      'association',
      'stopped',
      /does not create the person.*9602: bad user/,
    ],
    [
      'refused, with the Apple Account of somebody else',
      { demand: { ...waiting, failure: 9616, failureMessage: 'taken' } },
      'license',
      'stopped',
      /Somebody else with the same Apple Account.*9616: taken/,
    ],
    [
      'at Apple',
      { demand: { ...demand, held: false }, request },
      'association',
      'pending',
      /Apple is assigning/,
    ],
    ['not accepted', { personState: 'registered' }, 'account', 'stopped', /not accepted/],
    [
      'taken ahead',
      { demand: { ...demand, ahead: true } },
      'command',
      'stopped',
      /when somebody asks/,
    ],
    ['not told yet', byDevice(null), 'command', 'pending', /about to be told/],
    [
      'told',
      byDevice({ reason: 'waitingForDevice' }),
      'command',
      'pending',
      /has not taken the command/,
    ],
    [
      'installing',
      byDevice({ state: 'installing', reason: 'installing' }),
      'installation',
      'pending',
      /is installing/,
    ],
    [
      'failed',
      byDevice({ state: 'failed', reason: 'signInNeeded' }),
      'installation',
      'stopped',
      /sign-in/,
    ],
  ])('%s', (_what, changed, step, state, cause) => {
    const steps = whySteps({ ...installed, ...changed });
    const open = steps.find((one) => one.state !== 'done');
    expect(open).toMatchObject({ step, state });
    expect(open?.reason?.cause).toMatch(cause);
    expect(open?.reason?.next).not.toBe('');
    const after = steps.slice(steps.findIndex((one) => one === open) + 1);
    expect(after.every((one) => one.state === 'notReached')).toBe(true);
  });

  it('is done where another license of the title serves', () => {
    const steps = whySteps({ ...installed, demand: waiting, coveredBy: 'Elm School' });
    expect(steps[2]?.found).toMatch(/in Elm School/);
    expect(steps.every(({ state }) => state === 'done')).toBe(true);
  });

  it('is done where the app was installed before its group was deleted', () => {
    const steps = whySteps({ ...installed, verdict: 'suspended' });
    expect(steps.every(({ state }) => state === 'done')).toBe(true);
  });

  it.each([
    ['want', /taken ahead/],
    ['suspended', /group of the assignments was deleted/],
  ] as const)('was merely taken ahead: nothing was sent (%s)', (verdict, cause) => {
    const steps = whySteps({ ...installed, verdict, demand: { ...demand, ahead: true } });
    expect(steps.find(({ step }) => step === 'command')?.reason?.cause).toMatch(cause);
  });

  it('says when Apple had assigned it already', () => {
    const found = { ...demand, granted: false, held: false, found: true };
    expect(whySteps({ ...installed, demand: found })[2]?.found).toMatch(/already/);
  });

  it('has no device in it for a person or a book', () => {
    const steps = whySteps({ ...installed, personState: 'associated', device: null });
    expect(steps.map(({ step }) => step)).toEqual([
      'assignment',
      'applicability',
      'license',
      'association',
      'account',
    ]);
  });
});
