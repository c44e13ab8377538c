import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  pauseLocation,
  readToken,
  requestSync,
  resumeLocation,
  updateToken,
} from '../../src/library/index.ts';
import { type Harness, startHarness } from '../support/harness.ts';
import { administrator, type AppleLocation, synced, TestApple, upload } from './support/library.ts';

const claim = { claimTokenManagementFromExternalMdm: true };
let harness: Harness;
let apple: TestApple;

beforeAll(async () => {
  harness = await startHarness();
  apple = new TestApple(harness);
});
afterAll(async () => harness[Symbol.asyncDispose]());

async function ownerAtApple({ uId }: AppleLocation): Promise<string | undefined> {
  const { locations } = await harness.apple.get<{
    locations: { uId: string; mdmInfo: { id: string } | null }[];
  }>('/_control/state');
  return locations.find((location) => location.uId === uId)?.mdmInfo?.id;
}

/** Another product takes the location, and we find out. */
async function stolen(location: AppleLocation, id: string): Promise<void> {
  await apple.control('takeover', { uId: location.uId });
  await requestSync(harness.context, id, administrator);
  expect(await synced(harness.context, id)).toMatchObject({ state: 'assignedToExternalMDM' });
}

describe('a location that another product has taken', () => {
  it('is taken back on an explicit wish, though it was taken over before', async () => {
    const location = await apple.location('Stolen');
    const id = await upload(harness.context, await apple.tokenFile(location), claim);
    await synced(harness.context, id);
    await stolen(location, id);
    await updateToken(harness.context, id, claim, administrator);
    const after = await synced(harness.context, id);
    expect(after).toMatchObject({ state: 'valid', stateReason: null, lastSyncStatus: 'completed' });
    expect(await ownerAtApple(location)).toBe(harness.context.installationId);
    // The wish was for once: the next theft is not fought with.
    await stolen(location, id);
  });

  it('is taken back also where that was not yet seen here', async () => {
    const location = await apple.location('Stolen unseen');
    const id = await upload(harness.context, await apple.tokenFile(location), claim);
    await synced(harness.context, id);
    await apple.control('takeover', { uId: location.uId });
    await updateToken(harness.context, id, claim, administrator);
    expect(await synced(harness.context, id)).toMatchObject({ state: 'valid' });
    expect(await ownerAtApple(location)).toBe(harness.context.installationId);
  });

  it('is not taken over while it is paused, and says what to do', async () => {
    const location = await apple.location('Stolen and paused');
    const id = await upload(harness.context, await apple.tokenFile(location));
    await synced(harness.context, id);
    await stolen(location, id);
    await pauseLocation(harness.context, location.uId, 'Wait', administrator);
    const wish = updateToken(harness.context, id, claim, administrator);
    await expect(wish).rejects.toMatchObject({ kind: 'conflict', code: 'locationPaused' });
    await expect(wish).rejects.toThrow('resume it first');
    await resumeLocation(harness.context, location.uId, 'Go on', administrator);
    await updateToken(harness.context, id, claim, administrator);
    expect(await synced(harness.context, id)).toMatchObject({ state: 'valid' });
  });

  it('is taken over as soon as Apple answers again', async () => {
    const location = await apple.location('Stolen while Apple is away');
    await apple.control('takeover', { uId: location.uId });
    const id = await upload(harness.context, await apple.tokenFile(location));
    await apple.fault('request.html', { status: 503 }, { scope: { location: location.uId } });
    await updateToken(harness.context, id, claim, administrator);
    expect(await synced(harness.context, id)).toMatchObject({ lastSyncStatus: 'failed' });
    await harness.apple.delete('/_control/faults');
    harness.clock.advance(16 * 60_000);
    await expect
      .poll(async () => (await readToken(harness.context.db, id)).state, { timeout: 20_000 })
      .toBe('valid');
    expect(await ownerAtApple(location)).toBe(harness.context.installationId);
  });

  it('is left alone when the wish is taken back before it was heeded', async () => {
    const location = await apple.location('Stolen and left');
    await apple.control('takeover', { uId: location.uId });
    const theirs = await ownerAtApple(location);
    const id = await upload(harness.context, await apple.tokenFile(location));
    await apple.fault('request.html', { status: 503 }, { scope: { location: location.uId } });
    await updateToken(harness.context, id, claim, administrator);
    await updateToken(
      harness.context,
      id,
      { claimTokenManagementFromExternalMdm: false },
      administrator,
    );
    await harness.apple.delete('/_control/faults');
    await synced(harness.context, id);
    await requestSync(harness.context, id, administrator);
    expect(await synced(harness.context, id)).toMatchObject({ state: 'assignedToExternalMDM' });
    expect(await ownerAtApple(location)).toBe(theirs);
  });
});
