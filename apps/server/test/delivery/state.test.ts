import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { explain } from '../../src/delivery/reasons.ts';
import { step } from '../../src/delivery/state.ts';
import type { TaskEvent, TaskState } from '../../src/delivery/task.ts';
import {
  acknowledged,
  DAY,
  failedWith,
  later,
  licensed,
  MINUTE,
  NOW,
  reported,
  task,
  unlicensed,
} from './support/events.ts';

const held = { kind: 'licensed', managed: undefined, obstacle: undefined, told: false } as const;

describe('an app whose license is held', () => {
  it('is commanded', () => {
    expect(step(undefined, licensed(), NOW)).toEqual({
      task: task({ errorDetail: null }),
      act: { kind: 'install', takeOver: false },
    });
  });

  it('is installed already when the device manages it', () => {
    expect(step(undefined, licensed('Managed'), NOW)).toMatchObject({
      task: { state: 'installed', nextAt: null },
      act: { kind: 'none' },
    });
  });

  it('waits for the catalog when its bundle identifier is unknown', () => {
    const event: TaskEvent = { ...held, obstacle: 'bundleIdUnknown' };
    const blocked = step(undefined, event, NOW);
    expect(blocked).toMatchObject({
      task: { state: 'blocked', reason: 'bundleIdUnknown', nextAt: later(60 * MINUTE) },
      act: { kind: 'none' },
    });
    expect(step(blocked.task, licensed(), NOW).act.kind).toBe('install');
  });

  it('is commanded once, however often the license is reported', () => {
    for (const state of [
      'commanded',
      'installing',
      'installed',
      'failed',
      'notApplicable',
    ] as const)
      expect(step(task({ state }), licensed(), NOW)).toEqual({
        task: task({ state }),
        act: { kind: 'none' },
      });
  });

  it('starts over on a device that enrolled anew', () => {
    const event: TaskEvent = { kind: 'enrolled', managed: undefined, obstacle: undefined };
    expect(step(task({ state: 'installed', attempts: 0 }), event, NOW)).toMatchObject({
      task: { state: 'commanded', attempts: 1 },
      act: { kind: 'install' },
    });
  });

  it('is let go when the license is gone, and an install not handed out yet is taken back', () => {
    expect(step(task(), unlicensed(), NOW)).toEqual({
      task: undefined,
      act: { kind: 'cancel' },
    });
  });

  it('is commanded again when the license was missing for a moment just then', () => {
    expect(step(task(), { kind: 'canceled' }, NOW).act).toEqual({
      kind: 'install',
      takeOver: false,
    });
    expect(step(task({ state: 'installed' }), { kind: 'canceled' }, NOW).act.kind).toBe('none');
  });
});

describe('the list of managed apps', () => {
  it('shows an app as installed from any state, and forgets what went before', () => {
    for (const state of [
      'commanded',
      'installing',
      'installed',
      'failed',
      'notApplicable',
    ] as const)
      expect(
        step(task({ state, attempts: 5, asks: 3, errorCode: 7 }), reported('Managed'), NOW).task,
      ).toEqual(task({ state: 'installed', appleState: 'Managed', reason: null, attempts: 0 }));
  });

  it('takes back an install not handed out yet when the app is there', () => {
    expect(step(task(), reported('Managed'), NOW).act).toEqual({ kind: 'cancel' });
  });

  it('says nothing about an install the device has not taken', () => {
    for (const state of [undefined, 'Failed', 'ManagedButUninstalled'])
      expect(step(task(), reported(state), NOW)).toEqual({ task: task(), act: { kind: 'none' } });
  });

  it.each([
    ['UserRejected', 'userRejected', -2016330910, later(DAY)],
    ['ManagementRejected', 'managementRejected', -2016330904, later(DAY)],
    ['Failed', 'installFailed', -2016330908, later(MINUTE / 2)],
    ['NeedsRedemption', 'needsRedemption', -2016330912, later(MINUTE / 2)],
    ['ManagedButUninstalled', 'removedByPerson', -2016330906, later(MINUTE / 2)],
  ])('ends an install with %s', (appleState, reason, errorCode, nextAt) => {
    expect(step(task({ state: 'installing' }), reported(appleState), NOW).task).toMatchObject({
      state: 'failed',
      appleState,
      reason,
      errorCode,
      nextAt,
    });
  });

  it('takes over an app whose installation the person overtook', () => {
    expect(step(task({ state: 'installing' }), reported('UserInstalledApp'), NOW).act).toEqual({
      kind: 'install',
      takeOver: true,
    });
  });

  it('keeps a one-time state that later lists leave out', () => {
    const rejected = step(task({ state: 'installing' }), reported('UserRejected'), NOW).task;
    expect(step(rejected, reported(undefined), NOW).task).toEqual(rejected);
  });

  it('lets a late movement heal a failure', () => {
    expect(step(task({ state: 'failed' }), reported('Installing'), NOW).task?.state).toBe(
      'installing',
    );
  });
});

