/** One pair to change at Apple. Ids are ours. */
export interface PairChange {
  readonly assetId: number;
  readonly holderId: number;
}

/** One request: every asset of it for every holder of it. */
export interface Rectangle {
  readonly assetIds: readonly number[];
  readonly holderIds: readonly number[];
}

/** Apple's live limits of one associate or disassociate request. */
export interface RequestLimits {
  readonly maxAssets: number;
  readonly maxHolders: number;
}

/**
 * Packs changes of one operation into few requests that cover exactly these pairs, each once: holders that wish for
 * the same assets share requests. The same pairs give the same requests, in whatever order they come.
 */
export function packChanges(
  changes: readonly PairChange[],
  limits: RequestLimits,
): readonly Rectangle[] {
  const assetsOf = new Map<number, number[]>();
  for (const { assetId, holderId } of changes) {
    const assets = assetsOf.get(holderId);
    if (assets === undefined) assetsOf.set(holderId, [assetId]);
    else assets.push(assetId);
  }
  const classes = new Map<string, { assetIds: number[]; holderIds: number[] }>();
  for (const [holderId, assets] of assetsOf) {
    const assetIds = [...new Set(assets)].sort(ascending);
    const key = assetIds.join(',');
    const known = classes.get(key);
    if (known === undefined) classes.set(key, { assetIds, holderIds: [holderId] });
    else known.holderIds.push(holderId);
  }
  return [...classes.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, { assetIds, holderIds }]) => cut(assetIds, holderIds.sort(ascending), limits));
}

function cut(
  assetIds: readonly number[],
  holderIds: readonly number[],
  limits: RequestLimits,
): Rectangle[] {
  return slices(assetIds, limits.maxAssets).flatMap((assets) =>
    slices(holderIds, limits.maxHolders).map((holders) => ({
      assetIds: assets,
      holderIds: holders,
    })),
  );
}

function slices<T>(items: readonly T[], size: number): T[][] {
  const parts: T[][] = [];
  for (let start = 0; start < items.length; start += size)
    parts.push(items.slice(start, start + size));
  return parts;
}

const ascending = (a: number, b: number): number => a - b;
