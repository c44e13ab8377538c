import { afterEach, describe, expect, it, vi } from 'vitest';
import { requestSync } from '../../src/library/index.ts';
import { type Harness, startHarness } from '../support/harness.ts';
import {
  administrator,
  type AppleLocation,
  assetsOf,
  holdersOf,
  keynote,
  synced,
  TestApple,
  upload,
} from '../library/support/library.ts';

const minuteMs = 60_000;
let harness: Harness;

afterEach(async () => harness[Symbol.asyncDispose]());

/** What is mirrored of the only title: who holds it. */
async function mirrored({ uId }: AppleLocation): Promise<readonly string[]> {
  const [asset] = await assetsOf(harness.context, uId);
  return asset === undefined ? [] : holdersOf(harness.context, asset.id);
}

describe('Apple, all through a sync,', () => {
  it.each([
    ['not answering', { kind: 'request.broken', settings: { when: 'before' } }, /line broke/],
    [
      'answering too late',
      { kind: 'request.slow', settings: { ms: 2_000 } },
      /no answer within 1000 ms/,
    ],
    ['showing pages of HTML', { kind: 'request.html', settings: { status: 200 } }, /JSON/],
    ['cutting answers off', { kind: 'request.garbage', settings: {} }, /JSON/],
    ['failing with 9603', { kind: 'request.refused', settings: { errorNumber: 9603 } }, /9603/],
    [
      'asking for an hour’s patience',
      { kind: 'request.throttled', settings: { retryAfterSeconds: 3_600 } },
      /9646/,
    ],
  ])(
    '%s ends it with the reason, keeps what was known, and is asked again by itself',
    async (_what, { kind, settings }, reason) => {
      harness = await startHarness({ appleTimeoutMs: 1_000 });
      const apple = new TestApple(harness);
      // Our clock runs ahead of Apple's below, and with it our pace.
      await apple.control('settings', { limits: { maxRequestPerSecond: 1_000 } });
      const location = await apple.location('Hindered');
      await apple.buy(location, keynote, 10);
      await apple.assign(location, keynote, { serialNumbers: ['C0BEFORE'] });
      const id = await upload(harness.context, await apple.tokenFile(location));
      expect(await synced(harness.context, id)).toMatchObject({ lastSyncStatus: 'completed' });
      await apple.assign(location, keynote, { serialNumbers: ['C0AFTER'] });

      await apple.fault(kind, settings);
      await requestSync(harness.context, id, administrator);
      const ended = synced(harness.context, id);
      const pauses = setInterval(() => harness.clock.advance(1_000), 50);
      const failed = await ended.finally(() => clearInterval(pauses));
      expect(failed).toMatchObject({ lastSyncStatus: 'failed', state: 'valid' });
      expect(failed.lastSyncError).toMatch(reason);
      expect(await mirrored(location)).toEqual(['C0BEFORE']);

      await harness.apple.delete('/_control/faults');
      await vi.waitFor(
        async () => {
          harness.clock.advance(minuteMs);
          expect(await mirrored(location)).toEqual(['C0AFTER', 'C0BEFORE']);
        },
        { timeout: 60_000, interval: 50 },
      );
      expect(await synced(harness.context, id)).toMatchObject({
        lastSyncStatus: 'completed',
        lastSyncError: null,
      });
    },
  );
});
