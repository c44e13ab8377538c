import { describe, expect, it } from 'vitest';
import { step } from '../../src/delivery/state.ts';
import type { TaskEvent, TaskState } from '../../src/delivery/task.ts';
import { later, licensed, MINUTE, NOW, task, unlicensed } from './support/events.ts';

const answered: TaskEvent = {
  kind: 'leftAnswered',
  answer: { status: 'Acknowledged', appleState: 'Installing' },
};
const listed = (appleState?: string): TaskEvent => ({ kind: 'leftBehind', appleState });

function after(first: TaskState | undefined, ...events: readonly TaskEvent[]) {
  let current = first;
  for (const event of events) current = step(current, event, NOW).task;
  return current;
}

describe('an app whose license goes while it is installed', () => {
  it('is followed until the device has it, and removed then where it is to go [L 33]', () => {
    const given = step(task(), unlicensed(true), NOW);
    expect(given).toMatchObject({ task: { reason: 'licenseGone' }, act: { kind: 'none' } });
    const coming = after(given.task, answered);
    expect(coming).toMatchObject({ state: 'installing', nextAt: later(5_000) });
    const there = after(coming, unlicensed(), listed('Managed'));
    expect(there).toMatchObject({ state: 'installed', reason: null });
    expect(step(there, { kind: 'remove' }, NOW).act).toEqual({ kind: 'remove' });
  });

  it('is told to go while it still comes, and told again until it is gone', () => {
    const coming = task({ state: 'installing', reason: 'installing', appleState: 'Installing' });
    const leaving = after(coming, unlicensed());
    const told = step(leaving, { kind: 'remove' }, NOW);
    expect(told).toMatchObject({ task: { state: 'removing' }, act: { kind: 'remove' } });
    const refused = step(told.task, { kind: 'removeAnswered', done: false, answer: {} }, NOW);
    expect(refused.act).toEqual({ kind: 'ask' });
    expect(after(refused.task, listed('Installing'))?.state).toBe('removing');
    expect(after(refused.task, listed())?.state).toBe('removed');
  });

  it('is asked after, less and less often, and left to the daily inventory in the end', () => {
    let current = after(task({ state: 'installing', reason: 'installing' }), unlicensed());
    let asked = 0;
    for (let i = 0; i < 20; i += 1) {
      const next = step(current, { kind: 'due' }, NOW);
      if (next.act.kind === 'ask') asked += 1;
      current = step(next.task, listed('Installing'), NOW).task;
    }
    expect(asked).toBe(12);
    expect(current).toMatchObject({ state: 'installing', reason: 'licenseGone' });
    expect(after(current, listed('Managed'))).toMatchObject({ state: 'installed' });
  });

  it('is forgotten when the device answers that nothing comes of it', () => {
    const given = after(task(), unlicensed(true));
    const refused: TaskEvent = {
      kind: 'leftAnswered',
      answer: { status: 'Error', errorChain: [{ code: 12064 }] },
    };
    expect(after(given, refused)).toBeUndefined();
    expect(after(given, answered, listed('UserRejected'))).toBeUndefined();
    expect(after(task({ state: 'blocked', reason: 'otherAccount' }), unlicensed())).toBeUndefined();
  });

  it('is forgotten when a list that was asked for since does not show it', () => {
    const coming = after(task({ state: 'installing', reason: 'installing' }), unlicensed());
    expect(after(coming, listed())).toMatchObject({ state: 'installing' });
    expect(after(coming, { kind: 'due' }, listed())).toBeUndefined();
  });

  it('may have come late where the install was given up', () => {
    const failed = task({ state: 'failed', reason: 'noProgress', nextAt: null });
    const left = after(failed, unlicensed());
    expect(left).toMatchObject({ state: 'installing', nextAt: later(5_000), errorCode: null });
    expect(after(left, listed('Managed'))?.state).toBe('installed');
    const removed = task({ state: 'failed', reason: 'removedByPerson', nextAt: later(MINUTE) });
    expect(after(removed, unlicensed())).toBeUndefined();
  });

  it('goes on where it was when the license comes back', () => {
    expect(after(task(), unlicensed(true), licensed())).toEqual(task());
    const again = step(
      after(task({ state: 'installing', reason: 'installing' }), unlicensed()),
      licensed(),
      NOW,
    );
    expect(again.act).toEqual({ kind: 'install', takeOver: false });
  });

  it('is not forgotten when the license comes and goes before the device has taken the next command', () => {
    const coming = task({ state: 'installing', reason: 'installing', appleState: 'Installing' });
    const leaving = step(after(coming, unlicensed()), { kind: 'remove' }, NOW).task;
    for (const left of [after(coming, unlicensed()), leaving]) {
      const again = after(left, licensed());
      expect(again).toMatchObject({ state: 'commanded', appleState: 'Installing' });
      expect(step(again, unlicensed(), NOW)).toMatchObject({
        task: { state: 'installing', reason: 'licenseGone' },
        act: { kind: 'cancel' },
      });
      expect(step(after(again, unlicensed()), { kind: 'remove' }, NOW).act.kind).toBe('remove');
    }
  });

  it('stays for an assignment that waits for a license, and goes when that ends', () => {
    const stays = after(task({ state: 'installing' }), unlicensed(), { kind: 'stay' });
    const there = after(stays, unlicensed(), listed('Managed'));
    expect(there).toMatchObject({ state: 'installed', reason: 'wantedElsewhere' });
    expect(step(stays, { kind: 'remove' }, NOW).act.kind).toBe('remove');
  });
});

describe('an app that was given up', () => {
  it('is tried again when somebody asks for it or the system is newer', () => {
    for (const state of ['failed', 'notApplicable'] as const) {
      const given = task({ state, reason: 'noProgress', attempts: 12, nextAt: null });
      expect(step(given, { kind: 'again' }, NOW)).toMatchObject({
        task: { state: 'commanded', attempts: 1 },
        act: { kind: 'install', takeOver: false },
      });
    }
    const installed = task({ state: 'installed', reason: null });
    expect(step(installed, { kind: 'again' }, NOW)).toEqual({
      task: installed,
      act: { kind: 'none' },
    });
  });
});

describe('an account on the device that is not the one of the license', () => {
  const other: TaskEvent = {
    kind: 'licensed',
    managed: undefined,
    obstacle: 'otherAccount',
    told: false,
  };

  it('stops what the device was not given yet, and what failed', () => {
    for (const state of ['commanded', 'failed'] as const) {
      const stopped = step(task({ state }), other, NOW);
      expect(stopped).toMatchObject({
        task: { state: 'blocked', reason: 'otherAccount' },
        act: { kind: 'cancel' },
      });
      expect(step(stopped.task, licensed(), NOW).act.kind).toBe('install');
    }
  });

  it('stops nothing that the device is at', () => {
    const given = { ...other, told: true } as const;
    expect(step(task(), given, NOW)).toEqual({ task: task(), act: { kind: 'none' } });
  });
});
