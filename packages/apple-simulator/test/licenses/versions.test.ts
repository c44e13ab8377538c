import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../src/core/clock.ts';
import { createRandom } from '../../src/core/random.ts';
import { createUuidV1 } from '../../src/licenses/versions.ts';

describe('version ids', () => {
  it('are made at any moment, a broken millisecond too, and never twice', () => {
    let wall = 1_000_000;
    const clock = new SimulatedClock({ start: 1_772_529_615_608.1296, speed: 3, wall: () => wall });
    const next = createUuidV1(clock, createRandom(1));
    const made = Array.from({ length: 50 }, () => {
      wall += 0.1;
      return next();
    });
    expect(new Set(made).size).toBe(50);
    for (const id of made)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
