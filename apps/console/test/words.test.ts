import { describe, expect, it } from 'vitest';
import type { WhatIf } from '../src/api/what-if.ts';
import type { WhyStep, WhyTarget } from '../src/api/why.ts';
import { headlineOf, notesOf, numbersOf } from '../src/apps/forecast-words.ts';
import { liftedNotice, revokedNotice } from '../src/licenses/license-words.ts';
import { accountTroubles, appleUserWord, invitationWords } from '../src/people/people-words.ts';
import { targetWords, whyHeadline } from '../src/why/why-words.ts';

const outcome = {
  served: 0,
  waiting: 0,
  newlyWaiting: 0,
  returning: 0,
  returningLater: 0,
  servedByReturns: 0,
};

const whatIf = (part: Partial<WhatIf> = {}): WhatIf => ({
  licenses: { owned: 10, foreign: 0, free: 4, wanted: 6, needed: 6 },
  devices: { notApplicable: 0 },
  outcome,
  toBuy: { licenses: 0, price: '$9.99', cost: 0 },
  stops: { brake: null, unreleased: 0 },
  revocable: true,
  requests: { associate: 2, disassociate: 1 },
  prompts: { invitedPeople: 0, installDevices: 0, signInDevices: 0, kiosksWithUserLicense: 0 },
  warnings: [],
  who: [],
  ...part,
});

const valueOf = (forecast: WhatIf, name: string): object | undefined =>
  numbersOf(forecast).find((one) => one.name === name);

const buy = (price: string | null, cost: number | null) =>
  valueOf(whatIf({ toBuy: { licenses: 6, price, cost } }), 'To buy');

describe('a forecast', () => {
  it('says in one sentence who gets a license, who waits and whose goes back', () => {
    expect(headlineOf(whatIf())).toBe('Nobody gets or loses a license by it.');
    expect(
      headlineOf(
        whatIf({
          outcome: { ...outcome, served: 1200, waiting: 3, newlyWaiting: 3, returning: 1 },
        }),
      ),
    ).toBe('1,200 get a license at once, 3 wait for one, 1 license comes back.');
    expect(headlineOf(whatIf({ outcome: { ...outcome, waiting: 5 } }))).toBe(
      'Nobody gets or loses a license by it.',
    );
  });

  it('names what is to be bought with its price, where the store names one', () => {
    expect(buy('$9.99', 59.94)).toMatchObject({ value: '6', aside: '$9.99 each, 59.94 in all' });
    expect(buy('Free', 0)).toMatchObject({ aside: 'Free each' });
    expect(buy(null, null)).toMatchObject({ value: '6', aside: undefined });
  });

  it('says when a number is not known, and when there is no limit', () => {
    const unlimited = whatIf({
      requests: null,
      licenses: { owned: null, foreign: 0, free: null, wanted: 1, needed: 1 },
    });
    expect(valueOf(unlimited, 'Requests to Apple')).toMatchObject({ value: 'Not known' });
    expect(valueOf(unlimited, 'Free')).toMatchObject({ value: 'Unlimited' });
  });

  it('warns of what stops for a person and of what people will see', () => {
    expect(notesOf(whatIf())).toEqual([]);
    const notes = notesOf(
      whatIf({
        stops: { brake: { waiting: 40, allowed: 20 }, unreleased: 0 },
        prompts: { ...whatIf().prompts, invitedPeople: 1, installDevices: 2 },
        devices: { notApplicable: 3 },
      }),
    );
    expect(notes.map(({ tone, text }) => `${tone}: ${text}`)).toEqual([
      expect.stringMatching(/^warning: The brake holds 40 licenses back.* 20 within a day/),
      expect.stringMatching(/^info: 1 person is invited/),
      expect.stringMatching(/^info: 2 devices ask before installing/),
      expect.stringMatching(/^info: 3 devices .* need no license/),
    ]);
  });
});

const step = (part: Partial<WhyStep>): WhyStep => ({
  step: 'license',
  state: 'done',
  at: null,
  found: '',
  reason: null,
  ...part,
});

