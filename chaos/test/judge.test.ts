import { describe, expect, it } from 'vitest';
import type { Line } from '../src/journal.ts';
import { Judge } from '../src/judge.ts';

const asset = { adamId: '1', pricingParam: 'STDQ' };
const at = (second: number): string => new Date(Date.UTC(2026, 2, 2, 8, 0, second)).toISOString();

let seq = 0;

function line(second: number, kind: string, rest: Partial<Line>): Line {
  seq += 1;
  return { seq, kind, simulatedTime: at(second), uId: 'u', ...rest };
}

const owned = (total: number): Line => line(0, 'stock', { ...asset, total, reason: 'purchase' });

function asked(second: number, eventId: string, serialNumbers: string[]): Line {
  const body = { assets: [asset], serialNumbers };
  return line(second, 'request.accepted', { operation: 'associate', eventId, body });
}

function changed(second: number, change: string, serialNumber: string, eventId?: string): Line {
  const whose = eventId === undefined ? { by: 'other product' } : { eventId };
  return line(second, 'assignment', { ...asset, change, serialNumber, ...whose });
}

function repeats(second: number, reason: string, serialNumber: string, openSince?: number): Line {
  const open =
    openSince === undefined ? {} : { open: { eventId: 'e1', acceptedAt: at(openSince) } };
  const pairs = [{ ...asset, serialNumber }];
  return line(second, 'request.repeats', { reason, type: 'ASSOCIATE', pairs, ...open });
}

function rulesBroken(lines: readonly Line[]): readonly string[] {
  const judge = new Judge();
  judge.begin();
  judge.watch(lines);
  return judge.violations.map(({ rule }) => rule);
}

describe('the judge', () => {
  it('has nothing to say where every license is asked for once', () => {
    const lines = [owned(2), asked(1, 'e1', ['A', 'B']), changed(3, 'associated', 'A', 'e1')];
    expect(rulesBroken([...lines, changed(4, 'associated', 'B', 'e1')])).toEqual([]);
  });

  it('sees what is asked for while it is still open', () => {
    const lines = [owned(2), asked(1, 'e1', ['A'])];
    expect(rulesBroken([...lines, repeats(60, 'Open', 'A', 1)])).toEqual(['postedTwice']);
    expect(rulesBroken([...lines, repeats(60, 'OppositeOpen', 'A', 1)])).toEqual(['oppositeOpen']);
    expect(rulesBroken([...lines, repeats(700, 'Open', 'A', 1)])).toEqual([]);
  });

  it('sees what is asked for again after it has come true', () => {
    const lines = [owned(2), asked(1, 'e1', ['A']), changed(3, 'associated', 'A', 'e1')];
    expect(rulesBroken([...lines, repeats(60, 'Assigned', 'A')])).toEqual(['grantedTwice']);
  });

  it('sees more asked for than is owned, unless somebody else had a hand in it', () => {
    const others = changed(1, 'associated', 'Z');
    expect(rulesBroken([owned(1), asked(2, 'e1', ['A', 'B'])])).toEqual(['moreThanOwned']);
    expect(rulesBroken([owned(2), others, asked(2, 'e1', ['A', 'B'])])).toEqual([]);
  });

  it('sees a license of somebody else taken back', () => {
    const lines = [owned(2), changed(1, 'associated', 'Z')];
    expect(rulesBroken([...lines, changed(5, 'disassociated', 'Z', 'e9')])).toEqual([
      'foreignTouched',
    ]);
  });
});
