import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TokenBucket } from '../src/index.ts';
import { ManualClock, never } from './support/apple.ts';

describe('TokenBucket', () => {
  it('holds the limit in every second, and reaches two thirds of it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 100 }),
        fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 50, maxLength: 200 }),
        async (perSecond, pauses) => {
          const clock = new ManualClock();
          const bucket = new TokenBucket(clock);
          const times: number[] = [];
          for (const pause of pauses) {
            if (pause > 300) clock.time += pause;
            await bucket.take(perSecond, never);
            times.push(clock.time);
          }
          for (const [index, time] of times.entries()) {
            const later = times[index + perSecond] ?? Number.POSITIVE_INFINITY;
            expect(later - time).toBeGreaterThanOrEqual(1000);
          }
        },
      ),
      { numRuns: 50 },
    );
    const clock = new ManualClock();
    const bucket = new TokenBucket(clock);
    const start = clock.time;
    for (let call = 0; call < 150; call += 1) await bucket.take(15, never);
    expect(clock.time - start).toBeLessThanOrEqual(15_000);
  });

  it('lets an aborted caller go and serves the next', async () => {
    const clock = new ManualClock();
    const bucket = new TokenBucket(clock);
    await expect(bucket.take(15, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
    await expect(bucket.take(15, never)).resolves.toBeUndefined();
  });

  it('follows the live limit', async () => {
    const clock = new ManualClock();
    const bucket = new TokenBucket(clock);
    for (let call = 0; call < 1000; call += 1) await bucket.take(1000, never);
    expect(clock.sleeps.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(1500);
  });
});
