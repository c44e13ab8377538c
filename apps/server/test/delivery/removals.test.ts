import { describe, expect, it } from 'vitest';
import { step } from '../../src/delivery/state.ts';
import type { TaskEvent } from '../../src/delivery/task.ts';
import { later, MINUTE, NOW, task } from './support/events.ts';

describe('an app that the device could not remove', () => {
  it.each([
    [[], 'removalFailed', 0x87d1041d],
    [[12036], 'removalNotNow', 0x87d15614],
    [[12078], 'lostMode', 0x87d13b97],
  ])('says why the device did not remove it (%j)', (codes, reason, hex) => {
    const removing = task({ state: 'removing', reason: 'waitingForRemoval' });
    const answer = { status: 'Error', errorChain: codes.map((code) => ({ code })) };
    const failed = step(removing, { kind: 'removeAnswered', done: false, answer }, NOW);
    expect(failed.task).toMatchObject({ state: 'removing', reason, errorCode: hex | 0 });
    const again = step(failed.task, { kind: 'due' }, later(MINUTE));
    expect(again.task).toMatchObject({ reason: 'waitingForRemoval', errorCode: null });
  });

  it('is left to the administrator after twelve refusals, and told anew after a sync', () => {
    const last = task({ state: 'removing', reason: 'waitingForRemoval', attempts: 12 });
    const givenUp = step(last, { kind: 'removeAnswered', done: false, answer: {} }, NOW).task;
    expect(givenUp).toMatchObject({
      state: 'removing',
      reason: 'removalGivenUp',
      errorCode: 0x87d1041d | 0,
      nextAt: null,
    });
    expect(step(givenUp, { kind: 'again' }, NOW)).toMatchObject({
      task: { state: 'removing', attempts: 1, errorCode: null },
      act: { kind: 'remove' },
    });
    expect(step(last, { kind: 'again' }, NOW).act.kind).toBe('none');
    const gone: TaskEvent = { kind: 'leftBehind', appleState: undefined };
    expect(step(givenUp, gone, NOW).task).toMatchObject({
      state: 'removed',
      reason: null,
      errorCode: null,
    });
  });
});
