import type { Core } from '../core/world.ts';
import type { Asset } from './assets.ts';
import type { Location } from './location.ts';
import type { Notifier } from './notifications.ts';

/** Why a stock changed. */
export type StockReason = 'purchase' | 'refund' | 'transfer' | 'unlimited';

interface Surroundings {
  readonly core: Core;
  readonly notifier: Notifier;
}

/** Adds licenses to the stock or takes some away, and tells the subscribed server the difference. */
export async function changeStock(
  { core, notifier }: Surroundings,
  location: Location,
  asset: Asset,
  countDelta: number,
  reason: StockReason,
): Promise<void> {
  asset.total += countDelta;
  location.assetsVersion.touch();
  journalStock(core, location, asset, reason, countDelta);
  const { adamId, pricingParam } = asset.kind;
  await notifier.send(location, 'ASSET_COUNT', { adamId, pricingParam, countDelta });
}

/** Takes bought licenses back, assigned ones too. */
export async function refundLicenses(
  surroundings: Surroundings,
  location: Location,
  asset: Asset,
  quantity: number,
): Promise<void> {
  asset.retired += quantity;
  await changeStock(surroundings, location, asset, -quantity, 'refund');
}

export function journalStock(
  { journal }: Core,
  { uId }: Location,
  asset: Asset,
  reason: StockReason,
  countDelta: number,
): void {
  const { adamId, pricingParam } = asset.kind;
  const { assigned, totalCount: total } = asset;
  journal.write('stock', { uId, adamId, pricingParam, reason, countDelta, assigned, total });
}
