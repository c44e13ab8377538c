import { describe, expect, it } from 'vitest';
import { ordinary } from '../../src/delivery/task.ts';
import { askDueAppLists, askDueInventories } from '../../src/devices/inventory.ts';
import { openMdm } from '../devices/support/mdm.ts';
import { AssignedApp } from './support/assigned.ts';
import { step } from '../../src/delivery/state.ts';
import { DAY, later, licensed, MINUTE, NOW, reported, task } from './support/events.ts';

const HOUR = 60 * MINUTE;

describe('an installed app that its person removes', () => {
  it('comes back after an hour where it is required; one that is updating is left alone', () => {
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

  it('comes back later each time, within the day always, and forgets after a week without [L 49]', () => {
    let current = task({ state: 'installed', appleState: 'Managed', attempts: 0 });
    let now = NOW;
    const remove = (): number => {
      const gone = step(current, reported(undefined), now).task ?? current;
      const pause = (gone.nextAt?.getTime() ?? 0) - now.getTime();
      now = new Date(now.getTime() + pause);
      const told = step(gone, { kind: 'due' }, now);
      expect(told.act.kind).toBe('install');
      current = step(told.task, reported('Managed'), now).task ?? current;
      expect(current.state).toBe('installed');
      return pause / (60 * MINUTE);
    };
    expect(Array.from({ length: 7 }, remove)).toEqual([1, 2, 4, 8, 12, 12, 12]);
    now = new Date(now.getTime() + 7 * DAY);
    expect(remove()).toBe(1);
  });

  it('stays away where nothing requires it, until somebody asks for it or it is required', () => {
    const optional = { ...ordinary, optional: true };
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

  it('does not come back where it is not required any more', () => {
    const lost = step(task({ state: 'installed' }), reported(undefined), NOW).task;
    const optional = step(lost, licensed(), NOW, { ...ordinary, optional: true });
    expect(optional.task).toMatchObject({ state: 'removed', reason: 'optionalRemoved' });
    expect(step(optional.task, { kind: 'due' }, later(DAY)).act.kind).toBe('none');
  });
});

it('[L 49] a required app that its person removes again and again comes back each time, the pause growing', async () => {
  await using mdm = await openMdm();
  const app = await AssignedApp.open(mdm);
  await app.session();
  for (const hours of [1, 2, 4]) {
    app.listed = undefined;
    expect(await app.tells()).toEqual([]);
    expect(await app.task()).toMatchObject({ state: 'failed', reason: 'removedByPerson' });
    mdm.clock.advance(hours * 60 * MINUTE - MINUTE);
    expect(await app.session()).toEqual([]);
    mdm.clock.advance(2 * MINUTE);
    expect(await app.session()).toMatchObject([{ requestType: 'InstallApplication' }]);
    expect(await app.task()).toMatchObject({ state: 'installed', reason: null });
  }
});

it('[L 49] a required app is back within a day of its removal, also the tenth within a week', async () => {
  await using mdm = await openMdm();
  const app = await AssignedApp.open(mdm);
  await app.session();
  mdm.clock.advance(2 * HOUR);
  await app.tells();
  await mdm.context.db
    .updateTable('delivery.task')
    .set({ removals: 9, removedAt: mdm.clock.now() })
    .execute();
  app.listed = undefined;
  let hours = 0;
  while (app.listed === undefined && hours < 48) {
    hours += 1;
    mdm.clock.advance(HOUR);
    await askDueInventories(mdm.context);
    await askDueAppLists(mdm.context);
    await app.session();
  }
  expect(hours).toBeLessThan(24);
  expect(await app.task()).toMatchObject({ state: 'installed', removals: 10 });
});
