import type { AssetChanges } from '../src/index.ts';

export interface Pair {
  readonly assetId: number;
  readonly holderId: number;
}

/** Pairs in the shape that is packed: what a test thinks of as a person is one. */
export function changesOf(
  pairs: readonly Pair[],
  isPerson: (holderId: number) => boolean = () => false,
): AssetChanges[] {
  return [...Map.groupBy(pairs, (pair) => pair.assetId)].map(([assetId, own]) => {
    const holderIds = own.map((pair) => pair.holderId);
    return {
      assetId,
      deviceIds: holderIds.filter((id) => !isPerson(id)),
      personIds: holderIds.filter(isPerson),
    };
  });
}

/** The instance of the bench `associate`: bundles of apps for overlapping groups, each of which a device may be in. */
export interface Instance {
  readonly devices: number;
  readonly groups: number;
  readonly overlap: number;
  readonly appsPerGroup: number;
}

/** App i belongs to group i mod G; a device is in its own group and in round(overlap × (G − 1)) others, seed 1. */
export function pairsOf({ devices, groups, overlap, appsPerGroup }: Instance): Pair[] {
  const next = seeded(1);
  const others = Math.round(overlap * (groups - 1));
  return Array.from({ length: devices }, (_, device) => {
    const own = device % groups;
    const rest = Array.from({ length: groups }, (_unused, group) => group).filter(
      (group) => group !== own,
    );
    for (let i = rest.length - 1; i > 0; i -= 1) {
      const j = Math.floor(next() * (i + 1));
      [rest[i], rest[j]] = [rest[j] ?? 0, rest[i] ?? 0];
    }
    return [own, ...rest.slice(0, others)].flatMap((group) =>
      Array.from({ length: appsPerGroup }, (_unused, app) => ({
        assetId: 1 + group + app * groups,
        holderId: 1 + device,
      })),
    );
  }).flat();
}

/** A linear congruential generator: the same seed, the same numbers, on every machine. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}
