import * as fc from 'fast-check';
import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';

import { createCore } from '../../src/core/core.ts';
import { FaultError } from '../../src/core/fault-request.ts';
import { Heap } from '../../src/core/heap.ts';
import { createRandom } from '../../src/core/random.ts';

describe('Heap', () => {
  it('gives the smallest first', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), (numbers) => {
        const heap = new Heap<number>((a, b) => a < b);
        for (const number of numbers) heap.push(number);
        const popped = numbers.map(() => heap.pop());
        expect(popped).toEqual(numbers.toSorted((a, b) => a - b));
        expect(heap.pop()).toBeUndefined();
      }),
    );
  });
});

const draw = (seed: number): string => createRandom(seed).hex(32);

describe('createRandom', () => {
  it('repeats itself for the same seed, and differs for another', () => {
    expect(draw(1)).toBe(draw(1));
    expect(draw(1)).not.toBe(draw(2));
  });

  it('gives forks that depend on their name alone', () => {
    const used = createRandom(7);
    used.next();
    expect(used.fork('devices').uuid()).toBe(createRandom(7).fork('devices').uuid());
    expect(used.fork('devices').uuid()).not.toBe(used.fork('events').uuid());
  });

  it('makes version 4 UUIDs and integers within bounds', () => {
    const random = createRandom(3);
    expect(random.uuid()).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u,
    );
    const rolled = Array.from({ length: 200 }, () => random.integer(1, 6));
    expect(new Set(rolled)).toEqual(new Set([1, 2, 3, 4, 5, 6]));
  });
});

describe('Journal', () => {
  it('keeps every line, with both times', () => {
    const { journal, clock } = createCore({ start: new Date('2027-01-01T00:00:00Z') });
    for (let index = 0; index < 2500; index++) journal.write('tick', { index });
    const lines = journal.entries('tick');
    expect(lines.map((line) => line['index'])).toEqual(
      Array.from({ length: 2500 }, (_, index) => index),
    );
    expect(lines[0]).toMatchObject({
      kind: 'tick',
      simulatedTime: expect.stringMatching(/^2027-01-01T00:00:0/u),
    });
    expect(Date.parse(String(lines[0]?.['wallTime']))).not.toBeNaN();
    clock.close();
  });
});

describe('Counters', () => {
  it('counts in total and by scope', () => {
    const { counters } = createCore();
    counters.add('pages', 'a');
    counters.add('pages', 'b', 2);
    counters.add('pairs');
    expect(counters.snapshot()).toEqual({ pages: 3, pairs: 1 });
    expect(counters.snapshot('b')).toEqual({ pages: 2 });
    expect(counters.get('pages', 'nobody')).toBe(0);
  });
});

describe('Faults', () => {
  const kind = {
    kind: 'test.late',
    describes: 'Comes late.',
    settings: Type.Object({ seconds: Type.Number({ minimum: 0, default: 5 }) }),
    scope: ['location', 'path'],
  };

  it('strike as often as asked, only within their scope', () => {
    const { faults } = createCore();
    const point = faults.define(kind);
    faults.add({ kind: 'test.late', scope: { path: '/a' }, times: 2 });

    expect(point.strike({ path: '/b' })).toBeUndefined();
    expect(point.strike({ path: '/a', location: '1' })).toEqual({ seconds: 5 });
    expect(point.strike({ path: '/a' })).toEqual({ seconds: 5 });
    expect(point.strike({ path: '/a' })).toBeUndefined();
    expect(faults.list()).toEqual([]);
  });

  it('strike with their probability', () => {
    const { faults } = createCore();
    const point = faults.define(kind);
    faults.add({ kind: 'test.late', probability: 0.25 });
    const struck = Array.from({ length: 1000 }, () => point.strike({})).filter(Boolean).length;
    expect(struck).toBeGreaterThan(200);
    expect(struck).toBeLessThan(300);
  });

  it('can be taken away by id or kind', () => {
    const { faults } = createCore();
    const point = faults.define(kind);
    const first = faults.add({ kind: 'test.late' });
    faults.add({ kind: 'test.late', settings: { seconds: 9 } });
    expect(faults.remove({ id: first.id })).toBe(1);
    expect(point.strike({})).toEqual({ seconds: 9 });
    expect(faults.remove({ kind: 'test.late' })).toBe(1);
    expect(point.strike({})).toBeUndefined();
  });

  it('say what is wrong with a request', () => {
    const { faults } = createCore();
    faults.define(kind);
    expect(() => faults.add({ kind: 'other' })).toThrow(FaultError);
    expect(() => faults.add({ kind: 'test.late', settings: { seconds: -1 } })).toThrow(
      /settings\/seconds/u,
    );
    expect(() => faults.add({ kind: 'test.late', scope: { asset: '1' } })).toThrow(
      /location, path/u,
    );
  });
});
