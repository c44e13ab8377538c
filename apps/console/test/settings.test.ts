import { describe, expect, it } from 'vitest';
import { bellLabel, subjectPath } from '../src/alerts/alert-words.ts';
import type { Alert } from '../src/api/alerts.ts';
import { readAlertsSearch } from '../src/search.ts';
import { durationOf, minuteOf, minutesIn, timeOf } from '../src/settings/durations.ts';
import { regionName } from '../src/tokens/region-name.ts';

describe('durations', () => {
  it('are told in the largest unit in which they are whole', () => {
    expect(durationOf(0)).toEqual({ amount: 0, unit: 'days' });
    expect(durationOf(7 * 1440)).toEqual({ amount: 7, unit: 'days' });
    expect(durationOf(36 * 60)).toEqual({ amount: 36, unit: 'hours' });
    expect(durationOf(90)).toEqual({ amount: 90, unit: 'minutes' });
    for (const minutes of [0, 1, 60, 1440, 1500])
      expect(minutesIn(durationOf(minutes))).toBe(minutes);
  });

  it('of the day are written as a time field has them', () => {
    expect([timeOf(0), timeOf(1439), timeOf(330)]).toEqual(['00:00', '23:59', '05:30']);
    expect(minuteOf('22:00')).toBe(1320);
    expect(['', '24:00', '12:60', '7:00'].map(minuteOf)).toEqual(Array(4).fill(undefined));
  });
});

const alert = (kind: Alert['subject']['kind'], id = 'x'): Alert => ({
  id: '1',
  kind: 'lowLicenses',
  severity: 'warning',
  subject: { kind, id, name: 'Keynote' },
  reason: { cause: 'c', who: 'administrator', next: 'n' },
  seen: null,
  openedDateTime: '2026-11-29T00:00:00Z',
  changedDateTime: '2026-11-29T00:00:00Z',
  closedDateTime: null,
});

describe('alerts', () => {
  it('lead to what they are about, where there is a page', () => {
    const tokenOf = new Map([['l1', 't1']]);
    expect(subjectPath(alert('app'), tokenOf)?.to).toBe('/apps/$appId');
    expect(subjectPath(alert('location', 'l1'), tokenOf)).toMatchObject({
      params: { tokenId: 't1' },
    });
    expect(subjectPath(alert('location', 'gone'), tokenOf)).toBeUndefined();
    expect(subjectPath(alert('server'), tokenOf)).toBeUndefined();
    const ended = { ...alert('token'), kind: 'serverTokenExpires' };
    expect(subjectPath(ended, tokenOf)?.to).toBe('/settings');
  });

  it('are counted on the bell as far as that says something', () => {
    expect(bellLabel(0, 100)).toBe('Alerts');
    expect(bellLabel(3, 100)).toBe('Alerts, 3 not seen');
    expect(bellLabel(100, 100)).toBe('Alerts, 100 or more not seen');
  });

  it('that are over have an address of their own', () => {
    expect(readAlertsSearch({ state: 'closed' })).toEqual({ state: 'closed' });
    expect(readAlertsSearch({ state: 'open' })).toEqual({});
  });
});

it('countries and regions have names', () => {
  expect(regionName('de')).toBe('Germany');
});
