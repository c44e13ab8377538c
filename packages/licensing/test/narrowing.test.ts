import { array, assert, integer, option, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Rectangle, type Trial, narrowDown } from '../src/index.ts';

/** What the service will not have: undefined stands for any. */
interface Culprit {
  readonly assetId?: number | undefined;
  readonly holderId?: number | undefined;
}

interface Found {
  readonly blamed: readonly string[];
  readonly accepted: readonly string[];
  readonly requests: number;
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);
const pairsOf = ({ assetIds, holderIds }: Rectangle): string[] =>
  assetIds.flatMap((asset) => holderIds.map((holder) => `${asset} ${holder}`));
const refuses = (culprits: readonly Culprit[], { assetIds, holderIds }: Rectangle): boolean =>
  culprits.some(
    ({ assetId, holderId }) =>
      (assetId === undefined || assetIds.includes(assetId)) &&
      (holderId === undefined || holderIds.includes(holderId)),
  );

/** Sends what is to be sent next, until nothing is left. */
function search(whole: Rectangle, culprits: readonly Culprit[], titlesOnly = false): Found {
  let trials: Trial[] = [{ id: 1, outcome: 'waiting', ...whole }];
  const blamed: string[] = [];
  const accepted: string[] = [];
  let [ids, requests] = [1, 0];
  for (;;) {
    const next = trials.findLast((trial) => trial.outcome === 'waiting');
    if (next === undefined) return { blamed, accepted, requests };
    requests += 1;
    const isRefused = refuses(culprits, next);
    if (!isRefused) accepted.push(...pairsOf(next));
    const answered: Trial = { ...next, outcome: isRefused ? 'refused' : 'accepted' };
    trials = trials.map((trial) => (trial === next ? answered : trial));
    for (const { id, blamed: guilty, parts } of narrowDown(
      trials,
      isRefused ? next.id : undefined,
      titlesOnly,
    )) {
      if (guilty !== undefined) blamed.push(...pairsOf(guilty));
      if (id !== next.id) trials = trials.filter((trial) => trial.id !== id);
      for (const part of parts) trials.push({ id: (ids += 1), outcome: 'waiting', ...part });
    }
  }
}

const oracle = (whole: Rectangle, culprits: readonly Culprit[]): string[] =>
  whole.assetIds.flatMap((asset) =>
    whole.holderIds
      .filter((holder) => refuses(culprits, { assetIds: [asset], holderIds: [holder] }))
      .map((holder) => `${asset} ${holder}`),
  );

/** Every pair is blamed or accepted, once, and only those are blamed that are refused alone. */
function expectOnlyTheGuilty(whole: Rectangle, culprits: readonly Culprit[]): Found {
  const found = search(whole, culprits);
  expect(found.blamed.toSorted()).toEqual(oracle(whole, culprits).toSorted());
  expect([...found.blamed, ...found.accepted].toSorted()).toEqual(pairsOf(whole).toSorted());
  return found;
}

describe('the culprit of a refused request', () => {
  const whole = { assetIds: upTo(25), holderIds: upTo(40) };
  const large = { assetIds: upTo(25), holderIds: upTo(1000) };

  it.each([
    ['a holder', { holderId: 17 }, 25],
    ['an asset', { assetId: 9 }, 40],
    ['a pair', { assetId: 25, holderId: 40 }, 1],
  ])('is %s of 25 by 40: nothing else is blamed, in few requests', (_, culprit, pairs) => {
    const { blamed, requests } = expectOnlyTheGuilty(whole, [culprit]);
    expect(blamed).toHaveLength(pairs);
    // log2 of 25 and of 40 together is 10; each cut is two requests, and some tell what is to blame.
    expect(requests).toBeLessThanOrEqual(28);
  });

  it('is one holder of a thousand', () => {
    const { blamed, requests } = search(large, [{ holderId: 640 }]);
    expect(blamed).toHaveLength(25);
    expect(requests).toBeLessThanOrEqual(36);
  });

  it('is one asset for a thousand holders, and not tried with each', () => {
    const { blamed, requests } = search(large, [{ assetId: 20 }]);
    expect(blamed).toHaveLength(1000);
    expect(requests).toBeLessThanOrEqual(36);
  });

  it('is looked for among assets only where the refusal is about one', () => {
    const { blamed, requests } = search(whole, [{ assetId: 3 }], true);
    expect(blamed).toHaveLength(40);
    expect(requests).toBeLessThanOrEqual(12);
  });

  it('is each of the people when there are no assets', () => {
    const trial: Trial = { id: 7, outcome: 'refused', assetIds: [], holderIds: [4, 5] };
    const halves = narrowDown([trial], 7, false);
    expect(halves).toEqual([
      {
        id: 7,
        blamed: undefined,
        parts: [
          { assetIds: [], holderIds: [5] },
          { assetIds: [], holderIds: [4] },
        ],
      },
    ]);
  });

  it('is found wherever one or two are, and everything else goes through', () => {
    const culprit = record({
      assetId: option(integer({ min: 1, max: 12 }), { nil: undefined }),
      holderId: option(integer({ min: 1, max: 30 }), { nil: undefined }),
    }).filter(({ assetId, holderId }) => assetId !== undefined || holderId !== undefined);
    assert(
      property(
        integer({ min: 1, max: 12 }),
        integer({ min: 1, max: 30 }),
        array(culprit, { minLength: 1, maxLength: 2 }),
        (assets, holders, culprits) => {
          const { requests } = expectOnlyTheGuilty(
            { assetIds: upTo(assets), holderIds: upTo(holders) },
            culprits,
          );
          expect(requests).toBeLessThanOrEqual(70);
        },
      ),
      { numRuns: 500 },
    );
  });
});
