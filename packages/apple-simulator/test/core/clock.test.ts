import { afterEach, describe, expect, it, vi } from 'vitest';

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

describe('SimulatedClock in real time', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('has one timer however much is scheduled, and none when nothing is', async () => {
    vi.useFakeTimers();
    const clock = new SimulatedClock({ speed: 10 });
    let ran = 0;
    for (let second = 1; second <= 1000; second++) clock.after(second * 1000, () => void ran++);
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(50_000);
    expect(ran).toBe(500);
    clock.setSpeed(1000);
    await vi.advanceTimersByTimeAsync(600);
    expect(ran).toBe(1000);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('waits longer than one timer can', async () => {
    vi.useFakeTimers();
    const clock = new SimulatedClock({ speed: 0.001 });
    let ran = false;
    clock.after(86_400_000, () => void (ran = true));
    await vi.advanceTimersByTimeAsync(2 ** 31);
    expect(ran).toBe(false);
    await vi.advanceTimersByTimeAsync(86_400_001_000 - 2 ** 31);
    expect(ran).toBe(true);
  });

  it('has no timer left once closed', () => {
    vi.useFakeTimers();
    const clock = new SimulatedClock();
    clock.after(1000, () => undefined);
    clock.close();
    clock.after(1000, () => undefined);
    expect(vi.getTimerCount()).toBe(0);
  });
});
