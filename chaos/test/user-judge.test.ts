import { describe, expect, it } from 'vitest';
import type { Line } from '../src/journal.ts';
import { UserJudge } from '../src/user-judge.ts';

const asset = { adamId: '1', pricingParam: 'STDQ' };
let seq = 0;

function line(minute: number, kind: string, rest: Partial<Line>): Line {
  seq += 1;
  const simulatedTime = new Date(Date.UTC(2026, 2, 2, 8, minute)).toISOString();
  return { seq, kind, simulatedTime, uId: 'u', ...rest };
}

function asked(minute: number, operation: string, eventId: string): Line {
  const body =
    operation === 'associate'
      ? { assets: [asset], clientUserIds: ['A'] }
      : { users: [{ clientUserId: 'A' }] };
  return line(minute, 'request.accepted', { operation, eventId, body });
}

const became = (minute: number, status: string, eventId: string): Line =>
  line(minute, 'user', { clientUserId: 'A', status, eventId });
const license = (minute: number, change: string, eventId: string): Line =>
  line(minute, 'assignment', { ...asset, clientUserId: 'A', change, eventId });
const ended = (minute: number, type: string, eventId: string): Line =>
  line(minute, 'event.step', { type, eventId, status: 'FAILED', failures: 1 });

function rulesBroken(lines: readonly Line[]): readonly string[] {
  const judge = new UserJudge();
  judge.watch(lines);
  return judge.violations.map(({ rule }) => rule);
}

const created = [asked(1, 'createUsers', 'e1'), became(2, 'Registered', 'e1')];

describe('the judge of users', () => {
  it('has nothing to say of who comes, gets, gives back and goes', () => {
    const lines = [
      ...created,
      asked(3, 'associate', 'e2'),
      license(4, 'associated', 'e2'),
      license(5, 'disassociated', 'e3'),
      asked(6, 'retireUsers', 'e4'),
      became(7, 'Retired', 'e4'),
      asked(8, 'createUsers', 'e5'),
    ];
    expect(rulesBroken(lines)).toEqual([]);
  });

  it('sees somebody created who is there or on the way, unless that came to nothing', () => {
    expect(rulesBroken([...created, asked(20, 'createUsers', 'e2')])).toEqual(['createdTwice']);
    const first = asked(1, 'createUsers', 'e1');
    const again = asked(3, 'createUsers', 'e2');
    expect(rulesBroken([first, again])).toEqual(['createdTwice']);
    expect(rulesBroken([first, ended(2, 'CREATE', 'e1'), again])).toEqual([]);
    expect(rulesBroken([first, asked(12, 'createUsers', 'e2')])).toEqual([]);
  });

  it('lets somebody be asked for again who came true after ten minutes, until a page of users shows them', () => {
    const late = [asked(1, 'createUsers', 'e1'), became(12, 'Registered', 'e1')];
    const again = asked(12, 'createUsers', 'e2');
    const page = line(12, 'page.served', { endpoint: '/users' });
    expect(rulesBroken([...late, again])).toEqual([]);
    expect(rulesBroken([...late, page, again])).toEqual(['createdTwice']);
    expect(rulesBroken([...late, again, asked(13, 'createUsers', 'e3')])).toEqual(['createdTwice']);
  });

  it('sees somebody retired who has a license, or may get one', () => {
    const lines = [...created, asked(3, 'associate', 'e2')];
    const retire = asked(5, 'retireUsers', 'e3');
    expect(rulesBroken([...lines, retire])).toEqual(['retiredHolding']);
    const has = license(4, 'associated', 'e2');
    expect(rulesBroken([...lines, has, retire])).toEqual(['retiredHolding']);
    expect(rulesBroken([...lines, ended(4, 'ASSOCIATE', 'e2'), retire])).toEqual([]);
  });

  it('sees a stranger retired', () => {
    expect(rulesBroken([asked(5, 'retireUsers', 'e3')])).toEqual(['strangerRetired']);
  });
});
