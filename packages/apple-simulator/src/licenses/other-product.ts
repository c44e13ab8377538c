import {
  type Asset,
  assetKey,
  type Cause,
  type Holder,
  holderFields,
  type PricingParam,
} from './assets.ts';
import { chunks } from './event.ts';
import type { Location } from './location.ts';
import type { LicenseService } from './service.ts';

export const BY_OTHER_PRODUCT: Cause = { by: 'other product' };

/** One asset and those to whom another product gives it, or from whom it takes it. */
export interface ForeignChange {
  readonly adamId: string;
  readonly pricingParam?: PricingParam | undefined;
  readonly serialNumbers?: readonly string[] | undefined;
  readonly clientUserIds?: readonly string[] | undefined;
}

export interface ForeignResult {
  readonly changed: number;
  /** What could not be done, counted by asset and Apple's error number. */
  readonly failures: { adamId: string; pricingParam: string; errorNumber: number; count: number }[];
}

/** Assigns or takes back as another product would, at once. Pairs that are so already are left alone and not counted. */
export async function changeAsOtherProduct(
  service: LicenseService,
  location: Location,
  operation: 'associate' | 'disassociate',
  changes: readonly ForeignChange[],
  notify: boolean,
): Promise<ForeignResult> {
  const failures = new Map<string, ForeignResult['failures'][number]>();
  const done: object[] = [];
  for (const { adamId, pricingParam = 'STDQ', serialNumbers = [], clientUserIds = [] } of changes) {
    const asset = location.assets.get(assetKey({ adamId, pricingParam }));
    const users = clientUserIds.map((clientUserId) => location.users.active(clientUserId));
    for (const holder of [...users, ...serialNumbers]) {
      if (
        asset &&
        holder !== undefined &&
        location.assignments.has(asset, holder) === (operation === 'associate')
      )
        continue;
      const errorNumber = change(service, location, operation, asset, holder);
      if (errorNumber === undefined && holder !== undefined) {
        done.push({ adamId, pricingParam, ...holderFields(holder) });
      } else if (errorNumber !== undefined) {
        const key = `${adamId}:${pricingParam}:${errorNumber}`;
        const failure = failures.get(key) ?? { adamId, pricingParam, errorNumber, count: 0 };
        failure.count++;
        failures.set(key, failure);
      }
    }
  }
  if (notify) {
    const type = operation === 'associate' ? 'ASSOCIATE' : 'DISASSOCIATE';
    for (const assignments of chunks(done)) {
      await service.notifier.send(location, 'ASSET_MANAGEMENT', {
        assignments,
        type,
        result: 'SUCCESS',
      });
    }
  }
  return { changed: done.length, failures: [...failures.values()] };
}

function change(
  { library }: LicenseService,
  location: Location,
  operation: 'associate' | 'disassociate',
  asset: Asset | undefined,
  holder: Holder | undefined,
): number | undefined {
  if (holder === undefined) return 9609;
  if (asset === undefined) return 9709;
  if (operation === 'disassociate')
    return library.takeBack(location, asset, holder, BY_OTHER_PRODUCT);
  if (typeof holder === 'string' && !asset.kind.deviceAssignable) return 9707;
  return library.grant(location, asset, holder, BY_OTHER_PRODUCT);
}
