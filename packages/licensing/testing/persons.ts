import { serve } from '../src/index.ts';
import { inUse } from './endings.ts';
import type { Asset, Device, Organization, Pair, Placement, ServedBefore } from './organization.ts';
import {
  type Verdict,
  holds,
  isAtApple,
  keyOf,
  verdictOnBook,
  verdictOnDevice,
} from './verdicts.ts';

type WantVerdict = Extract<Verdict, { readonly what: 'want' | 'suspended' }>;
type Said = WantVerdict | Extract<Verdict, { readonly what: 'offered' }>;

/** One reason for a pair to be wanted: a person's license can be wanted for several devices. */
export interface Wish extends Pair {
  readonly verdict: WantVerdict;
}

/** What one license of a person comes to. */
export interface PersonsWishes {
  readonly wishes: readonly Wish[];
  readonly placements: readonly Placement[];
  /** It stays for a device where the app was Required and is Available now, were nothing else to want it. */
  readonly stays: readonly Pair[];
}

/** Whether something wants a license, were it only because it is there. */
export const wants = (verdict: Verdict): verdict is WantVerdict =>
  verdict.what === 'want' || verdict.what === 'suspended';

const says = (verdict: Verdict): verdict is Said => wants(verdict) || verdict.what === 'offered';

/** What a person's license of an asset is wanted for: a book, or the devices it serves. */
export function personsWishes(
  organization: Organization,
  asset: Asset,
  personId: string,
): PersonsWishes {
  const holder = `person:${personId}` as const;
  const devices = inUse(organization).filter((device) => device.personId === personId);
  if (devices.length === 0) return { wishes: [], placements: [], stays: [] };
  const candidates = devices.flatMap((device) => candidate(organization, asset, device, holder));
  const { served, refused } = serve(candidates, organization.devicesPerPerson);
  const book = verdictOnBook(organization, personId, asset);
  const place = (device: Candidate, isRefused: boolean): Placement => ({
    assetId: asset.id,
    deviceId: device.id,
    personId,
    ahead: device.verdict.ahead,
    kept: device.verdict.what === 'offered',
    refused: isRefused,
  });
  const stays = served.some(({ verdict }) => verdict.what === 'offered');
  return {
    wishes: [
      // Where the app is kept on one device, the license is more than taken ahead for the others.
      ...served.flatMap(({ verdict }) =>
        wants(verdict)
          ? [{ assetId: asset.id, holder, verdict: { ...verdict, ahead: verdict.ahead && !stays } }]
          : [],
      ),
      ...(wants(book) ? [{ assetId: asset.id, holder, verdict: book }] : []),
    ],
    placements: [
      ...served.map((device) => place(device, false)),
      ...refused
        .filter(({ verdict }) => verdict.licenseType === 'user')
        .map((device) => place(device, true)),
    ],
    stays: stays ? [{ assetId: asset.id, holder }] : [],
  };
}

/** A device that a person's license is to serve, or goes on serving. */
interface Candidate extends Device {
  readonly served: boolean;
  readonly verdict: Said;
}

function candidate(
  organization: Organization,
  asset: Asset,
  device: Device,
  holder: `person:${string}`,
): readonly Candidate[] {
  const before = organization.served.find(
    (one) =>
      one.assetId === asset.id && one.deviceId === device.id && one.personId === device.personId,
  );
  const served = before !== undefined;
  const verdict = verdictOnDevice(organization, device, asset);
  if (!says(verdict)) return [];
  const isThere = mayStay(organization, { assetId: asset.id, holder }, verdict, before);
  if (verdict.licenseType === 'user')
    return verdict.what === 'want' || isThere ? [{ ...device, served, verdict }] : [];
  // The license goes on serving a device until the device's own is there: never neither.
  return isThere && !hasOwn(organization, asset, device) ? [{ ...device, served, verdict }] : [];
}

/** Whether the license is there and may go on serving the device; where it is merely offered, what was Required alone. */
function mayStay(
  organization: Organization,
  { assetId, holder }: Pair,
  verdict: Said,
  before: ServedBefore | undefined,
): boolean {
  if (before === undefined) return false;
  return verdict.what === 'offered'
    ? before.takenFor === 'required' && isAtApple(organization, assetId, holder)
    : holds(organization, assetId, holder);
}

/**
 * Whether the device's own license is confirmed by Apple, as ours or as found: of this asset, or of another of the same
 * title that does not come to its end.
 */
function hasOwn(organization: Organization, asset: Asset, device: Device): boolean {
  const holder = `device:${device.id}` as const;
  const ofTitle = organization.assets.filter(({ adamId }) => adamId === asset.adamId);
  return organization.rows.some(
    (row) =>
      row.holder === holder &&
      ofTitle.some(({ id }) => id === row.assetId) &&
      (row.assetId === asset.id || row.coming === undefined) &&
      (row.held || (!row.granted && organization.foreign.some((one) => keyOf(one) === keyOf(row)))),
  );
}