describe('time', () => {
  it('asks a device that installs at growing intervals, anew after each progress', () => {
    let current: TaskState | undefined = task({ state: 'installing', appleState: 'Queued' });
    const waits: number[] = [];
    for (let i = 0; i < 4; i += 1) {
      const asked = step(current, { kind: 'due' }, NOW);
      expect(asked.act).toEqual({ kind: 'ask' });
      expect(asked.task?.nextAt).toBeNull();
      current = step(asked.task, reported('Queued'), NOW).task;
      waits.push((current?.nextAt?.getTime() ?? 0) - NOW.getTime());
    }
    expect(waits).toEqual([10_000, 20_000, 40_000, 80_000]);
    expect(step(current, reported('Installing'), NOW).task?.nextAt).toEqual(later(5_000));
  });

  it('asks again when the device did not tell', () => {
    expect(
      step(task({ state: 'installing', asks: 1 }), { kind: 'askFailed' }, NOW).task?.nextAt,
    ).toEqual(later(10_000));
  });

  it('commands again what does not get on, but waits for a person without end', () => {
    const stuck = task({ state: 'installing', asks: 11, reason: 'installing' });
    expect(step(stuck, { kind: 'due' }, NOW).act.kind).toBe('install');
    expect(step({ ...stuck, reason: 'waitingForPerson' }, { kind: 'due' }, NOW).act.kind).toBe(
      'ask',
    );
  });

  it('commands an install again that the device took and never lists, as Macs fail in silence, later each time', () => {
    let current: TaskState | undefined = task({ state: 'installing', appleState: 'Queued' });
    const asked: number[] = [];
    for (let attempt = 0; attempt < 3; attempt += 1) {
      let lists = 0;
      while (current?.state === 'installing') {
        const due = step(current, { kind: 'due' }, NOW);
        expect(due.act.kind).toBe('ask');
        lists += 1;
        current = step(due.task, reported(undefined), NOW).task;
      }
      expect(current).toMatchObject({ state: 'commanded', asks: 0 });
      asked.push(lists);
      current = step(current, acknowledged('Queued'), NOW).task;
    }
    expect(asked).toEqual([4, 5, 6]);
    const persons = task({ state: 'installing', reason: 'waitingForPerson', asks: 9 });
    expect(step(persons, reported(undefined), NOW).act.kind).toBe('none');
  });

  it('retries failures with growing pauses and stops in the end', () => {
    let current: TaskState | undefined = task();
    const pauses: (number | undefined)[] = [];
    while (current !== undefined) {
      current = step(current, failedWith(9610), NOW).task;
      if (current === undefined || current.nextAt === null) break;
      pauses.push((current.nextAt.getTime() - NOW.getTime()) / MINUTE);
      current = step(current, { kind: 'due' }, NOW).task;
    }
    expect(pauses).toEqual([0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 360]);
    expect(current).toMatchObject({ state: 'failed', reason: 'licenseNotFound', nextAt: null });
    expect(step(current, reported('Managed'), NOW).task?.state).toBe('installed');
  });
});

