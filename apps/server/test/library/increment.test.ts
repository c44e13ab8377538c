import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { listSyncs, requestSync } from '../../src/library/index.ts';
import { enqueueSync } from '../../src/library/sync-queue.ts';
import { type Harness, startHarness } from '../support/harness.ts';
import {
  administrator,
  assetsOf,
  holdersOf,
  keynote,
  synced,
  TestApple,
  upload,
} from './support/library.ts';

let harness: Harness;
let apple: TestApple;

beforeAll(async () => {
  harness = await startHarness();
  apple = new TestApple(harness);
});
afterAll(async () => harness[Symbol.asyncDispose]());

/** A synced location whose title one device holds. */
async function prepared(name: string) {
  const location = await apple.location(name);
  await apple.buy(location, keynote, 10);
  await apple.assign(location, keynote, { serialNumbers: ['C0FIRST'] });
  const id = await upload(harness.context, await apple.tokenFile(location));
  await synced(harness.context, id);
  const [asset] = await assetsOf(harness.context, location.uId);
  if (asset === undefined) throw new Error('The title is not mirrored.');
  return { location, id, assetId: asset.id };
}

/** The sync that a notification asks for. */
async function increment(id: string): Promise<void> {
  const { context } = harness;
  await context.db
    .transaction()
    .execute(async (trx) => enqueueSync(context, trx, id, 'notification'));
  await synced(context, id);
  expect(await listSyncs(context.db, id, 1)).toMatchObject([
    { trigger: 'notification', state: 'completed', clean: true },
  ]);
}

describe('an increment', () => {
  it('adds what is new and removes nothing; a whole reading does', async () => {
    const { location, id, assetId } = await prepared('Increment');
    await apple.assign(location, keynote, { serialNumbers: ['C0FIRST'] }, 'disassociate');
    await apple.assign(location, keynote, { serialNumbers: ['C0SECOND'] });
    await increment(id);
    expect(await holdersOf(harness.context, assetId)).toEqual(['C0FIRST', 'C0SECOND']);
    await increment(id);
    expect(await holdersOf(harness.context, assetId)).toEqual(['C0FIRST', 'C0SECOND']);
    await requestSync(harness.context, id, administrator);
    await synced(harness.context, id);
    expect(await holdersOf(harness.context, assetId)).toEqual(['C0SECOND']);
  });

  it('has people counted who are not ours', async () => {
    const { location, id, assetId } = await prepared('Strangers');
    const users = [{ clientUserId: 'stranger-1' }];
    await apple.control('users', { uId: location.uId, users });
    await apple.assign(location, keynote, { clientUserIds: ['stranger-1'] });
    await increment(id);
    await vi.waitFor(
      async () => {
        const [asset] = await assetsOf(harness.context, location.uId);
        expect(asset?.foreignPeople).toBe(1);
      },
      { timeout: 60_000 },
    );
    expect(await holdersOf(harness.context, assetId)).toEqual(['C0FIRST']);
  });

  it('becomes a whole reading when Apple does not know the version any more', async () => {
    const { location, id, assetId } = await prepared('Stale');
    await apple.assign(location, keynote, { serialNumbers: ['C0FIRST'] }, 'disassociate');
    const scope = { location: location.uId };
    await apple.fault('paging.version-expired', {}, { times: 1, scope });
    await increment(id);
    expect(await holdersOf(harness.context, assetId)).toEqual([]);
  });
});
