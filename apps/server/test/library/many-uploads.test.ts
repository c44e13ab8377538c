import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocationLocks } from '../../src/library/location-lock.ts';
import { ifLocationFree, listTokens } from '../../src/library/index.ts';
import { quiet } from '../support/context.ts';
import { type Harness, startHarness } from '../support/harness.ts';
import { synced, TestApple, upload } from './support/library.ts';

const together = 20;
let harness: Harness;
let apple: TestApple;

beforeAll(async () => {
  harness = await startHarness({ applePatienceMs: 10_000 });
  apple = new TestApple(harness);
});
afterAll(async () => harness[Symbol.asyncDispose]());

/** The locks of another process on the same database. */
function elsewhere(): LocationLocks {
  const { database } = harness.context.config;
  if (database.kind !== 'url') throw new Error('A test has a database of its own.');
  return new LocationLocks({ connectionString: database.url }, quiet);
}

describe('uploads', () => {
  it('of twenty locations at once are all taken while Apple thinks', async () => {
    const files: string[] = [];
    for (let number = 0; number < together; number += 1) {
      files.push(await apple.tokenFile(await apple.location(`Together ${number}`)));
    }
    await apple.fault('request.slow', { ms: 1_000 }, { scope: { path: '*/client/config' } });
    const uploads = files.map(async (file) => upload(harness.context, file));
    const outcomes = await Promise.allSettled(uploads);
    await harness.apple.delete('/_control/faults');
    expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([]);
    for (const { id } of await listTokens(harness.context.db)) {
      expect(await synced(harness.context, id)).toMatchObject({ state: 'valid' });
    }
    expect(await listTokens(harness.context.db)).toHaveLength(together);
  });

  it('wait for another process that holds the location, and no longer than a person does', async () => {
    const location = await apple.location('Held elsewhere');
    const file = await apple.tokenFile(location);
    const other = elsewhere();
    const letGo = await other.take(location.uId);
    const uploading = upload(harness.context, file);
    expect(await ifLocationFree(harness.context, location.uId, async () => undefined)).toBe(false);
    await letGo?.();
    const id = await uploading;
    expect(await synced(harness.context, id)).toMatchObject({ state: 'valid' });

    await other.take(location.uId);
    const again = upload(harness.context, file);
    await expect(again).rejects.toMatchObject({ kind: 'unavailable', code: 'locationBusy' });
    await other.close();
    await expect(upload(harness.context, file)).rejects.toMatchObject({ code: 'locationPresent' });
  });

  it('find the location free when the connection that held it has broken', async () => {
    const location = await apple.location('Broken');
    const other = elsewhere();
    await other.take(location.uId);
    await harness.context.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'allotment locks' and datname = current_database()`,
    );
    const free = async (): Promise<boolean> =>
      ifLocationFree(harness.context, location.uId, async () => undefined);
    await expect.poll(free).toBe(true);
    await other.close();
  });
});
