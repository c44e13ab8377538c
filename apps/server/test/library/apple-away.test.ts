import { freePort } from '@allotment/demo';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Context } from '../../src/context.ts';
import { inspectToken, listTokens, readToken, updateToken } from '../../src/library/index.ts';
import { openTestContext } from '../support/context.ts';
import { type Harness, startHarness } from '../support/harness.ts';
import { administrator, type AppleLocation, synced, TestApple, upload } from './support/library.ts';

const patienceMs = 3_000;
/** What is asked of Apple while a person waits. */
const scope = { path: '*/client/config' };
const background = /by itself|tried again/;
let harness: Harness;
let apple: TestApple;
let location: AppleLocation;
let file: string;

beforeAll(async () => {
  harness = await startHarness({ applePatienceMs: patienceMs });
  apple = new TestApple(harness);
  location = await apple.location('Away');
  file = await apple.tokenFile(location);
});
afterEach(async () => harness.apple.delete('/_control/faults'));
afterAll(async () => harness[Symbol.asyncDispose]());

/** What a person is told who waits; the pauses between the tries pass quickly. */
async function told(
  waiting: Promise<unknown>,
  clock: { advance(ms: number): void } = harness.clock,
): Promise<string> {
  const pauses = setInterval(() => clock.advance(1_000), 50);
  const failure: unknown = await waiting.catch((error: unknown) => error);
  clearInterval(pauses);
  expect(failure).toMatchObject({ name: 'Problem', kind: 'unavailable', field: 'token' });
  return failure instanceof Error ? failure.message : '';
}

async function tokensOf(context: Context): Promise<number> {
  return (await listTokens(context.db)).length;
}

describe('who uploads a token learns that nothing was saved, and what to do,', () => {
  const next = 'Nothing was saved; upload the file again in a few minutes.';

  it('when Apple cannot be reached', async () => {
    const nowhere = `http://127.0.0.1:${await freePort()}`;
    await using test = await openTestContext({ ALLOTMENT_APPLE_URL: nowhere });
    const message = await told(upload(test.context, file), test.clock);
    expect(message).toContain(`name resolution, proxy, firewall, certificates. ${next}`);
    expect(message).not.toMatch(background);
    expect(await tokensOf(test.context)).toBe(0);
  });

  it('when Apple does not answer, and before a proxy gives up', async () => {
    await using usual = await openTestContext();
    expect(usual.context.config.apple.patienceMs).toBe(20_000);
    await apple.fault('request.slow', { ms: 2 * patienceMs }, { scope });
    const began = performance.now();
    const message = await told(upload(harness.context, file));
    expect(performance.now() - began).toBeLessThan(patienceMs + 2_500);
    expect(message).toBe(`Apple did not answer within 3 s. ${next}`);
    expect(await tokensOf(harness.context)).toBe(0);
  });

  it.each([200, 503])('when HTML comes in place of an answer, with HTTP %i', async (status) => {
    await apple.fault('request.html', { status }, { scope });
    const message = await told(upload(harness.context, file));
    expect(message).toMatch(new RegExp(`(JSON|HTTP 503)\\. ${next}$`));
    expect(message).not.toMatch(background);
    expect(await tokensOf(harness.context)).toBe(0);
  });

  it('when Apple asks for a longer pause than a person waits', async () => {
    const busy = await apple.tokenFile(await apple.location('Busy'));
    await apple.fault('request.throttled', { retryAfterSeconds: 50 }, { scope });
    const failure = upload(harness.context, busy);
    await expect(failure).rejects.toThrow('9646');
    await expect(failure).rejects.toThrow(next);
  });
});

describe('with Apple away', () => {
  it('who looks at a token file, or renews with it, is told what to do', async () => {
    const own = await apple.location('Kept');
    const id = await upload(harness.context, await apple.tokenFile(own));
    const before = await synced(harness.context, id);
    const fresh = await apple.tokenFile(own);
    await apple.fault('request.html', { status: 502 }, { scope });

    const looked = await told(inspectToken(harness.context, fresh));
    expect(looked).toContain('Nothing was saved; choose the file again in a few minutes.');
    expect(looked).not.toMatch(background);

    const renewed = await told(updateToken(harness.context, id, { token: fresh }, administrator));
    expect(renewed).toContain('The token is as it was; upload the new file again');
    expect(renewed).not.toMatch(background);
    const { state, modifiedAt } = await readToken(harness.context.db, id);
    expect({ state, modifiedAt }).toEqual({ state: 'valid', modifiedAt: before.modifiedAt });
  });

  it('a token that was saved is claimed by its first sync, and nobody waits for that', async () => {
    const own = await apple.location('Claimed later');
    const claimed = await apple.tokenFile(own);
    await apple.fault('request.slow', { ms: 2_000 }, { scope });
    const began = performance.now();
    const id = await upload(harness.context, claimed);
    expect(performance.now() - began).toBeLessThan(patienceMs + 2_500);
    await harness.apple.delete('/_control/faults');
    expect(await synced(harness.context, id)).toMatchObject({ state: 'valid' });
  });
});
