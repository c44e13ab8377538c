import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Hit,
  type Intents,
  type Precedence,
  byPrecedence,
  intentsOf,
  licenseTypeFor,
  outcomeOf,
  resolveIntents,
} from '../src/index.ts';

const hits = (...words: readonly string[]): Hit[] =>
  words.map((word) => {
    const [of, kind] = word.split(' ') as [Hit['of'], Hit['kind']];
    return { of, kind };
  });

const resolved = (...words: readonly string[]): Intents => {
  const all = hits(...words);
  return resolveIntents(intentsOf('user', all), intentsOf('device', all));
};

const meaning = ({ required, available, uninstall }: Intents): string =>
  [required && 'required', available && 'available', uninstall && 'uninstall']
    .filter((word) => word !== false)
    .join(' + ');

/**
 * The table of conflicts (1c). Its rows about Available without enrollment have no counterpart: that intent is refused
 * for volume-purchased apps (L36).
 */
const table = [
  ['user required', 'user available', 'required + available'],
  ['user required', 'user uninstall', 'required'],
  ['user available', 'user uninstall', 'uninstall'],
  ['user required', 'device required', 'required'],
  ['user required', 'device uninstall', 'required'],
  ['user available', 'device required', 'required + available'],
  ['user available', 'device uninstall', 'available + uninstall'],
  ['user uninstall', 'device required', 'required'],
  ['user uninstall', 'device uninstall', 'uninstall'],
  ['device required', 'device uninstall', 'required'],
  ['device required', 'device available', 'required + available'],
  ['device available', 'device uninstall', 'uninstall'],
] as const;

describe('conflicts between intents', () => {
  it.each(table)('%s and %s: %s', (a, b, result) => {
    expect(meaning(resolved(a, b))).toBe(result);
    expect(meaning(resolved(b, a))).toBe(result);
  });

  it.each(['user available', 'user uninstall', 'device required', 'device uninstall'])(
    'a user’s Required + Available and %s: both stay',
    (other) => {
      expect(meaning(resolved('user required', 'user available', other))).toBe(
        'required + available',
      );
    },
  );

  it('lets the intent of each group hold by itself, and both where they do not contradict [brief 44]', () => {
    expect(meaning(resolved('user available'))).toBe('available');
    expect(meaning(resolved('device required'))).toBe('required');
    expect(meaning(resolved('user available', 'device required'))).toBe('required + available');
  });

  it('never both requires and uninstalls, and asks for nothing nobody asked for', () => {
    const intents = fc.record({
      required: fc.boolean(),
      available: fc.boolean(),
      uninstall: fc.boolean(),
    });
    fc.assert(
      fc.property(intents, intents, (user, device) => {
        const result = resolveIntents(user, device);
        expect(result.required).toBe(user.required || device.required);
        expect(result.required && result.uninstall).toBe(false);
        for (const intent of ['required', 'available', 'uninstall'] as const)
          expect(result[intent] && !user[intent] && !device[intent]).toBe(false);
      }),
    );
  });
});

describe('exclusion', () => {
  it('takes away the targets of its own kind [L 39a]', () => {
    expect(meaning(resolved('user required', 'user exclusion'))).toBe('');
    expect(meaning(resolved('device required', 'device available', 'device exclusion'))).toBe('');
  });

  it('leaves those of the other kind alone [L 39a]', () => {
    expect(meaning(resolved('user required', 'device exclusion'))).toBe('required');
    expect(meaning(resolved('device uninstall', 'user exclusion', 'user required'))).toBe(
      'uninstall',
    );
  });
});

describe('what happens on a device', () => {
  it.each([
    ['required', false, 'install'],
    ['available', false, 'offer'],
    ['available', true, 'install'],
    ['uninstall', true, 'remove'],
    ['available + uninstall', false, 'remove'],
    ['available + uninstall', true, 'install'],
    ['', true, 'nothing'],
  ])('%s, asked for: %s → %s', (words, asked, outcome) => {
    const intents = {
      required: words.includes('required'),
      available: words.includes('available'),
      uninstall: words.includes('uninstall'),
    };
    expect(outcomeOf(intents, asked)).toBe(outcome);
  });

  it('takes nothing for Available until somebody asks [L 23]', () => {
    expect(outcomeOf(resolved('user available'), false)).toBe('offer');
    expect(outcomeOf(resolved('user available'), true)).toBe('install');
  });
});

describe('the assignment that says how', () => {
  const assignment = fc.record({
    priority: fc.integer({ min: -2, max: 2 }),
    licenseType: fc.constantFrom('device' as const, 'user' as const),
    position: fc.nat(),
  });

  it('is the one of the highest priority, then a device license, then the first', () => {
    const first: Precedence = { priority: 0, licenseType: 'user', position: 1 };
    const device: Precedence = { priority: 0, licenseType: 'device', position: 2 };
    const later: Precedence = { ...device, position: 3 };
    const urgent: Precedence = { priority: 1, licenseType: 'user', position: 4 };
    expect([first, later, urgent, device].toSorted(byPrecedence)).toEqual([
      urgent,
      device,
      later,
      first,
    ]);
  });

  it('does not depend on the order in which they come', () => {
    const many = fc.uniqueArray(assignment, { selector: (one) => one.position, minLength: 1 });
    fc.assert(
      fc.property(many, (all) => {
        expect(all.toReversed().toSorted(byPrecedence)).toEqual(all.toSorted(byPrecedence));
      }),
    );
  });
});

describe('the license type', () => {
  const app = { isBook: false, holdsDeviceLicense: false };

  it('is the assignment’s, one of two [brief 4]', () => {
    expect(licenseTypeFor('device', app)).toBe('device');
    expect(licenseTypeFor('user', app)).toBe('user');
  });

  it('turns from user to device and not back [L 19]', () => {
    expect(licenseTypeFor('device', { ...app, holdsDeviceLicense: false })).toBe('device');
    expect(licenseTypeFor('user', { ...app, holdsDeviceLicense: true })).toBe('device');
  });

  it('of a book is user [L 17]', () => {
    expect(licenseTypeFor('device', { ...app, isBook: true })).toBe('user');
  });
});
