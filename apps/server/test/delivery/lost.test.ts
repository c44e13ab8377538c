import { describe, expect, it } from 'vitest';
import { step } from '../../src/delivery/state.ts';
import { DAY, later, licensed, MINUTE, NOW, reported, task } from './support/events.ts';

describe('an installed app that its person removes', () => {
  it('brings a removed app back after an hour, and leaves an updating one alone', () => {
    const installed = task({ state: 'installed', appleState: 'Managed', attempts: 0 });
    for (const gone of [undefined, 'ManagedButUninstalled'])
      expect(step(installed, reported(gone), NOW).task).toMatchObject({
        state: 'failed',
        reason: 'removedByPerson',
        nextAt: later(60 * MINUTE),
      });
    expect(step(installed, reported('Updating'), NOW).task).toMatchObject({ state: 'installed' });
    expect(step(installed, reported('UpdateRejected'), NOW).task).toMatchObject({
      state: 'installed',
      reason: 'updateRejected',
    });
  });

  it('leaves an app away that nothing requires, until somebody asks for it or it is required', () => {
    const optional = { optional: true };
    const there = task({ state: 'installed', appleState: 'Managed', attempts: 0 });
    for (const gone of [undefined, 'ManagedButUninstalled'])
      expect(step(there, reported(gone), NOW, optional).task).toMatchObject({
        state: 'removed',
        reason: 'optionalRemoved',
        errorCode: -2016330906,
        nextAt: null,
      });
    const away = step(there, reported(undefined), NOW, optional).task;
    expect(step(away, licensed(), NOW, optional)).toEqual({ task: away, act: { kind: 'none' } });
    expect(step(away, { kind: 'again' }, NOW, optional).act.kind).toBe('none');
    expect(step(away, { kind: 'asked' }, NOW, optional).act.kind).toBe('install');
    expect(step(away, licensed(), NOW).act.kind).toBe('install');
    expect(step(away, reported('Managed'), NOW, optional).task?.state).toBe('installed');
  });

  it('does not bring back what is not required any more', () => {
    const lost = step(task({ state: 'installed' }), reported(undefined), NOW).task;
    const optional = step(lost, licensed(), NOW, { optional: true });
    expect(optional.task).toMatchObject({ state: 'removed', reason: 'optionalRemoved' });
    expect(step(optional.task, { kind: 'due' }, later(DAY)).act.kind).toBe('none');
  });
});
