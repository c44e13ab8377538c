import { describe, expect, it } from 'vitest';
import { step } from '../../src/delivery/state.ts';
import { ordinary, type TaskEvent } from '../../src/delivery/task.ts';
import {
  acknowledged,
  DAY,
  failedWith,
  later,
  MINUTE,
  NOW,
  reported,
  task,
} from './support/events.ts';

describe('the answer to an install', () => {
  it.each([
    ['Queued', 'installing'],
    ['Redeeming', 'installing'],
    ['ValidatingPurchase', 'installing'],
    ['Installing', 'installing'],
    ['Prompting', 'waitingForPerson'],
    ['PromptingForManagement', 'waitingForTakeOver'],
    ['PromptingForLogin', 'signInNeeded'],
    ['SomethingNew', 'installing'],
    [null, 'installing'],
  ])('Acknowledged with state %s means accepted, not installed', (appleState, reason) => {
    expect(step(task(), acknowledged(appleState), NOW)).toMatchObject({
      task: { state: 'installing', reason, nextAt: later(5_000) },
      act: { kind: 'none' },
    });
  });

  it.each([
    ['AppStoreDisabled', 'failed', 'storeDisabled', -2016330860, later(MINUTE / 2)],
    ['CouldNotVerifyAppID', 'failed', 'appNotFound', -2016330883, later(MINUTE / 2)],
    ['ManagementChangeNotSupported', 'failed', 'takeOverFailed', -2016330865, later(DAY)],
    ['NotAnApp', 'failed', 'notAnApp', null, null],
    ['NotSupported', 'notApplicable', 'notSupported', null, null],
    ['Other', 'failed', 'installFailed', -2016330908, later(MINUTE / 2)],
    ['PurchaseMethodNotSupported', 'failed', 'licenseNotFound', -2016330859, later(MINUTE / 2)],
    ['PurchaseMethodNotSupportedInMultiUser', 'failed', 'multiUser', -2016330861, null],
    ['SomethingNew', 'failed', 'installFailed', -2016330908, later(MINUTE / 2)],
  ])('rejected with %s', (rejection, state, reason, errorCode, nextAt) => {
    const result = step(task(), acknowledged(null, rejection), NOW);
    expect(result.task).toMatchObject({ state, reason, errorCode, nextAt });
    expect(result.task?.errorDetail).toMatchObject({ rejectionReason: rejection });
    expect(result.act).toEqual({ kind: 'none' });
  });

  it('takes an app over that the person installed, and gives up for a day when that fails too', () => {
    const first = step(task(), acknowledged(null, 'AppAlreadyInstalled'), NOW);
    expect(first).toMatchObject({
      task: { state: 'commanded', reason: 'installedByPerson', attempts: 2 },
      act: { kind: 'install', takeOver: true },
    });
    expect(step(first.task, acknowledged(null, 'AppAlreadyInstalled'), NOW)).toMatchObject({
      task: { state: 'failed', reason: 'takeOverFailed', nextAt: later(DAY) },
      act: { kind: 'none' },
    });
  });

  it('takes nothing over under User Enrollment, where Apple does not allow it, and says so', () => {
    const own = { ...ordinary, takesOver: false };
    const there = [
      acknowledged(null, 'AppAlreadyInstalled'),
      acknowledged('UserInstalledApp'),
      failedWith(12025),
    ];
    for (const event of there) {
      const refused = step(task(), event, NOW, own);
      expect(refused).toMatchObject({
        task: { state: 'failed', reason: 'takeOverNotAllowed', nextAt: later(DAY) },
        act: { kind: 'none' },
      });
      for (const kind of ['due', 'again'] as const)
        expect(step(refused.task, { kind }, later(DAY), own).act).toEqual({
          kind: 'install',
          takeOver: false,
        });
    }
    const installing = task({ state: 'installing' });
    expect(step(installing, reported('UserInstalledApp'), NOW, own).act.kind).toBe('none');
  });

  it('an app already queued is on its way', () => {
    expect(step(task(), acknowledged(null, 'AppAlreadyQueued'), NOW).task?.state).toBe(
      'installing',
    );
  });

  it.each([
    [[9610], 'failed', 'licenseNotFound'],
    [[12064, 2605], 'failed', 'licenseNotFound'],
    [[12023], 'failed', 'appNotFound'],
    [[12027], 'failed', 'notAnApp'],
    [[12031], 'failed', 'storeDisabled'],
    [[12035], 'failed', 'notForSale'],
    [[12040], 'failed', 'signInNeeded'],
    [[12047], 'failed', 'licenseNotFound'],
    [[12063], 'failed', 'userRejected'],
    [[12065], 'failed', 'systemApp'],
    [[12078], 'failed', 'lostMode'],
    [[506], 'installing', 'installing'],
    [[12026], 'installing', 'installing'],
    [[1407], 'installing', 'waitingForPerson'],
    [[12025], 'commanded', 'installedByPerson'],
    [[4, 9610], 'failed', 'licenseNotFound'],
    [[], 'failed', 'installFailed'],
  ])('Error with %j', (codes, state, reason) => {
    expect(step(task(), failedWith(...codes), NOW).task).toMatchObject({ state, reason });
  });

  it.each([
    ['declined by the person: asked again a day later', 12063, 0x87d13b62, later(DAY)],
    ['without its license: Apple is asked meanwhile', 12047, 0x87d13b95, later(MINUTE / 2)],
    ['a part of the system: never again', 12065, 0x87d13b96, null],
    ['in Lost Mode: a day later', 12078, 0x87d13b97, later(DAY)],
    ['not sold any more', 12035, 0x87d15613, later(MINUTE / 2)],
  ])('%s', (_, appleCode, hex, nextAt) => {
    const { task: failed, act } = step(task(), failedWith(appleCode), NOW);
    expect(failed).toMatchObject({ state: 'failed', errorCode: hex | 0, nextAt });
    expect(failed?.errorDetail).toMatchObject({ errorChain: [{ code: appleCode }] });
    expect(act.kind).toBe('none');
  });

  it('keeps a number nobody knows, in Intune’s encoding and raw', () => {
    expect(step(task(), failedWith(2064), NOW).task).toMatchObject({
      reason: 'installFailed',
      errorCode: (0x87d10000 + 12064) | 0,
      errorDetail: { errorChain: [{ code: 2064 }] },
    });
  });

  it('a command the device does not understand is our mistake and not repeated', () => {
    const event: TaskEvent = { kind: 'answered', answer: { status: 'CommandFormatError' } };
    expect(step(task(), event, NOW).task).toMatchObject({
      reason: 'commandNotUnderstood',
      nextAt: null,
    });
  });

  it('counts only for the install the task waits for', () => {
    const installed = task({ state: 'installed', attempts: 0 });
    expect(step(installed, failedWith(9610), NOW)).toEqual({
      task: installed,
      act: { kind: 'none' },
    });
  });
});
