import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';

import { createCore } from '../../src/core/core.ts';
import { FaultError, type FaultKind } from '../../src/core/fault-request.ts';
import { drawSchedule } from '../../src/core/schedule.ts';

const kind = {
  kind: 'test.late',
  describes: 'Comes late.',
  settings: Type.Object({ seconds: Type.Number({ minimum: 0, default: 5 }) }),
  scope: ['location', 'path'],
};
const core = () => createCore({ start: new Date('2027-01-01T00:00:00Z') });

describe('faults', () => {
  it('strike only from their beginning to their end in simulated time', async () => {
    const { faults, clock } = core();
    const point = faults.define(kind);
    faults.add({ kind: 'test.late', afterSeconds: 60, forSeconds: 60 });
    expect(point.strike({})).toBeUndefined();
    await clock.advance(61_000);
    expect(point.strike({})).toEqual({ seconds: 5 });
    expect(faults.list()).toHaveLength(1);
    await clock.advance(60_000);
    expect(point.strike({})).toBeUndefined();
    expect(faults.list()).toEqual([]);
    clock.close();
  });

  it('can be aimed by a pattern', () => {
    const { faults, clock } = core();
    const point = faults.define(kind);
    faults.add({ kind: 'test.late', scope: { path: '/assets/*' } });
    expect(point.strike({ path: '/assets' })).toBeUndefined();
    expect(point.strike({ path: '/assets/associate' })).toBeDefined();
    expect(point.strike({})).toBeUndefined();
    clock.close();
  });

  it('pass by what does not fit their settings, without being used up', () => {
    const { faults, clock } = core();
    const point = faults.define(kind);
    faults.add({ kind: 'test.late', times: 1 });
    expect(point.strike({}, ({ seconds }) => seconds > 9)).toBeUndefined();
    expect(point.strike({}, ({ seconds }) => seconds === 5)).toBeDefined();
    clock.close();
  });

  it('are counted by kind and location, and journaled when they act', () => {
    const { faults, strikes, journal, clock } = core();
    const point = faults.define(kind);
    faults.add({ kind: 'test.late' });
    point.strike({ location: '1', path: '/a' });
    point.strike({ location: '2' });
    expect(strikes.snapshot()).toEqual({ 'test.late': 2 });
    expect(strikes.snapshot('1')).toEqual({ 'test.late': 1 });
    expect(journal.entries('fault.struck')[0]).toMatchObject({
      fault: 'test.late',
      location: '1',
      path: '/a',
    });
    clock.close();
  });
});

/** A core in which something can happen, and a list of the simulated seconds at which it did. */
function stage() {
  const all = core();
  const start = all.clock.now();
  const seconds: number[] = [];
  all.happenings.define({
    ...kind,
    kind: 'test.happens',
    happen: (_settings, scope) => {
      seconds.push(Math.floor((all.clock.now() - start) / 1000));
      return { location: '1', ...scope };
    },
  });
  return { ...all, seconds };
}

describe('happenings', () => {
  it('come at once, or later, as often as asked', async () => {
    const { happenings, clock, strikes, seconds } = stage();
    await happenings.add({ kind: 'test.happens' });
    expect(seconds).toEqual([0]);
    await happenings.add({ kind: 'test.happens', afterSeconds: 10, forSeconds: 20, times: 3 });
    expect(happenings.list()).toMatchObject([{ kind: 'test.happens', times: 3 }]);
    await clock.advance(31_000);
    expect(seconds).toHaveLength(4);
    expect(Math.min(...seconds.slice(1))).toBeGreaterThanOrEqual(10);
    expect(strikes.get('test.happens', '1')).toBe(4);
    expect(happenings.list()).toEqual([]);
    clock.close();
  });

  it('can be called off', async () => {
    const { happenings, clock, seconds } = stage();
    const { id } = await happenings.add({ kind: 'test.happens', afterSeconds: 10 });
    expect(happenings.remove({ id })).toBe(1);
    await clock.advance(11_000);
    expect(seconds).toEqual([]);
    clock.close();
  });

  it('refuse what nobody knows', async () => {
    const { happenings, clock } = stage();
    await expect(happenings.add({ kind: 'other' })).rejects.toThrow(FaultError);
    await expect(
      happenings.add({ kind: 'test.happens', settings: { seconds: -1 } }),
    ).rejects.toThrow(/settings\/seconds/u);
    clock.close();
  });
});

describe('a schedule', () => {
  const kinds: FaultKind[] = ['a', 'b', 'c'].map((name) => ({
    ...kind,
    kind: name,
    draw: (random) => ({ seconds: random.integer(1, 9) }),
  }));
  const draw = (seed: number, count = 9) =>
    drawSchedule(
      { seed, seconds: 100, count, kinds: [{ kind: 'a' }, { kind: 'b', times: 7 }] },
      kinds,
      (name) => name === 'b',
    );

  it('is the same for the same seed, and another for another', () => {
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it('uses every kind asked for, draws what is left open, and ends in time', () => {
    const drawn = draw(3);
    expect(drawn).toHaveLength(9);
    expect(new Set(drawn.slice(0, 2).map((each) => each.kind))).toEqual(new Set(['a', 'b']));
    for (const { kind: name, times, settings, afterSeconds = 0, forSeconds = 0 } of drawn) {
      expect(afterSeconds + forSeconds).toBeLessThanOrEqual(100);
      expect(settings).toEqual({ seconds: expect.any(Number) });
      expect(name === 'b' ? [7] : [1, 2, 3]).toContain(times);
    }
  });

  it('refuses a kind that nobody knows', () => {
    const strange = { seed: 1, seconds: 1, count: 1, kinds: [{ kind: 'z' }] };
    expect(() => drawSchedule(strange, kinds, () => false)).toThrow(/"z"/u);
  });
});

describe('the journal', () => {
  it('numbers its lines, and gives those after a number, of some kinds', () => {
    const { journal, clock } = core();
    const source = {
      kind: 'packed',
      read: (index: number) => ({ simulatedMs: 0, wallMs: 0, fields: { index } }),
    };
    for (let index = 0; index < 5; index++) {
      journal.write('plain', { index });
      journal.refer(source, index * 2);
      journal.refer(source, index * 2 + 1);
    }
    const read = (filter: object) =>
      [...journal.read(filter)]
        .join('')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as { seq: number; kind: string; index: number });
    const all = read({});
    expect(all.map(({ seq }) => seq)).toEqual(Array.from({ length: 15 }, (_, at) => at + 1));
    expect(all.filter((line) => line.kind === 'packed').map(({ index }) => index)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
    ]);
    for (let since = 0; since <= 15; since++) expect(read({ since })).toEqual(all.slice(since));
    expect(read({ since: 5, kinds: ['plain'] }).map(({ index }) => index)).toEqual([2, 3, 4]);
    expect(journal.last).toBe(15);
    clock.close();
  });
});
