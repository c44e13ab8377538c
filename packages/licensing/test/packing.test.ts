import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PairChange, packChanges } from '../src/index.ts';

const limits = { maxAssets: 25, maxHolders: 1000 };

function pairs(assets: number, holders: number): PairChange[] {
  return Array.from({ length: assets * holders }, (_, i) => ({
    assetId: 1 + (i % assets),
    holderId: 1 + Math.floor(i / assets),
  }));
}

describe('packing changes into requests', () => {
  it('sends 1,000 devices × 20 apps in one request', () => {
    const requests = packChanges(pairs(20, 1000), limits);
    expect(requests).toHaveLength(1);
    expect(requests[0]?.assetIds).toHaveLength(20);
    expect(requests[0]?.holderIds).toHaveLength(1000);
  });

  it('cuts by both limits', () => {
    expect(packChanges(pairs(26, 1001), limits)).toHaveLength(4);
  });

  it('covers exactly the wanted pairs, each once, within the limits, in any order of arrival', () => {
    const change = fc.record({
      assetId: fc.integer({ min: 1, max: 12 }),
      holderId: fc.integer({ min: 1, max: 30 }),
    });
    const someLimits = fc.record({
      maxAssets: fc.integer({ min: 1, max: 6 }),
      maxHolders: fc.integer({ min: 1, max: 9 }),
    });
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 150 }),
        someLimits,
        fc.integer(),
        (changes, small, seed) => {
          const requests = packChanges(changes, small);
          const sent = requests.flatMap((request) =>
            request.assetIds.flatMap((assetId) =>
              request.holderIds.map((holderId) => `${assetId}:${holderId}`),
            ),
          );
          const wanted = new Set(changes.map(({ assetId, holderId }) => `${assetId}:${holderId}`));
          expect(sent).toHaveLength(wanted.size);
          expect(new Set(sent)).toEqual(wanted);
          for (const request of requests) {
            expect(request.assetIds.length).toBeLessThanOrEqual(small.maxAssets);
            expect(request.holderIds.length).toBeLessThanOrEqual(small.maxHolders);
          }
          const shuffled = changes.toSorted(
            (a, b) =>
              ((a.holderId * 31 + a.assetId * 17 + seed) % 7) -
              ((b.holderId * 31 + b.assetId * 17 + seed) % 7),
          );
          expect(packChanges(shuffled, small)).toEqual(requests);
        },
      ),
    );
  });
});
