import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Rectangle, type RequestLimits, packChanges } from '../src/index.ts';
import { type Instance, type Pair, changesOf, pairsOf, seeded } from './packing-instances.ts';

const apple: RequestLimits = { maxAssets: 25, maxSerialNumbers: 1000, maxClientUserIds: 1000 };

const groups = (instance: Partial<Instance>): Pair[] =>
  pairsOf({ devices: 1000, groups: 1, overlap: 0, appsPerGroup: 20, ...instance });

const person = (id: number): boolean => id % 3 === 0;

const pairs = fc.array(
  fc.record({
    assetId: fc.integer({ min: 1, max: 12 }),
    holderId: fc.integer({ min: 1, max: 30 }),
  }),
  { maxLength: 250 },
);
const limits = fc.record({
  maxAssets: fc.integer({ min: 1, max: 6 }),
  maxSerialNumbers: fc.integer({ min: 1, max: 9 }),
  maxClientUserIds: fc.integer({ min: 1, max: 4 }),
});

const cellsOf = (requests: readonly Rectangle[]): string[] =>
  requests.flatMap(({ assetIds, holderIds }) =>
    assetIds.flatMap((assetId) => holderIds.map((holderId) => `${assetId}:${holderId}`)),
  );

/** What a planner would need that only puts holders with the very same wish together. */
function requestsPerClass(wanted: readonly Pair[], by: RequestLimits): number {
  const wishes = new Map<number, Set<number>>();
  for (const { assetId, holderId } of wanted)
    wishes.set(holderId, (wishes.get(holderId) ?? new Set()).add(assetId));
  const classes = Map.groupBy(wishes, ([, assets]) => [...assets].sort((a, b) => a - b).join(','));
  return [...classes.values()].reduce((sum, members) => {
    const people = members.filter(([id]) => person(id)).length;
    const deep = Math.max(
      Math.ceil(people / by.maxClientUserIds),
      Math.ceil((members.length - people) / by.maxSerialNumbers),
    );
    return sum + Math.ceil((members[0]?.[1].size ?? 0) / by.maxAssets) * deep;
  }, 0);
}

describe('packing changes into requests', () => {
  it('sends 1,000 devices × 20 apps in one request', () => {
    const requests = packChanges(changesOf(groups({})), apple);
    expect(requests).toHaveLength(1);
    expect(requests[0]?.assetIds).toHaveLength(20);
    expect(requests[0]?.holderIds).toHaveLength(1000);
  });

  it('cuts by both limits', () => {
    expect(packChanges(changesOf(groups({ devices: 1001, appsPerGroup: 26 })), apple)).toHaveLength(
      4,
    );
  });

  it('puts as many people and as many devices into a request as it takes', () => {
    const mixed = changesOf(groups({ devices: 2000 }), (id) => id % 2 === 0);
    expect(packChanges(mixed, apple)).toHaveLength(1);
  });

  it('covers exactly the wanted pairs, each once', () => {
    fc.assert(
      fc.property(pairs, limits, (wanted, by) => {
        const sent = cellsOf(packChanges(changesOf(wanted, person), by));
        const expected = new Set(wanted.map(({ assetId, holderId }) => `${assetId}:${holderId}`));
        expect(sent).toHaveLength(expected.size);
        expect(new Set(sent)).toEqual(expected);
      }),
    );
  });

  it('stays within the limits, and never needs more requests than per class', () => {
    fc.assert(
      fc.property(pairs, limits, (wanted, by) => {
        const requests = packChanges(changesOf(wanted, person), by);
        for (const { assetIds, holderIds } of requests) {
          const people = holderIds.filter(person).length;
          expect(assetIds.length).toBeLessThanOrEqual(by.maxAssets);
          expect(people).toBeLessThanOrEqual(by.maxClientUserIds);
          expect(holderIds.length - people).toBeLessThanOrEqual(by.maxSerialNumbers);
        }
        expect(requests.length).toBeLessThanOrEqual(requestsPerClass(wanted, by));
      }),
    );
  });

  it('gives the same requests in whatever order the pairs come', () => {
    const shuffled = pairs.chain((wanted) =>
      fc.record({
        wanted: fc.constant(wanted),
        other: fc.shuffledSubarray(wanted, { minLength: wanted.length }),
      }),
    );
    fc.assert(
      fc.property(shuffled, limits, ({ wanted, other }, by) => {
        expect(packChanges(changesOf(other, person), by)).toEqual(
          packChanges(changesOf(wanted, person), by),
        );
      }),
    );
  });

  it('refuses a limit below one, by name', () => {
    expect(() => packChanges(changesOf(groups({})), { ...apple, maxAssets: 0 })).toThrow(
      /maxAssets is 0/,
    );
  });
});

describe('packing what a fleet wants', () => {
  it('sends 700,000 pairs of 20 overlapping groups in at most 112 requests', () => {
    const wanted = groups({ devices: 20_000, groups: 20, overlap: 0.3, appsPerGroup: 5 });
    expect(wanted).toHaveLength(700_000);
    const requests = packChanges(changesOf(wanted), apple);
    expect(requests.length).toBeLessThanOrEqual(112);
    expect(new Set(cellsOf(requests)).size).toBe(700_000);
  }, 60_000);

  it('sends 100 apps to 20,000 devices in 80 requests', () => {
    expect(
      packChanges(changesOf(groups({ devices: 20_000, appsPerGroup: 100 })), apple),
    ).toHaveLength(80);
  }, 60_000);

  it('finds the common part of devices of which each lacks a few apps', () => {
    const next = seeded(1);
    const wanted = groups({ devices: 5000, appsPerGroup: 40 }).filter(() => next() < 0.95);
    expect(packChanges(changesOf(wanted), apple).length).toBeLessThan(80);
  });

  it('keeps a few odd holders from tearing long columns apart', () => {
    const odd = Array.from({ length: 200 }, (_, i) => ({
      assetId: 1000 + (i % 100),
      holderId: 100_000 + (i % 10) * 7 + (i % 3),
    }));
    expect(packChanges(changesOf([...groups({}), ...odd]), apple).length).toBeLessThan(32);
  });

  it('ends its search among a million pairs in a bounded time', () => {
    const next = seeded(1);
    const wanted = groups({ devices: 11_111, appsPerGroup: 100 }).filter(() => next() < 0.9);
    const before = process.cpuUsage();
    const requests = packChanges(changesOf(wanted), apple);
    const { user } = process.cpuUsage(before);
    expect(requests.length).toBeLessThan(1200);
    expect(user / 1e6).toBeLessThan(10);
  }, 60_000);
});
