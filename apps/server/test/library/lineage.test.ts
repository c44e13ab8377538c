import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { foreignLineage } from '../../src/library/lineage.ts';
import { Stage, notability } from '../support/stage.ts';

const soon = { timeout: 60_000, interval: 50 };

const owner = (metadata: string) => ({ id: 'id', name: 'Allotment', metadata });

describe('the mark at Apple', () => {
  const ours = { lineage: 'b', nextLineage: 'c' };
  const url = new URL('https://apps.example.org/');
  it.each([
    ['ours', '{"lineage":"b","url":"https://apps.example.org"}', /^fine$/],
    ['the next of ours', '{"lineage":"c"}', /^fine$/],
    ['of a later time', '{"lineage":"d"}', /another copy/],
    ['of an earlier time', '{"lineage":"a"}', /another copy/],
    ['of another address', '{"lineage":"b","url":"https://old.example.org"}', /public address was/],
    ['missing', '{"version":1}', /^fine$/],
    ['not of our making', 'whatever', /^fine$/],
  ])('%s', (_what, metadata, problem) => {
    expect(foreignLineage(ours, owner(metadata), url) ?? 'fine').toMatch(problem);
  });

  it('says nothing before one was left', () => {
    const none = { lineage: null, nextLineage: null };
    expect(foreignLineage(none, owner('{"lineage":"x"}'), url)).toBeUndefined();
  });
});

describe('a start of the server', () => {
  let stage: Stage;

  beforeEach(async () => {
    stage = await Stage.open();
  });
  afterEach(async () => stage[Symbol.asyncDispose]());

  const location = async () =>
    stage.harness.context.db
      .selectFrom('library.location')
      .select(['lineage', 'nextLineage', 'lineageKnown', 'pausedCause', 'pausedReason'])
      .executeTakeFirstOrThrow();

  it('leaves a new mark before anything is written, and goes on', async () => {
    const before = await location();
    expect(before).toMatchObject({ lineageKnown: true, nextLineage: null });
    await stage.harness.restart();
    expect(await location()).toMatchObject({ lineageKnown: false });
    const { groupId } = await stage.group(2);
    await stage.assign(notability, [groupId]);
    await stage.held(notability, 2);
    const after = await location();
    expect(after).toMatchObject({ lineageKnown: true, pausedCause: null });
    expect(after.lineage).not.toBe(before.lineage);
  });

  it('with a database restored from a backup writes nothing before a person says so', async () => {
    const { lineage } = await location();
    await stage.harness.restart();
    const { groupId } = await stage.group(2);
    await stage.assign(notability, [groupId]);
    await stage.held(notability, 2);
    const { context } = stage.harness;
    await context.db.updateTable('library.location').set({ lineage, nextLineage: null }).execute();
    await stage.harness.restart();
    const { groupId: more } = await stage.group(3);
    await stage.assign(notability, [groupId, more]);
    await vi.waitFor(async () => {
      expect(await location()).toMatchObject({
        pausedCause: 'copy',
        pausedReason: expect.stringContaining('another copy'),
      });
    }, soon);
    expect(await stage.counted()).toMatchObject({ associateRequests: 1 });
    expect(await stage.app(notability)).toMatchObject({ held: 2, changing: 3 });
    await stage.harness.api.post(`/api/locations/${stage.uId}/resume`, { reason: 'It is the one' });
    await stage.held(notability, 5);
    expect(await location()).toMatchObject({ lineageKnown: true, pausedCause: null });
  });
});
