import type { FaultScope } from '../../core/fault-request.ts';
import type { Random } from '../../core/random.ts';
import type { Asset } from '../assets.ts';
import type { Location } from '../location.ts';
import type { LicenseService } from '../service.ts';

/** Whom a happening can hit. */
export const SCOPE = ['location'];

export interface OwnedAsset {
  readonly location: Location;
  readonly asset: Asset;
}

/** The locations that a happening may hit. */
export function locationsAt({ registry }: LicenseService, { location }: FaultScope): Location[] {
  return registry.locations().filter(({ uId }) => uId === (location ?? uId));
}

/** One of the assets that fit, in one of the locations that the happening may hit. */
export function pickAsset(
  service: LicenseService,
  scope: FaultScope,
  random: Random,
  fits: (owned: OwnedAsset) => boolean,
): OwnedAsset | undefined {
  const owned = locationsAt(service, scope)
    .flatMap((location) => [...location.assets.values()].map((asset) => ({ location, asset })))
    .filter(fits);
  return owned.length === 0 ? undefined : random.pick(owned);
}

/** Whom it hit, for the journal. */
export function hitBy({ location, asset }: OwnedAsset): FaultScope {
  const { adamId, pricingParam } = asset.kind;
  return { location: location.uId, adamId, pricingParam };
}
