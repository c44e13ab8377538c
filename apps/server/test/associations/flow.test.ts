import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Stage, notability, pages } from '../support/stage.ts';

let stage: Stage;

afterEach(async () => stage[Symbol.asyncDispose]());

describe('with notifications', () => {
  beforeEach(async () => {
    stage = await Stage.open();
  });

  it('associates all pairs of an assignment in one request, each once', async () => {
    const { groupId } = await stage.group(8);
    await stage.assign(notability, [groupId]);
    await stage.held(notability, 8);
    const counted = await stage.counted();
    expect(counted).toMatchObject({ associateRequests: 1, pairs: 8 });
    expect(counted['repeatedPairs'] ?? 0).toBe(0);
  });

  it('[brief 2] shows the licenses in use next to those owned, and who else uses some', async () => {
    await stage.harness.apple.post('/_control/assignments', {
      uId: stage.uId,
      assignments: [{ adamId: notability, serialNumbers: ['ELSEWHERE01'] }],
    });
    const { groupId } = await stage.group(4);
    await stage.assign(notability, [groupId]);
    await stage.assign(pages, [groupId]);
    expect(await stage.held(notability, 4)).toMatchObject({ owned: 10 });
    expect(await stage.held(pages, 4)).toMatchObject({ owned: null, available: null });
    await vi.waitFor(
      async () =>
        expect(await stage.app(notability)).toMatchObject({ owned: 10, foreign: 1, available: 5 }),
      { timeout: 60_000, interval: 50 },
    );
    const { id } = await stage.app(notability);
    expect(await stage.harness.api.get(`/beta/deviceAppManagement/mobileApps/${id}`)).toMatchObject(
      { totalLicenseCount: 10, usedLicenseCount: 5 },
    );
  });

  it('never has more assigned at Apple than are owned, and serves the line when licenses come', async () => {
    const { groupId } = await stage.group(14);
    await stage.assign(notability, [groupId]);
    expect(await stage.held(notability, 10)).toMatchObject({ waiting: 4 });
    await stage.buy([{ adamId: notability, quantity: 2 }]);
    expect(await stage.held(notability, 12)).toMatchObject({ waiting: 2 });
    expect(await stage.asset(notability)).toMatchObject({
      assigned: 12,
      maximumAssigned: 12,
      total: 12,
    });
  });

  it('queues while a location is paused, and sends when it is resumed', async () => {
    const { harness, uId } = stage;
    await harness.api.post(`/api/locations/${uId}/pause`, { reason: 'stock-taking' });
    const { groupId } = await stage.group(3);
    await stage.assign(notability, [groupId]);
    await vi.waitFor(async () => {
      const open = await harness.context.db.selectFrom('grants.openChange').select('op').execute();
      expect(open).toHaveLength(3);
    });
    harness.clock.advance(60_000);
    expect((await stage.counted())['associateRequests'] ?? 0).toBe(0);
    await harness.api.post(`/api/locations/${uId}/resume`, { reason: 'done' });
    await stage.held(notability, 3);
  });

  it('finds what others assigned before we asked for it, and never takes it back', async () => {
    const { harness, uId } = stage;
    await harness.api.post(`/api/locations/${uId}/pause`, { reason: 'stock-taking' });
    const { groupId, serialNumbers } = await stage.group(2);
    await stage.assign(notability, [groupId]);
    await vi.waitFor(async () =>
      expect(await stage.app(notability)).toMatchObject({ changing: 2, foreign: 0 }),
    );
    const assignments = [{ adamId: notability, serialNumbers: serialNumbers.slice(0, 1) }];
    await harness.apple.post('/_control/assignments', { uId, assignments });
    const shown = async () =>
      harness.context.db.selectFrom('library.license').select('present').execute();
    await vi.waitFor(async () => expect(await shown()).toEqual([{ present: true }]), {
      timeout: 60_000,
    });
    await harness.api.post(`/api/locations/${uId}/resume`, { reason: 'done' });
    const reaches = async (counts: object): Promise<void> =>
      vi.waitFor(
        async () => {
          harness.clock.advance(10_000);
          expect(await stage.app(notability)).toMatchObject(counts);
        },
        { timeout: 60_000, interval: 100 },
      );
    await reaches({ held: 1, changing: 0, foreign: 1 });
    await stage.assign(notability, []);
    await reaches({ held: 0, changing: 0, foreign: 1 });
    expect(await stage.asset(notability)).toMatchObject({ assigned: 1 });
  });

  it('marks only the pairs that Apple refused', async () => {
    await stage.harness.apple.post('/_control/assignments', {
      uId: stage.uId,
      notify: false,
      assignments: [{ adamId: notability, serialNumbers: ['THIEF00001', 'THIEF00002'] }],
    });
    const { groupId } = await stage.group(10);
    await stage.assign(notability, [groupId]);
    await stage.held(notability, 8);
    await vi.waitFor(
      async () => expect(await stage.app(notability)).toMatchObject({ waiting: 2, foreign: 2 }),
      { timeout: 60_000, interval: 50 },
    );
    expect(await stage.asset(notability)).toMatchObject({ assigned: 10, maximumAssigned: 10 });
  });

  it('goes on after a restart in the middle', async () => {
    await stage.fault('request.slow', {
      settings: { ms: 1500 },
      scope: { path: '/assets/associate' },
      times: 1,
    });
    const { groupId } = await stage.group(5);
    await stage.assign(notability, [groupId]);
    await stage.reaches(['sending']);
    await stage.harness.restart();
    await stage.heldLater(notability, 5, 7_000);
    expect((await stage.counted())['repeatedPairs'] ?? 0).toBe(0);
  });
});

describe('without notifications', () => {
  it('polls the status from 30 seconds on', async () => {
    stage = await Stage.open({ https: false });
    const { groupId } = await stage.group(3);
    await stage.assign(pages, [groupId]);
    await stage.reaches(['accepted']);
    expect((await stage.counted())['statusRequests'] ?? 0).toBe(0);
    stage.harness.clock.advance(31_000);
    await stage.held(pages, 3);
  });
});