describe('an app whose license is gone', () => {
  it('stays installed, until the device says it is not there any more', () => {
    const installed = task({ state: 'installed', reason: null, attempts: 0 });
    expect(step(installed, unlicensed(), NOW)).toEqual({ task: installed, act: { kind: 'none' } });
    const left: TaskEvent = { kind: 'leftBehind', appleState: 'Managed' };
    expect(step(installed, left, NOW).task).toEqual(installed);
    expect(step(installed, { ...left, appleState: undefined }, NOW).task).toBeUndefined();
  });

  it('is forgotten when the device leaves management', () => {
    const installed = task({ state: 'installed' });
    const event: TaskEvent = { kind: 'unlicensed', managed: false, told: true };
    expect(step(installed, event, NOW).task).toBeUndefined();
  });

  it('is removed once, tried again after a failure, and installed anew with a license', () => {
    const installed = task({ state: 'installed', reason: null, attempts: 0 });
    const told = step(installed, { kind: 'remove' }, NOW);
    expect(told).toMatchObject({
      task: { state: 'removing', reason: 'waitingForRemoval' },
      act: { kind: 'remove' },
    });
    expect(step(told.task, { kind: 'remove' }, NOW).act.kind).toBe('none');
    const failed = step(told.task, { kind: 'removeAnswered', done: false, answer: {} }, NOW);
    expect(failed).toMatchObject({
      task: { reason: 'removalFailed', nextAt: later(MINUTE) },
      act: { kind: 'ask' },
    });
    const again = step(failed.task, { kind: 'due' }, later(MINUTE));
    expect(again).toMatchObject({ task: { attempts: 2 }, act: { kind: 'remove' } });
    const done = step(again.task, { kind: 'removeAnswered', done: true, answer: {} }, NOW);
    expect(done).toMatchObject({ task: { state: 'removed', nextAt: null } });
    expect(step(done.task, licensed(), NOW).act.kind).toBe('install');
  });

  it('is not removed where this program did not install it [L 33]', () => {
    expect(step(undefined, { kind: 'remove' }, NOW)).toEqual({
      task: undefined,
      act: { kind: 'none' },
    });
  });
});

describe('every state that waits', () => {
  const events: fc.Arbitrary<TaskEvent> = fc.oneof(
    fc.constantFrom<TaskEvent>(
      unlicensed(),
      unlicensed(true),
      { kind: 'unlicensed', managed: false, told: false },
      { ...held, obstacle: 'otherAccount' },
      { kind: 'again' },
      { kind: 'asked' },
      { kind: 'remove' },
      { kind: 'stay' },
      { kind: 'leftAnswered', answer: { status: 'Acknowledged', appleState: 'Installing' } },
      { kind: 'leftBehind', appleState: 'Managed' },
      { kind: 'removeAnswered', done: true, answer: {} },
      { kind: 'removeAnswered', done: false, answer: {} },
      { kind: 'leftBehind', appleState: undefined },
      { kind: 'canceled' },
      { kind: 'askFailed' },
      { kind: 'due' },
    ),
    fc.constantFrom(undefined, 'Managed').map(licensed),
    fc
      .constantFrom('Queued', 'Prompting', 'Managed', 'Failed', null)
      .map((state) => acknowledged(state)),
    fc
      .constantFrom('AppAlreadyInstalled', 'NotSupported', 'Other')
      .map((reason) => acknowledged(null, reason)),
    fc.constantFrom(9610, 12025, 506, 77).map((code) => failedWith(code)),
    fc
      .constantFrom(undefined, 'Managed', 'Queued', 'UserRejected', 'UserInstalledApp')
      .map(reported),
  );

  it('says why in sentences, and an install is under way exactly when it was commanded', () => {
    fc.assert(
      fc.property(fc.array(events, { maxLength: 30 }), (history) => {
        let current: TaskState | undefined;
        for (const event of history) {
          const next = step(current, event, NOW);
          current = next.task;
          expect(next.act.kind === 'install' && current?.state !== 'commanded').toBe(false);
          const done =
            current === undefined || current.state === 'installed' || current.state === 'removed';
          expect(done || explain(current?.reason ?? '') !== undefined).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
