import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { compareNext } from '../../src/library/compare.ts';
import { listSyncs, requestAssignments } from '../../src/library/index.ts';
import { type TestContext, openTestContext } from '../support/context.ts';
import { startHarness } from '../support/harness.ts';
import { TestOrganization } from '../support/organization.ts';
import { assetsOf, holdersOf, keynote, synced, TestApple, upload } from './support/library.ts';

const hourMs = 60 * 60_000;

describe('the rolling comparison', () => {
  it('finds what changed at Apple unannounced, between two whole walks', async () => {
    await using harness = await startHarness();
    const { context, clock } = harness;
    const apple = new TestApple(harness);
    const location = await apple.location('Compared');
    await apple.buy(location, keynote, 10);
    await apple.assign(location, keynote, { serialNumbers: ['C0FIRST'] });
    const id = await upload(context, await apple.tokenFile(location));
    await synced(context, id);
    const [{ id: assetId } = { id: 0 }] = await assetsOf(context, location.uId);
    await apple.assign(location, keynote, { serialNumbers: ['C0FIRST'] }, 'disassociate');
    await apple.assign(location, keynote, { serialNumbers: ['C0SECOND'] });

    clock.advance(7 * hourMs);
    await vi.waitFor(
      async () => {
        expect(await holdersOf(context, assetId)).toEqual(['C0SECOND']);
      },
      { timeout: 30_000, interval: 50 },
    );
    expect(await listSyncs(context.db, id, 10)).toHaveLength(1);
  });

  it('says of a title that changed while it was read that it was not compared, and leaves it until its turn comes again', async () => {
    await using harness = await startHarness();
    const { context, clock } = harness;
    const apple = new TestApple(harness);
    const location = await apple.location('Restless');
    await apple.buy(location, keynote, 10);
    await apple.control('settings', { pageSize: 2 });
    await apple.assign(location, keynote, { serialNumbers: ['C0A', 'C0B', 'C0C', 'C0D', 'C0E'] });
    await synced(context, await upload(context, await apple.tokenFile(location)));
    const asset = async () => (await assetsOf(context, location.uId))[0];
    await apple.fault('paging.version-changes', {}, { scope: { location: location.uId } });

    clock.advance(7 * hourMs);
    const soon = { timeout: 30_000, interval: 50 };
    await vi.waitFor(async () => expect((await asset())?.lookedAt).not.toBeNull(), soon);
    const restless = await asset();
    expect(restless?.comparedAt).toBeNull();

    await harness.apple.delete('/_control/faults');
    clock.advance(2 * 60_000);
    await compareNext(context);
    const waiting = await context.db
      .selectFrom('db.note')
      .select('key')
      .where('room', '=', 'library')
      .execute();
    expect(waiting).toEqual([]);
    expect((await asset())?.lookedAt).toEqual(restless?.lookedAt);

    await requestAssignments(context.db, [restless?.id ?? 0]);
    await vi.waitFor(async () => expect((await asset())?.comparedAt).not.toBeNull(), soon);
    expect((await asset())?.comparedAt).toEqual((await asset())?.lookedAt);
  });
});

describe('what is compared next', () => {
  let test: TestContext;
  let location: { uid: string; tokenId: string };
  const assetIds: number[] = [];

  beforeAll(async () => {
    test = await openTestContext();
    const organization = new TestOrganization(test.context);
    location = { uid: 'roll', ...(await organization.location('roll')) };
    for (let n = 0; n < 3; n += 1)
      assetIds.push((await organization.app(location, 5, { foreignPeople: 0 })).assetId);
    await assigned(1, 1, 0);
    await read({ walkedAt: test.clock.now() });
  });
  afterAll(async () => test[Symbol.asyncDispose]());

  /** How many licenses Apple counts as assigned, title by title. */
  async function assigned(...counts: number[]): Promise<void> {
    for (const [i, count] of counts.entries())
      await sql`update library.asset set assigned = ${count} where id = ${assetIds[i] ?? 0}`.execute(
        test.context.db,
      );
  }

  async function read(when: { readonly walkedAt: Date }): Promise<void> {
    await test.context.db
      .updateTable('library.location')
      .set(when)
      .where('uid', '=', 'roll')
      .execute();
  }

  /** What is asked for now; taken as read, as the reading does. */
  async function asked(): Promise<readonly number[]> {
    await compareNext(test.context);
    const { rows } = await sql<{ key: string }>`delete from db.note
      where room = 'library' and kind = 'assignments' returning key`.execute(test.context.db);
    const ids = rows.map(({ key }) => Number(key));
    await sql`update library.asset set looked_at = ${test.clock.now()} where id = any(${ids}::int[])`.execute(
      test.context.db,
    );
    return ids;
  }

  it('is nothing for six hours after a whole walk', async () => {
    test.clock.advance(5 * hourMs);
    expect(await asked()).toEqual([]);
  });

  it('is one title a minute, and only those of which something is assigned', async () => {
    test.clock.advance(2 * hourMs);
    const first = await asked();
    expect(first).toHaveLength(1);
    expect(await asked()).toEqual([]);
    test.clock.advance(61_000);
    const second = await asked();
    expect([...first, ...second].toSorted((a, b) => a - b)).toEqual(assetIds.slice(0, 2));
    test.clock.advance(61_000);
    expect(await asked()).toEqual([]);
  });

  it('is what was read longest ago', async () => {
    test.clock.advance(7 * hourMs);
    await assigned(1, 1, 1);
    expect(await asked()).toEqual([assetIds[2]]);
  });

  it('is nothing where the token works no more', async () => {
    test.clock.advance(61_000);
    await sql`update library.token set state = 'expired'`.execute(test.context.db);
    expect(await asked()).toEqual([]);
    await sql`update library.token set state = 'valid'`.execute(test.context.db);
    expect(await asked()).toHaveLength(1);
  });
});
