import type { UpdateVerdict } from '@allotment/licensing';
import { describe, expect, it } from 'vitest';
import { step } from '../../src/delivery/state.ts';
import type { TaskEvent, TaskState } from '../../src/delivery/task.ts';
import {
  acknowledged,
  failedWith,
  later,
  NOW,
  reported,
  task as anyTask,
} from './support/events.ts';

const managed = (fields: Partial<TaskState> = {}): TaskState =>
  anyTask({ state: 'installed', appleState: 'Managed', reason: null, ...fields });
const told = { version: 101, tries: 1, at: NOW };
const updating = (fields: Partial<TaskState> = {}): TaskState =>
  managed({ reason: 'updating', errorCode: -2016330849, update: told, ...fields });
const outdated = (verdict: UpdateVerdict, opensAt: Date | null = null): TaskEvent => ({
  kind: 'outdated',
  version: 101,
  verdict,
  opensAt,
});

describe('an installed app of an older version', () => {
  it('is told to update, and counted by version', () => {
    expect(step(managed(), outdated('update'), NOW)).toEqual({
      task: updating(),
      act: { kind: 'install', takeOver: false },
    });
    const again = step(updating({ asks: 11 }), outdated('update'), later(5));
    expect(again.task).toEqual(updating({ update: { ...told, tries: 2, at: later(5) } }));
    const newer = updating({ update: { version: 100, tries: 3, at: NOW } });
    expect(step(newer, outdated('update'), NOW).task?.update).toEqual(told);
  });

  it.each<[UpdateVerdict, string]>([
    ['automaticOff', 'updateOff'],
    ['prevented', 'updatePrevented'],
    ['systemTooOld', 'updateNeedsSystem'],
    ['outsideWindow', 'updateWaits'],
    ['givenUp', 'updateFailed'],
    ['kiosk', 'updateInKiosk'],
    ['unassigned', 'updateUnassigned'],
  ])('that is left alone (%s) says why', (verdict, reason) => {
    expect(step(managed(), outdated(verdict, later(9)), NOW)).toEqual({
      task: managed({
        reason: reason as TaskState['reason'],
        errorCode: -2016330849,
        nextAt: later(9),
      }),
      act: { kind: 'none' },
    });
  });

  it('that was told a while ago is left to its device', () => {
    expect(step(updating(), outdated('told'), NOW).task).toEqual(updating());
  });

  it('is nothing to an app that is not installed', () => {
    expect(step(anyTask(), outdated('update'), NOW)).toEqual({
      task: anyTask(),
      act: { kind: 'none' },
    });
  });

  it('is updated once the newest version is there', () => {
    expect(step(updating({ nextAt: NOW }), outdated('current'), NOW).task).toEqual(managed());
  });
});

describe('an app that is updated stays installed', () => {
  it('when its device takes the command, and is asked how it goes', () => {
    const { task, act } = step(updating(), acknowledged('Updating'), NOW);
    expect(task).toEqual(updating({ nextAt: later(5_000) }));
    expect(act).toEqual({ kind: 'none' });
    expect(step(task, { kind: 'due' }, later(5_000))).toMatchObject({
      task: { state: 'installed', asks: 1, nextAt: null },
      act: { kind: 'ask' },
    });
    expect(step(task, { kind: 'askFailed' }, NOW).task).toMatchObject({ nextAt: later(5_000) });
  });

  it('when the device refuses it, and says so', () => {
    expect(step(updating(), failedWith(2610), NOW).task).toMatchObject({
      state: 'installed',
      reason: 'updateFailed',
      errorDetail: { errorChain: [{ code: 2610 }] },
      nextAt: null,
    });
  });

  it('when the person declines it in the answer already', () => {
    expect(step(updating(), failedWith(12063), NOW).task).toMatchObject({
      state: 'installed',
      reason: 'updateRejected',
      errorCode: 0x87d13b63 | 0,
      nextAt: null,
    });
  });

  it.each([
    ['Updating', 'updating', later(5_000)],
    ['ValidatingUpdate', 'updating', later(5_000)],
    ['Managed', 'updating', later(5_000)],
    ['PromptingForUpdate', 'waitingForUpdate', later(5_000)],
    ['PromptingForUpdateLogin', 'signInNeeded', later(5_000)],
    ['UpdateRejected', 'updateRejected', null],
  ])('while the device reports %s', (appleState, reason, nextAt) => {
    expect(step(updating(), reported(appleState), NOW).task).toMatchObject({
      state: 'installed',
      appleState,
      reason,
      nextAt,
    });
  });

  it('when its license was missing as the update was to be handed out', () => {
    expect(step(updating(), { kind: 'canceled' }, NOW)).toEqual({
      task: updating({ reason: null, errorCode: null }),
      act: { kind: 'none' },
    });
  });

  it('until the person removes it', () => {
    expect(step(updating(), reported('ManagedButUninstalled'), NOW).task).toMatchObject({
      state: 'failed',
      reason: 'removedByPerson',
    });
  });

  it('and is not asked about forever', () => {
    expect(step(updating({ asks: 11, nextAt: NOW }), { kind: 'due' }, NOW)).toEqual({
      task: updating({ asks: 11 }),
      act: { kind: 'none' },
    });
  });
});
