import { describe, expect, it } from 'vitest';

import { SimulatedClock } from '../../src/core/clock.ts';

const START = Date.parse('2027-01-01T00:00:00Z');

function frozenClock(speed = 1): { clock: SimulatedClock; errors: unknown[] } {
  const errors: unknown[] = [];
  const clock = new SimulatedClock({
    start: START,
    speed,
    wall: () => 0,
    onError: (error) => errors.push(error),
  });
  return { clock, errors };
}

describe('SimulatedClock', () => {
  it('runs what falls due while it is moved, in order, each at its own time', async () => {
    const { clock } = frozenClock();
    const seen: [string, number][] = [];
    clock.after(3000, () => void seen.push(['late', clock.now() - START]));
    clock.after(1000, () => {
      seen.push(['early', clock.now() - START]);
      clock.after(500, () => void seen.push(['follow-up', clock.now() - START]));
    });
    const cancel = clock.after(2000, () => void seen.push(['canceled', 0]));
    cancel();

    await clock.advance(3000);

    expect(seen).toEqual([
      ['early', 1000],
      ['follow-up', 1500],
      ['late', 3000],
    ]);
    expect(clock.now()).toBe(START + 3000);
    clock.close();
  });

  it('lets those who wait go on before the next moment comes', async () => {
    const { clock } = frozenClock();
    const seen: number[] = [];
    const waiting = (async () => {
      await clock.wait(1000);
      await clock.wait(1000);
      seen.push(clock.now() - START);
    })();
    clock.after(5000, () => void seen.push(clock.now() - START));

    await clock.advance(5000);
    await waiting;

    expect(seen).toEqual([2000, 5000]);
    clock.close();
  });

  it('follows real time at its speed', () => {
    let wall = 0;
    const clock = new SimulatedClock({ start: START, speed: 60, wall: () => wall });
    wall = 1000;
    expect(clock.now()).toBe(START + 60_000);
    clock.setSpeed(1);
    wall = 2000;
    expect(clock.now()).toBe(START + 61_000);
  });

  it('skips delays at speed 0, in order of the due times, and stands still', async () => {
    const { clock } = frozenClock(0);
    const seen: string[] = [];
    clock.after(2000, () => void seen.push('second'));
    clock.after(1000, () => void seen.push('first'));

    await clock.wait(5000);

    expect(seen).toEqual(['first', 'second']);
    expect(clock.now()).toBe(START);
  });

  it('stops waiting with the reason of the signal', async () => {
    const { clock } = frozenClock();
    const stop = new AbortController();
    const waiting = clock.wait(1000, stop.signal);
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    clock.close();
  });

  it('reports what a run throws and goes on', async () => {
    const { clock, errors } = frozenClock();
    let ran = false;
    clock.after(1, () => Promise.reject(new Error('broken')));
    clock.after(2, () => void (ran = true));
    await clock.advance(10);
    expect(errors).toEqual([new Error('broken')]);
    expect(ran).toBe(true);
    clock.close();
  });

  it('refuses to go backwards or at an impossible speed', async () => {
    const { clock } = frozenClock();
    await expect(clock.advance(-1)).rejects.toThrow(RangeError);
    expect(() => clock.setSpeed(Number.NaN)).toThrow(RangeError);
  });
});
