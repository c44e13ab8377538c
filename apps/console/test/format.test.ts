import { describe, expect, it } from 'vitest';
import { counted, formatOwned } from '../src/format/numbers.ts';
import { expiryOf, formatDate, formatDateTime, formatRelative } from '../src/format/times.ts';
import { initialsOf, sentenceOf } from '../src/format/words.ts';

const now = new Date('2026-11-23T12:00:00Z');
const later = (ms: number): Date => new Date(now.getTime() + ms);
const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];

describe('numbers', () => {
  it('count in the singular and the plural', () => {
    expect(counted(1, 'device')).toBe('1 device');
    expect(counted(12_345, 'device')).toBe('12,345 devices');
    expect(counted(0, 'entry', 'entries')).toBe('0 entries');
  });

  it('say Unlimited where Apple sets no limit', () => {
    expect(formatOwned(null)).toBe('Unlimited');
    expect(formatOwned(1000)).toBe('1,000');
  });
});

describe('times', () => {
  it.each([
    [later(-90_000), '1 minute ago'],
    [later(-2 * hour), '2 hours ago'],
    [later(11 * hour), 'in 11 hours'],
    [later(-day), '1 day ago'],
    [later(365 * day), 'in 1 year'],
    [later(-30_000), 'just now'],
    [later(30_000), 'in a moment'],
  ])('%s is %s', (at, words) => {
    expect(formatRelative(at, now)).toBe(words);
  });

  it('takes a server whose clock is a little ahead for now', () => {
    expect(formatRelative(later(3000), now)).toBe('just now');
  });

  it('are written out in the time zone asked for', () => {
    expect(formatDateTime(now, 'America/Los_Angeles')).toBe('Nov 23, 2026, 4:00 AM');
    expect(formatDate(later(14 * hour), 'UTC')).toBe('Nov 24, 2026');
  });

  it('warn a month before something expires', () => {
    expect(expiryOf(later(-minute), now)).toBe('expired');
    expect(expiryOf(later(29 * day), now)).toBe('soon');
    expect(expiryOf(later(31 * day), now)).toBe('fine');
  });
});

describe('words', () => {
  it('make a sentence of a name in a program', () => {
    expect(sentenceOf('createVppToken')).toBe('Create content token');
    expect(sentenceOf('mobileApp')).toBe('App');
    expect(sentenceOf('pauseLocation')).toBe('Pause location');
  });

  it('shorten a name to its initials', () => {
    expect(initialsOf('Khan Academy')).toBe('KA');
    expect(initialsOf('  élan – vital science')).toBe('ÉV');
    expect(initialsOf('•••')).toBe('');
  });
});
