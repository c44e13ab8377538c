import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Stage, notability, pages } from '../support/stage.ts';

const soon = { timeout: 60_000, interval: 50 };
let stage: Stage;

beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(async () => stage[Symbol.asyncDispose]());

/** Waits until so many pairs are held and the others refused, and names these by title and serial number. */
async function refused(pairs: number, held: number): Promise<readonly string[]> {
  return vi.waitFor(async () => {
    const { rows } = await sql<{ pair: string; held: boolean; failure: number | null }>`
      select a.adam_id || ' ' || h.key as pair, d.held, d.failure
      from grants.demand d join library.asset a on a.id = d.asset_id join library.holder h on h.id = d.holder_id
      order by 1`.execute(stage.harness.context.db);
    expect([rows.length, rows.filter((row) => row.held).length]).toEqual([pairs, held]);
    expect(rows.filter((row) => !row.held && row.failure === null)).toEqual([]);
    return rows.filter((row) => row.failure !== null).map((row) => row.pair);
  }, soon);
}

/** Assigns titles so that they are asked for together. */
async function assignTogether(titles: readonly string[], devices: number): Promise<string[]> {
  const { harness } = stage;
  const { groupId, serialNumbers } = await stage.group(devices);
  await harness.api.post(`/api/locations/${stage.uId}/pause`, { reason: 'all at once' });
  for (const title of titles) await stage.assign(title, [groupId]);
  await vi.waitFor(async () => {
    const open = await harness.context.db.selectFrom('grants.openChange').select('op').execute();
    expect(open).toHaveLength(titles.length * devices);
  }, soon);
  return serialNumbers;
}

const resume = async (): Promise<unknown> =>
  stage.harness.api.post(`/api/locations/${stage.uId}/resume`, { reason: 'they are there' });

const associated = async (): Promise<unknown> => (await stage.counted())['associateRequests'];
const refusedRequests = async (): Promise<number> =>
  (await stage.states()).filter((state) => state === 'refused').length;

/** So many requests have come to an end just now. */
async function ended(op: string, state: string, times = 1): Promise<void> {
  const { db, clock } = stage.harness.context;
  await sql`insert into associations.apple_request
      (location_uid, op, epoch, state, asset_ids, holder_ids, error_number, created_at, accepted_at, settled_at)
    select ${stage.uId}, ${op}, 0, ${state}, '{}', '{}', case ${state} when 'refused' then 9602 end,
      ${clock.now()}, case ${state} when 'settled' then ${clock.now()}::timestamptz end, ${clock.now()}
    from generate_series(1, ${times}::int)`.execute(db);
}

describe('a request refused as a whole', () => {
  it('because of a device that Apple names goes through without it', async () => {
    const { groupId, serialNumbers } = await stage.group(6);
    const [, , culprit = ''] = serialNumbers;
    await stage.fault('request.culprit', {
      settings: { errorNumber: 9602, serialNumber: culprit, named: true },
      times: 1,
    });
    await stage.assign(notability, [groupId]);
    expect(await refused(6, 5)).toEqual([`${notability} ${culprit}`]);
    expect(await refusedRequests()).toBe(1);
    expect(await associated()).toBe(1);
  });

  it('because of a device that Apple names goes through without it, whatever the number', async () => {
    const { groupId, serialNumbers } = await stage.group(6);
    const [culprit = ''] = serialNumbers;
    await stage.fault('request.culprit', {
      settings: { errorNumber: 9717, serialNumber: culprit, named: true },
    });
    await stage.assign(notability, [groupId]);
    expect(await refused(6, 5)).toEqual([`${notability} ${culprit}`]);
    expect(await refusedRequests()).toBe(1);
  });

  it('because of a device that Apple does not name is not divided by titles again and again', async () => {
    const more = ['361285480', '361304891', '408709785', '377298193', '284993459', '375380948'];
    await stage.buy(more.map((adamId) => ({ adamId, quantity: 100 })));
    await vi.waitFor(async () => expect(await stage.apps()).toHaveLength(8), soon);
    const titles = [pages, ...more];
    const serialNumbers = await assignTogether(titles, 20);
    const culprit = serialNumbers[13] ?? '';
    await stage.fault('request.culprit', {
      settings: { errorNumber: 9602, serialNumber: culprit, named: false },
    });
    await resume();
    const expected = titles.map((title) => `${title} ${culprit}`).toSorted();
    expect((await refused(140, 133)).toSorted()).toEqual(expected);
    // The number of halves of 7 titles and of 20 devices, and few more.
    const sent = (await stage.states()).filter((state) => state !== 'abandoned');
    expect(sent.length).toBeLessThanOrEqual(26);
    expect((await stage.counted())['repeatedPairs'] ?? 0).toBe(0);
  });

  it('because of a device that Apple does not name is halved until only that one is left', async () => {
    const { groupId, serialNumbers } = await stage.group(6);
    const [, , , , culprit = ''] = serialNumbers;
    await stage.fault('request.culprit', {
      settings: { errorNumber: 9602, serialNumber: culprit, named: false },
    });
    await stage.assign(notability, [groupId]);
    expect(await refused(6, 5)).toEqual([`${notability} ${culprit}`]);
    // Six, then three and three, then one and two of the half with the culprit in it, then one and one at most.
    expect(await refusedRequests()).toBeLessThanOrEqual(4);
    expect((await stage.counted())['repeatedPairs'] ?? 0).toBe(0);
  });

  it('because of a title is told of that title, for all devices, and the other goes through', async () => {
    await stage.fault('request.culprit', {
      settings: { errorNumber: 9602, adamId: pages, of: 'asset', named: false },
    });
    await assignTogether([notability, pages], 3);
    await resume();
    const pairs = await refused(6, 3);
    expect(pairs).toHaveLength(3);
    expect(pairs.every((pair) => pair.startsWith(pages))).toBe(true);
  });

  it('time and again is not halved any more: the whole is marked', async () => {
    await ended('associate', 'refused', 64);
    const before = await refusedRequests();
    await stage.fault('request.refused', {
      settings: { errorNumber: 9602, status: 400 },
      scope: { path: '/assets/associate' },
      times: 1,
    });
    const { groupId } = await stage.group(4);
    await stage.assign(notability, [groupId]);
    expect(await refused(4, 0)).toHaveLength(4);
    expect((await refusedRequests()) - before).toBe(1);
    expect((await associated()) ?? 0).toBe(0);
  });

  it.each([
    { went: 'nothing', times: 64, lately: [] },
    { went: 'one', times: 256, lately: ['settled'] },
  ])(
    'is halved where only those of another kind were refused time and again, and $went of its own went through',
    async ({ times, lately }) => {
      const { groupId } = await stage.group(4);
      await stage.assign(notability, [groupId]);
      await stage.held(notability, 4);
      await ended('associate', 'refused', times);
      for (const state of lately) await ended('disassociate', state);
      const before = await refusedRequests();
      await stage.fault('request.refused', {
        settings: { errorNumber: 9602, status: 400 },
        scope: { path: '/assets/disassociate' },
        times: 1,
      });
      await stage.assign(notability, []);
      await vi.waitFor(async () => expect((await refusedRequests()) - before).toBe(1), soon);
      const parts = await stage.harness.context.db
        .selectFrom('associations.appleRequest')
        .select('op')
        .where('narrows', 'is not', null)
        .execute();
      expect(parts).toEqual([{ op: 'disassociate' }, { op: 'disassociate' }]);
      await stage.held(notability, 0);
    },
  );
});
