import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRetryAfter } from '../src/index.ts';

const now = new Date('2026-11-23T08:00:00Z');

describe('parseRetryAfter', () => {
  it('reads both forms', () => {
    expect(parseRetryAfter('120', now)).toBe(120_000);
    expect(parseRetryAfter('Mon, 23 Nov 2026 08:02:00 GMT', now)).toBe(120_000);
    expect(parseRetryAfter('Mon, 23 Nov 2026 07:00:00 GMT', now)).toBe(0);
  });

  it.each([null, '', '-5', '1.5', 'soon', '2026-11-23', '1e9'])('takes %j as absent', (header) => {
    expect(parseRetryAfter(header, now)).toBeUndefined();
  });

  it('gives the same pause in either form', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000_000 }), (seconds) => {
        const date = new Date(now.getTime() + seconds * 1000).toUTCString();
        expect(parseRetryAfter(date, now)).toBe(parseRetryAfter(String(seconds), now));
      }),
    );
  });

  it('never fails and never goes back in time', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        expect(parseRetryAfter(header, now) ?? 0).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
