import type { UserRecord } from './users.ts';

/** What Apple answers as the stock of an unlimited title. */
export const UNLIMITED_COUNT = 2_147_483_647;

export type PricingParam = 'STDQ' | 'PLUS';

/** A device is named by its serial number, a user by the record. */
export type Holder = string | UserRecord;

/** Where a change came from: an event of the service, the portal, another product, a person. */
export interface Cause {
  readonly eventId?: string;
  readonly by?: 'portal' | 'other product' | 'person';
}

/** One license of an asset in somebody's hands, as it was when it was read. */
export interface Assignment {
  readonly asset: Asset;
  readonly holder: Holder;
  /** Who gave the license to the holder. */
  readonly cause: Cause;
  /** Simulated ms at which Apple settled it. */
  readonly settledAt: number;
  /** Irrevocable, and its user has retired: it counts as retired instead of assigned. */
  readonly usedUp: boolean;
}

export interface AssetKind {
  readonly adamId: string;
  readonly pricingParam: PricingParam;
  readonly productType: 'App' | 'Book';
  readonly deviceAssignable: boolean;
  readonly revocable: boolean;
  readonly supportedPlatforms: readonly string[];
}

/** The licenses a location has of one title at one price: its stock. */
export class Asset {
  readonly kind: AssetKind;
  unlimited: boolean;
  /** Not among the location's assets for now; what is assigned stays so. */
  vanished = false;
  total = 0;
  retired = 0;
  /** Licenses in use; those of retired users are in `retired` instead. */
  assigned = 0;
  maximumAssigned = 0;

  constructor(kind: AssetKind, unlimited: boolean) {
    this.kind = kind;
    this.unlimited = unlimited;
  }

  get key(): string {
    return assetKey(this.kind);
  }

  /** Licenses that can still be assigned; 0 also when refunds left fewer than are assigned. */
  get available(): number {
    return Math.max(0, this.totalCount - this.assigned);
  }

  /** The stock as Apple names it. */
  get totalCount(): number {
    return this.unlimited ? UNLIMITED_COUNT : Math.max(0, this.total);
  }

  /** Notes that one more license is in use. */
  take(): void {
    this.assigned++;
    this.maximumAssigned = Math.max(this.maximumAssigned, this.assigned);
  }
}

/** A holder as Apple writes it. */
export function holderFields(holder: Holder): { serialNumber: string } | { clientUserId: string } {
  return typeof holder === 'string'
    ? { serialNumber: holder }
    : { clientUserId: holder.clientUserId };
}

export function assetKey(kind: { readonly adamId: string; readonly pricingParam: string }): string {
  return `${kind.adamId}:${kind.pricingParam}`;
}
