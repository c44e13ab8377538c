import { describe, expect, it } from 'vitest';
import { DeviceJudge } from '../src/device-judge.ts';
import type { Line } from '../src/journal.ts';

const app = { adamId: '1', bundleId: 'org.example.one' };
const asset = { adamId: '1', pricingParam: 'STDQ', uId: 'u', serialNumber: 'A' };

const owner = { id: 'p', appleId: '1', left: false };

let seq = 0;

function line(minute: number, kind: string, rest: Partial<Line>): Line {
  seq += 1;
  const simulatedTime = new Date(Date.UTC(2026, 2, 2, 8, minute)).toISOString();
  return { seq, kind, simulatedTime, serialNumber: 'A', ...rest };
}

const associated = (minute: number): Line =>
  line(minute, 'assignment', { ...asset, change: 'associated', eventId: 'e1' });
const takenBack = (minute: number, eventId?: string): Line =>
  line(minute, 'assignment', {
    ...asset,
    change: 'disassociated',
    ...(eventId === undefined ? { by: 'other product' } : { eventId }),
  });
const answered = (minute: number): Line => line(minute, 'command.answered', {});
const install = (minute: number): Line =>
  line(minute, 'command.received', { requestType: 'InstallApplication', adamId: '1' });
const remove = (minute: number): Line =>
  line(minute, 'command.received', {
    requestType: 'RemoveApplication',
    bundleId: 'org.example.one',
  });

function rulesBroken(lines: readonly Line[], wantedSince?: number): readonly string[] {
  const judge = new DeviceJudge({
    titles: [app],
    wishes: { since: () => wantedSince },
    owners: { around: () => [owner] },
    clientUserIds: new Map([[owner.id, 'a-user']]),
  });
  judge.watch(lines);
  return judge.violations.map(({ rule }) => rule);
}

describe('the judge of what devices are told', () => {
  it('has nothing to say where the license was there when the server answered', () => {
    expect(rulesBroken([associated(1), answered(2), install(3)])).toEqual([]);
    expect(rulesBroken([associated(1), answered(2), takenBack(3, 'e2'), install(4)])).toEqual([]);
  });

  it('takes the license of the one whose the device is', () => {
    const { serialNumber: _device, ...license } = associated(1);
    const ofOwner = { ...license, clientUserId: 'a-user' };
    const ofOther = { ...license, clientUserId: 'another-user' };
    expect(rulesBroken([ofOwner, answered(2), install(3)])).toEqual([]);
    expect(rulesBroken([ofOther, answered(2), install(3)])).toEqual(['installedBeforeLicense']);
  });

  it('sees an install without a license', () => {
    expect(rulesBroken([answered(1), install(2)])).toEqual(['installedBeforeLicense']);
  });

  it('sees an install after we took the license back, not after somebody else did', () => {
    const lines = [associated(1), takenBack(2, 'e2'), answered(3), install(3)];
    expect(rulesBroken(lines)).toEqual(['installedAfterLicense']);
    expect(rulesBroken([associated(1), takenBack(2), answered(3), install(3)])).toEqual([]);
  });

  it('sees an app removed that has been wanted for long', () => {
    const nine = Date.UTC(2026, 2, 2, 8, 9);
    expect(rulesBroken([answered(30), remove(30)], nine)).toEqual(['removedThoughWanted']);
    expect(rulesBroken([answered(10), remove(10)], nine)).toEqual([]);
    expect(rulesBroken([answered(30), remove(30)])).toEqual([]);
  });
});
