import { type AssetReference, readPricing } from './common.ts';
import {
  type Fields,
  optionalBoolean,
  optionalInteger,
  optionalText,
  readObjects,
  readTexts,
  requiredAdamId,
} from './read.ts';

/** A title the location owns licenses of. */
export interface Asset extends AssetReference {
  /** `App` or `Book`; values not known yet pass through. */
  readonly productType: string;
  /** Free titles mostly are: `totalCount` and `availableCount` mean nothing then and are null. */
  readonly unlimited: boolean;
  readonly totalCount: number | null;
  readonly availableCount: number | null;
  readonly assignedCount: number;
  readonly retiredCount: number;
  readonly deviceAssignable: boolean;
  readonly revocable: boolean;
  /** `iOS`, `macOS`, `tvOS`, `watchOS`, `visionOS`; values not known yet pass through. */
  readonly supportedPlatforms: readonly string[];
}

/** What Apple writes as the total of a title without limit; never to be shown or summed. */
const unlimitedTotal = 2_147_483_647;

/** The titles of one page: limited and unlimited ones come in the same list or in two. */
export function readAssets(fields: Fields): Asset[] {
  return [
    ...readObjects(fields, 'assets', (asset) => readAsset(asset, false)),
    ...readObjects(fields, 'unlimitedAssets', (asset) => readAsset(asset, true)),
  ];
}

function readAsset(fields: Fields, listedAsUnlimited: boolean): Asset {
  const total = optionalInteger(fields, 'totalCount');
  const unlimited = listedAsUnlimited || (total !== undefined && total >= unlimitedTotal);
  const available = optionalInteger(fields, 'availableCount');
  return {
    adamId: requiredAdamId(fields),
    pricingParam: readPricing(fields),
    productType: optionalText(fields, 'productType') ?? 'App',
    unlimited,
    totalCount: unlimited ? null : (total ?? 0),
    availableCount: unlimited ? null : (available ?? 0),
    assignedCount: optionalInteger(fields, 'assignedCount') ?? 0,
    retiredCount: optionalInteger(fields, 'retiredCount') ?? 0,
    deviceAssignable: optionalBoolean(fields, 'deviceAssignable') ?? false,
    revocable: optionalBoolean(fields, 'revocable') ?? true,
    supportedPlatforms: readTexts(fields, 'supportedPlatforms'),
  };
}
