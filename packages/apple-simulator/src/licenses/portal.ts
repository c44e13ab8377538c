import { type Asset, assetKey, type PricingParam } from './assets.ts';
import type { Location } from './location.ts';
import { PortalError } from './portal-error.ts';
import type { LicenseService } from './service.ts';
import { changeStock, journalStock, refundLicenses } from './stock.ts';

/** Apple moves at most so many licenses in one transfer. */
const MAXIMUM_TRANSFER = 24_999;

interface Lot {
  readonly adamId: string;
  readonly pricingParam?: PricingParam | undefined;
  readonly quantity: number;
}

export interface Purchase {
  readonly adamId: string;
  readonly pricingParam?: PricingParam | undefined;
  /** Absent: unlimited, which free titles are by default. */
  readonly quantity?: number | undefined;
}

/** Buys licenses for a location, as a content manager does. @throws PortalError */
export async function purchase(
  service: LicenseService,
  location: Location,
  order: Purchase,
): Promise<Asset> {
  const title = service.catalog.title(order.adamId);
  if (title === undefined)
    throw new PortalError(`adamId: the catalog has no title ${order.adamId}.`);
  if (order.quantity === undefined && !title.free) {
    throw new PortalError(`quantity: ${title.name} is not free, so say how many.`);
  }
  const asset = service.library.assetOf(location, title, order.pricingParam ?? 'STDQ');
  if (order.quantity !== undefined) {
    await changeStock(service, location, asset, order.quantity, 'purchase');
    return asset;
  }
  asset.unlimited = true;
  location.assetsVersion.touch();
  journalStock(service.core, location, asset, 'unlimited', 0);
  const { adamId, pricingParam } = asset.kind;
  await service.notifier.send(location, 'UNLIMITED_ASSET', { adamId, pricingParam });
  return asset;
}

/** Apple takes bought licenses back, assigned ones too: the asset may be over-assigned then. @throws PortalError */
export async function refund(
  service: LicenseService,
  location: Location,
  lot: Lot,
): Promise<Asset> {
  const asset = ownedAsset(location, lot);
  if (lot.quantity > asset.total) {
    throw new PortalError(`quantity: only ${asset.total} licenses can be refunded.`);
  }
  await refundLicenses(service, location, asset, lot.quantity);
  return asset;
}

/** A title goes away from the location's assets, or comes back; what is assigned stays so. @throws PortalError */
export function setVanished(
  { core }: LicenseService,
  location: Location,
  { adamId, pricingParam = 'STDQ' }: Omit<Lot, 'quantity'>,
  vanished: boolean,
): Asset {
  const asset = location.assets.get(assetKey({ adamId, pricingParam }));
  if (asset === undefined) {
    throw new PortalError(`adamId: ${location.name} has no ${adamId} ${pricingParam}.`);
  }
  asset.vanished = vanished;
  location.assetsVersion.touch();
  const kind = vanished ? 'title.vanished' : 'title.returned';
  core.journal.write(kind, { uId: location.uId, adamId, pricingParam });
  return asset;
}

/** Moves unassigned licenses to another location. @throws PortalError */
export async function transfer(
  service: LicenseService,
  from: Location,
  to: Location,
  lot: Lot,
): Promise<void> {
  const asset = ownedAsset(from, lot);
  if (lot.quantity > MAXIMUM_TRANSFER) {
    throw new PortalError(`quantity: at most ${MAXIMUM_TRANSFER} licenses in one transfer.`);
  }
  if (lot.quantity > asset.available) {
    throw new PortalError(`quantity: only ${asset.available} licenses are unassigned.`);
  }
  const title = service.catalog.title(lot.adamId);
  if (title === undefined) throw new PortalError(`adamId: the catalog has no title ${lot.adamId}.`);
  const target = service.library.assetOf(to, title, asset.kind.pricingParam);
  await changeStock(service, from, asset, -lot.quantity, 'transfer');
  await changeStock(service, to, target, lot.quantity, 'transfer');
}

function ownedAsset(location: Location, lot: Lot): Asset {
  const pricingParam = lot.pricingParam ?? 'STDQ';
  const asset = location.assets.get(assetKey({ adamId: lot.adamId, pricingParam }));
  if (asset === undefined || asset.unlimited) {
    throw new PortalError(
      `adamId: ${location.name} has no counted licenses of ${lot.adamId} ${pricingParam}.`,
    );
  }
  return asset;
}
