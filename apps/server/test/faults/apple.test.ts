import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Stage, notability, sameValue } from '../support/stage.ts';

let stage: Stage;
const atAssociate = { scope: { path: '/assets/associate' } };

beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(async () => stage[Symbol.asyncDispose]());

async function assignToGroupOf(devices: number): Promise<void> {
  const { groupId } = await stage.group(devices);
  await stage.assign(notability, [groupId]);
}

/** What Apple saw: assigned now and at most, and pairs asked for again. */
async function seenByApple(): Promise<object> {
  const asset = await stage.asset(notability);
  return {
    assigned: asset?.assigned,
    most: asset?.maximumAssigned,
    repeated: (await stage.counted())['repeatedPairs'] ?? 0,
  };
}

/** When our requests were sent, in milliseconds, the first first. */
async function sentAt(): Promise<number[]> {
  const rows = await stage.harness.context.db
    .selectFrom('associations.appleRequest')
    .select('sentAt')
    .orderBy('id')
    .execute();
  return rows.map(({ sentAt: at }) => at?.getTime() ?? Number.NaN);
}

const each = (pairs: number): object => ({ assigned: pairs, most: pairs, repeated: 0 });

describe('an answer to a request', () => {
  it('that was lost is found out by asking, and nothing is repeated', async () => {
    await stage.fault('request.broken', { settings: { when: 'after' }, ...atAssociate, times: 1 });
    await assignToGroupOf(4);
    await stage.reaches(['unknown']);
    await stage.heldLater(notability, 4, 10_000);
    expect(await stage.counted()).toMatchObject({ associateRequests: 1, pairs: 4 });
  });

  it('that never came because Apple never got the request lets it be sent again', async () => {
    await stage.fault('request.broken', { settings: { when: 'before' }, ...atAssociate, times: 1 });
    await assignToGroupOf(2);
    await stage.reaches(['unknown']);
    await stage.heldLater(notability, 2, 120_000);
    expect(await seenByApple()).toEqual(each(2));
  });

  it.each([
    ['a page of HTML, and nothing was done', { kind: 'request.html', settings: { status: 200 } }],
    ['JSON that is cut off, though all was done', { kind: 'request.garbage', settings: {} }],
    [
      'nothing at all, though all was done',
      { kind: 'request.garbage', settings: { form: 'empty' } },
    ],
  ])('that is %s leads to one license each', async (_what, { kind, settings }) => {
    await stage.fault(kind, { settings, ...atAssociate, times: 1 });
    await assignToGroupOf(3);
    await stage.reaches(['unknown']);
    await stage.heldLater(notability, 3, 120_000);
    expect(await seenByApple()).toEqual(each(3));
  });
});

it('what somebody else assigned while a request was lost stays theirs', async () => {
  const { apple, clock } = stage.harness;
  await stage.fault('request.broken', { settings: { when: 'before' }, ...atAssociate, times: 1 });
  const { groupId, serialNumbers } = await stage.group(3);
  await stage.assign(notability, [groupId]);
  await stage.reaches(['unknown']);
  await apple.post('/_control/assignments', {
    uId: stage.uId,
    assignments: [{ adamId: notability, serialNumbers: [serialNumbers[1], 'C0OTHERS'] }],
  });
  clock.advance(60_000);
  await stage.heldLater(notability, 2, 60_000);
  expect(await stage.app(notability)).toMatchObject({ foreign: 2, waiting: 0 });
  await stage.assign(notability, []);
  const taken = { timeout: 60_000, interval: 200 };
  await vi.waitFor(async () => {
    clock.advance(60_000);
    sameValue((await stage.asset(notability))?.assigned, 2);
  }, taken);
  expect(await stage.app(notability)).toMatchObject({ foreign: 2, held: 0 });
});

describe('Apple', () => {
  it('being busy is waited for, as long as it asks', async () => {
    await stage.fault('request.throttled', {
      settings: { retryAfterSeconds: 120 },
      ...atAssociate,
      times: 1,
    });
    await assignToGroupOf(3);
    await vi.waitFor(async () => expect(await stage.states()).toContain('refused'), 10_000);
    await stage.heldLater(notability, 3, 30_000);
    expect(await seenByApple()).toEqual(each(3));
    const [refused = 0, accepted = 0] = await sentAt();
    expect(accepted - refused).toBeGreaterThanOrEqual(120_000);
  });

  it.each([
    ['not answering at all', { kind: 'request.broken', settings: { when: 'before' } }],
    ['failing with 9603', { kind: 'request.refused', settings: { errorNumber: 9603 } }],
    ['showing a page of HTML', { kind: 'request.html', settings: {} }],
  ])('%s for a while loses nothing', async (_what, { kind, settings }) => {
    await stage.fault(kind, { settings, times: 5 });
    await assignToGroupOf(3);
    await stage.heldLater(notability, 3, 60_000);
    expect(await seenByApple()).toEqual(each(3));
  });
});

it('an answer that comes too late is found out about, and nothing is repeated', async () => {
  await stage[Symbol.asyncDispose]();
  stage = await Stage.open({ appleTimeoutMs: 1_000 });
  const settings = { ms: 2_000, when: 'after' };
  await stage.fault('request.slow', { settings, ...atAssociate, times: 1 });
  await assignToGroupOf(4);
  await stage.reaches(['unknown']);
  await stage.heldLater(notability, 4, 10_000);
  expect(await stage.counted()).toMatchObject({ associateRequests: 1, pairs: 4 });
});

describe('notifications', () => {
  it('that get lost are made up for by asking for the status', async () => {
    await stage.fault('notification.lost', { scope: { type: 'ASSET_MANAGEMENT' }, times: 1 });
    await assignToGroupOf(2);
    await stage.reaches(['accepted']);
    stage.harness.clock.advance(6 * 60_000);
    expect(await stage.held(notability, 2)).toMatchObject({ waiting: 0 });
  });

  it.each(['notification.duplicated', 'notification.reordered', 'notification.wrong-bearer'])(
    '(%s) settle each pair once',
    async (kind) => {
      await stage.fault(kind, { probability: 0.7 });
      const first = await stage.group(6);
      await stage.assign(notability, [first.groupId]);
      await stage.heldLater(notability, 6, 60_000);
      await stage.buy([{ adamId: notability, quantity: 3 }]);
      const second = await stage.group(7);
      await stage.assign(notability, [first.groupId, second.groupId]);
      await stage.heldLater(notability, 13, 4 * 60 * 60_000);
      expect(await seenByApple()).toEqual(each(13));
    },
  );
});