const target: WhyTarget = {
  intent: 'required',
  target: 'group',
  licenseType: 'device',
  priority: 0,
  groupName: 'Grade 5',
  groupDeleted: false,
  byPerson: false,
  nested: false,
};

describe('why', () => {
  it('says where it stops', () => {
    expect(whyHeadline({ steps: [step({})], stopsAt: null })).toBe('Everything is done.');
    expect(whyHeadline({ steps: [step({ state: 'stopped' })], stopsAt: 'license' })).toBe(
      'It stops at: license.',
    );
    expect(
      whyHeadline({
        steps: [step({ step: 'command', state: 'pending' })],
        stopsAt: 'command',
      }),
    ).toBe('Under way: told to install.');
  });

  it('names the assignment and the way it reaches somebody', () => {
    expect(targetWords(target)).toBe('Required for Grade 5, device license');
    expect(
      targetWords({ ...target, byPerson: true, nested: true, groupDeleted: true, priority: 5 }),
    ).toBe(
      'Required for Grade 5, which is deleted, through a group in it, through its person, device license, priority 5',
    );
    expect(targetWords({ ...target, target: 'exclusionGroup' })).toBe('Excluded for Grade 5');
    expect(targetWords({ ...target, target: 'allUsers', intent: 'uninstall' })).toBe(
      'Uninstall for all users',
    );
  });
});

describe('what came of an act by hand', () => {
  it('is told with what stays', () => {
    const none = { revoked: 0, irrevocable: 0, notOurs: 0, withoutToken: 0 };
    expect(revokedNotice(none)).toBe('Nothing had to go back');
    expect(revokedNotice({ ...none, revoked: 1 })).toBe('1 license goes back');
    expect(revokedNotice({ ...none, revoked: 2, irrevocable: 1, notOurs: 2 })).toBe(
      '2 licenses go back; 1 book stays with its reader; 2 licenses were assigned elsewhere and stay',
    );
    expect(liftedNotice(0)).toBe('There was no hold to lift');
    expect(liftedNotice(2)).toBe('2 holds lifted');
  });
});

describe('a person at Apple', () => {
  const user = {
    locationUid: 'l1',
    state: 'registered',
    underway: false,
    sharesAccountWith: [],
    otherAccountOn: [],
    mixedEnrollments: false,
    reason: null,
    invitation: null,
    invitationUrl: null,
  } as const;

  it('is refused before anything else', () => {
    expect(appleUserWord(user).word).toBe('Invited');
    const reason = { cause: 'c', who: 'administrator', next: 'n' } as const;
    expect(appleUserWord({ ...user, reason }).word).toBe('Refused by Apple');
    expect(appleUserWord({ ...user, state: 'absent' }).word).toBe('Not created yet');
    expect(appleUserWord({ ...user, state: 'absent', underway: true }).word).toBe('Being created');
  });

  it('is told where the invitation was shown, or why it was not', () => {
    const told = { serialNumber: 'D1', shownAt: null, refusal: null, tries: 1, nextAt: 'later' };
    const words = (invitation: object): string | undefined =>
      invitationWords({ ...user, invitation: { ...told, ...invitation } });
    expect(words({})).toBe('The invitation is to be shown on D1.');
    expect(words({ shownAt: 'now', tries: 2, nextAt: null })).toBe(
      'The invitation was shown on D1 2 times; it is not shown again.',
    );
    const refusal = { cause: 'The link is not valid.', who: 'Apple', next: 'Wait.' } as const;
    expect(words({ refusal })).toBe('D1: The link is not valid. Wait.');
    expect(words({ tries: 0 })).toBeUndefined();
  });

  it('is told what is odd about the account', () => {
    expect(accountTroubles(user)).toEqual([]);
    expect(
      accountTroubles({
        ...user,
        sharesAccountWith: ['p2'],
        otherAccountOn: ['d1', 'd2'],
        mixedEnrollments: true,
      }),
    ).toHaveLength(3);
  });
});
