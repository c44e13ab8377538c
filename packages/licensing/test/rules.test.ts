import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type StatusFacts,
  brakeAllowance,
  decideBrake,
  installView,
  licenseState,
  nextSyncAt,
  noLicensesLeft,
  retryDelayMs,
} from '../src/index.ts';

describe('the brake', () => {
  it('lets 20 go, or 5 % where that is more', () => {
    expect(brakeAllowance(0)).toBe(20);
    expect(brakeAllowance(400)).toBe(20);
    expect(brakeAllowance(1000)).toBe(50);
  });

  it('counts what went within the last day', () => {
    expect(decideBrake(100, 15, 5)).toEqual({ go: true });
    expect(decideBrake(100, 16, 5)).toEqual({ go: false, waiting: 5, allowed: 20 });
  });

  it('never stops a decision that takes nothing back', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (held, lately) => {
        expect(decideBrake(held, lately, 0)).toEqual({ go: true });
      }),
    );
  });

  it('lets no more than the allowance go within a day, however it is cut', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 5000 }),
        fc.array(fc.nat(200), { maxLength: 30 }),
        (held, steps) => {
          let left = held;
          let lately = 0;
          for (const step of steps) {
            const now = Math.min(step, left);
            if (!decideBrake(left, lately, now).go) continue;
            left -= now;
            lately += now;
          }
          expect(lately).toBeLessThanOrEqual(brakeAllowance(held));
        },
      ),
    );
  });
});

describe('timing', () => {
  const moment = new Date('2026-11-23T06:00:00Z');
  const chance = fc.double({ min: 0, max: 0.999_999, noNaN: true });

  it('puts two syncs into any day [brief 18]', () => {
    fc.assert(
      fc.property(chance, chance, (first, second) => {
        const once = nextSyncAt(moment, () => first);
        const twice = nextSyncAt(once, () => second);
        expect(twice.getTime() - moment.getTime()).toBeLessThanOrEqual(24 * 60 * 60 * 1000);
        expect(once.getTime() - moment.getTime()).toBeGreaterThanOrEqual(11.5 * 60 * 60 * 1000);
      }),
    );
  });

  it('grows the pause after refusals and bounds it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), chance, (attempts, random) => {
        const pause = retryDelayMs(attempts, () => random);
        expect(pause).toBeGreaterThanOrEqual(0.9 * 60_000);
        expect(pause).toBeLessThanOrEqual(1.1 * 6 * 60 * 60 * 1000);
      }),
    );
    expect(retryDelayMs(3, () => 0.5)).toBe(4 * 60_000);
  });
});

describe('license and install states', () => {
  const none = {
    wanted: true,
    granted: false,
    held: false,
    found: false,
    failure: null as number | null,
    covered: false,
    requested: false,
  };
  const facts = (demand: Partial<typeof none>, task?: StatusFacts['task']): StatusFacts => ({
    demand: { ...none, ...demand },
    task,
    applicable: true,
    notApplicableReason: null,
  });

  it.each([
    [{}, 'waiting'],
    [{ granted: true }, 'granted'],
    [{ granted: true, requested: true }, 'requested'],
    [{ granted: true, held: true }, 'held'],
    [{ found: true }, 'found'],
    [{ wanted: false, granted: true, held: true }, 'returning'],
    [{ wanted: false }, 'none'],
    [{ covered: true }, 'covered'],
    [{ covered: true, failure: 9610 }, 'covered'],
    [{ failure: 9709 }, 'waiting'],
    [{ failure: 9610 }, 'failed'],
  ] as const)('says %j is %s', (demand, state) => {
    expect(licenseState({ ...none, ...demand })).toBe(state);
  });

  it('shows a waiting device as failed for lack of licenses, by Intune’s code', () => {
    const view = installView(facts({}));
    expect(view).toMatchObject({
      installState: 'failed',
      installStateDetail: 'seeInstallErrorCode',
      errorCode: -2016330882,
    });
    expect(noLicensesLeft >>> 0).toBe(0x87d13b7e);
  });

  it('shows whom Apple refused with its number, and for lack of licenses only where there were none', () => {
    const failed = { installState: 'failed', installStateDetail: 'seeInstallErrorCode' };
    expect(installView(facts({ failure: 9610 }))).toMatchObject({ ...failed, errorCode: 9610 });
    expect(installView(facts({ failure: 9709 }))).toMatchObject({
      ...failed,
      errorCode: noLicensesLeft,
    });
  });

  it('shows no failure, and nothing to come, where another asset of the title serves', () => {
    for (const failure of [null, 9610])
      expect(installView(facts({ covered: true, failure }))).toEqual({
        license: 'covered',
        installState: 'notInstalled',
        installStateDetail: 'noAdditionalDetails',
        errorCode: 0,
      });
  });

  it('never takes a held license or a told device for an installed app', () => {
    expect(installView(facts({ granted: true, held: true })).installState).toBe('pendingInstall');
    const told = { state: 'commanded', errorCode: null, stateDetail: null } as const;
    expect(installView(facts({ granted: true, held: true }, told)).installState).toBe(
      'pendingInstall',
    );
    const done = { state: 'installed', errorCode: null, stateDetail: null } as const;
    expect(installView(facts({ granted: true, held: true }, done)).installState).toBe('installed');
  });

  it('expects no install from a license that Apple shows and nobody here wants', () => {
    expect(installView(facts({ wanted: false, found: true }))).toMatchObject({
      license: 'found',
      installState: 'notInstalled',
    });
  });

  it('shows an app whose license went back and that is still there as installed', () => {
    const done = { state: 'installed', errorCode: null, stateDetail: null } as const;
    expect(installView(facts({ wanted: false }, done)).installState).toBe('installed');
  });

  it('shows why an installed app is not updated, with the number of its task', () => {
    const errorCode = 0x87d13b9f | 0;
    const task = {
      state: 'installed',
      errorCode,
      stateDetail: 'vppAppHasUpdateAvailable',
    } as const;
    expect(installView(facts({ granted: true, held: true }, task))).toEqual({
      license: 'held',
      installState: 'installed',
      installStateDetail: 'vppAppHasUpdateAvailable',
      errorCode,
    });
  });

  it('shows a removal that failed as that, whatever became of the license', () => {
    const errorCode = 0x87d1041d | 0;
    const task = { state: 'removalFailed', errorCode, stateDetail: null } as const;
    for (const demand of [{ wanted: false }, { granted: true, held: true }, {}])
      expect(installView(facts(demand, task))).toMatchObject({
        installState: 'uninstallFailed',
        installStateDetail: 'seeUninstallErrorCode',
        errorCode,
      });
  });

  it('shows an app that is to go as installed until the device has removed it', () => {
    const task = { errorCode: null, stateDetail: null };
    const stateOf = (state: 'removing' | 'removed'): string =>
      installView(facts({ wanted: false }, { ...task, state })).installState;
    expect([stateOf('removing'), stateOf('removed')]).toEqual(['installed', 'notInstalled']);
  });
});
