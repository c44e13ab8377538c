import { assetKeyOf, holderOf } from './journal.ts';
import type { App, Organization } from './organization.ts';
import type { Stage } from './stage.ts';

/** A license at Apple. */
export interface Assigned {
  readonly adamId: string;
  readonly pricingParam: string;
  readonly serialNumber?: string;
  readonly clientUserId?: string;
  /** The event of ours that assigned it; undefined: somebody else did. */
  readonly eventId?: string;
}

/** As the judge names an asset. */
export function keyOf({ uId, adamId }: Pick<App, 'uId' | 'adamId'>): string {
  return assetKeyOf(uId, { adamId, pricingParam: 'STDQ' });
}

/** Who has a license, by asset and then by holder. */
export async function readAssigned(
  { apple }: Stage,
  locations: Organization['locations'],
): Promise<ReadonlyMap<string, ReadonlyMap<string, Assigned>>> {
  const all = new Map<string, Map<string, Assigned>>();
  for (const { uId } of locations) {
    const text = await apple.text('GET', `/_control/assignments?uId=${uId}`);
    for (const line of text.split('\n').filter((one) => one !== '')) {
      const assigned = JSON.parse(line) as Assigned;
      const key = assetKeyOf(uId, assigned);
      const holders = all.get(key) ?? new Map<string, Assigned>();
      all.set(key, holders.set(holderOf(assigned), assigned));
    }
  }
  return all;
}

/** Licenses owned; unlimited titles are left out. */
export async function readTotals({ apple }: Stage): Promise<ReadonlyMap<string, number>> {
  const { locations } = await apple.json<{
    locations: {
      uId: string;
      assets: { adamId: string; pricingParam: string; total: number | null }[];
    }[];
  }>('GET', '/_control/state');
  return new Map(
    locations.flatMap(({ uId, assets }) =>
      assets.flatMap((asset) =>
        asset.total === null ? [] : [[assetKeyOf(uId, asset), asset.total] as const],
      ),
    ),
  );
}
