import type { Database } from '../db/connect.ts';

/** Ids of titles, by adamId and pricingParam: a page of a thousand rows makes no names of its own to look them up. */
export type AssetIds = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** The ids of a location's titles. */
export async function assetIdsOf(db: Database, locationUid: string): Promise<AssetIds> {
  const assets = await db
    .selectFrom('library.asset')
    .select(['id', 'adamId', 'pricingParam'])
    .where('locationUid', '=', locationUid)
    .execute();
  const byAdamId = Map.groupBy(assets, (asset) => asset.adamId);
  return new Map(
    Array.from(byAdamId, ([adamId, prices]) => [
      adamId,
      new Map(prices.map((asset) => [asset.pricingParam, asset.id])),
    ]),
  );
}
