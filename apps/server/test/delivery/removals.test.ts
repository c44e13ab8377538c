import { describe, expect, it } from 'vitest';
import { leaveNote } from '../../src/db/notes.ts';
import { syncDevice } from '../../src/devices/index.ts';
import { actor, openMdm } from '../devices/support/mdm.ts';
import { AssignedApp } from './support/assigned.ts';
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

it('a device that refused twelve times is told again when it is synced, and only then', async () => {
  await using mdm = await openMdm();
  const app = await AssignedApp.open(mdm);
  await app.session();
  await app.save({ intent: 'uninstall' });
  await leaveNote(mdm.context.db, 'delivery', 'remove', `${app.assetId}:${app.deviceId}`);
  const refuses = { RemoveApplication: { status: 'Error' } };
  for (let tries = 0; tries < 14; tries += 1) {
    await app.session(refuses);
    mdm.clock.advance(6 * 60 * MINUTE);
  }
  expect(await app.task()).toMatchObject({ reason: 'removalGivenUp', attempts: 12, nextAt: null });
  await syncDevice(mdm.context, app.deviceId, actor);
  const told = await app.session();
  expect(told.map(({ requestType }) => requestType)).toContain('RemoveApplication');
  expect(await app.task()).toMatchObject({ state: 'removed', errorCode: null });
});
