import { describe, expect, it } from 'vitest';
import {
  type UpdateFacts,
  isWithin,
  mostUpdateTries,
  nextOpening,
  updateVerdict,
} from '../src/index.ts';

const now = new Date('2026-11-23T12:00:00Z');
const hoursAgo = (hours: number): Date => new Date(now.getTime() - hours * 60 * 60_000);
const older: UpdateFacts = {
  installed: 100,
  newest: 101,
  automatic: true,
  prevented: false,
  kept: false,
  kiosk: false,
  asked: false,
  runs: true,
  told: null,
};
const told = (tries: number, hours: number) => ({ version: 101, tries, at: hoursAgo(hours) });
const verdict = (facts: Partial<UpdateFacts> = {}): string =>
  updateVerdict({ ...older, ...facts }, undefined, now);

describe('an app on a device', () => {
  it('[brief 39] is updated when the store has a newer version and its token updates by itself', () => {
    expect(verdict()).toBe('update');
    expect(verdict({ told: { version: 100, tries: 3, at: now } })).toBe('update');
  });

  it('[brief 40] is left alone where its token does not', () => {
    expect(verdict({ automatic: false })).toBe('automaticOff');
  });

  it.each<[string, Partial<UpdateFacts>, string]>([
    ['as new as the store', { installed: 101 }, 'current'],
    ['newer than the store of the token’s country', { installed: 102 }, 'current'],
    ['of a version that nobody told', { installed: null }, 'current'],
    ['of which the store tells no version', { newest: null }, 'current'],
    ['whose assignment prevents it', { prevented: true }, 'prevented'],
    ['that is kept without an assignment [L 41] [L 42]', { kept: true }, 'unassigned'],
    ['whose system is too old for it', { runs: false }, 'systemTooOld'],
  ])('%s is left alone', (_what, facts, expected) => {
    expect(verdict(facts)).toBe(expected);
  });

  it('that was told is told the same again only after a day, and not forever', () => {
    expect(verdict({ told: told(1, 23) })).toBe('told');
    expect(verdict({ told: told(1, 24) })).toBe('update');
    expect(verdict({ told: told(mostUpdateTries, 24) })).toBe('givenUp');
    expect(verdict({ newest: 102, told: told(mostUpdateTries, 1) })).toBe('update');
  });

  it('that is a kiosk is updated only when somebody asks, who has lifted the lock [L 45]', () => {
    expect(verdict({ kiosk: true })).toBe('kiosk');
    expect(verdict({ kiosk: true, asked: true })).toBe('update');
    expect(verdict({ kiosk: true, asked: true, told: told(mostUpdateTries, 1) })).toBe('update');
    expect(verdict({ kiosk: true, told: told(1, 23) })).toBe('told');
    expect(verdict({ kiosk: true, told: told(1, 24) })).toBe('kiosk');
    expect(verdict({ kiosk: true, asked: true, prevented: true })).toBe('prevented');
    expect(verdict({ asked: true, told: told(1, 1) })).toBe('told');
  });

  it('waits for the hours of its maintenance', () => {
    const window = { from: 22 * 60, to: 5 * 60, timeZone: 'Europe/Berlin' };
    expect(updateVerdict(older, window, now)).toBe('outsideWindow');
    expect(updateVerdict(older, window, new Date('2026-11-23T21:00:00Z'))).toBe('update');
  });
});

const at = (time: string): Date => new Date(`2026-11-23T${time}Z`);
const utc = (from: number, to: number) => ({ from: from * 60, to: to * 60, timeZone: 'UTC' });

describe('the hours of maintenance', () => {
  it('may pass midnight, begin with the first minute and end before the last', () => {
    expect(
      ['21:59:59', '22:00:00', '23:30:00', '04:59:59', '05:00:00'].map((time) =>
        isWithin(utc(22, 5), at(time)),
      ),
    ).toEqual([false, true, true, true, false]);
    expect(
      ['08:59:59', '09:00:00', '16:59:00', '17:00:00'].map((time) =>
        isWithin(utc(9, 17), at(time)),
      ),
    ).toEqual([false, true, true, false]);
  });

  it('open next by the clocks of their place', () => {
    const berlin = { from: 22 * 60 + 30, to: 5 * 60, timeZone: 'Europe/Berlin' };
    expect(nextOpening(berlin, at('12:00:45.678'))).toEqual(at('21:30:00'));
    expect(nextOpening(berlin, at('21:30:00'))).toEqual(new Date('2026-11-24T21:30:00Z'));
  });
});
