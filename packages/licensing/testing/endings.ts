import { type EndReason, endOf, endingOf, reasonWithoutDevice } from '../src/index.ts';
import type { DemandRow, Organization, Wanted, WantedBecause } from './organization.ts';
import { type Verdict, holds, isAtApple, verdictOnBook, verdictOnDevice } from './verdicts.ts';

/** Why a row ends, or what keeps it from ending: a deleted group, or that its app is Available now. */
type Found = EndReason | 'suspended' | 'offered';

/**
 * What becomes of a license that no assignment wants any more: kept for some reason, or ended.
 *
 * @param stays whether it is a person's and serves a device where the app was Required and is Available now
 */
export function ending(
  organization: Organization,
  row: DemandRow,
  stays: boolean,
): { readonly wanted?: Wanted; readonly reason: EndReason | 'suspended' } {
  const found = endReason(organization, row, stays);
  const reason = found === 'offered' ? 'unassigned' : found;
  const { assetId, holder, appId } = row;
  const keep = (because: WantedBecause, until: Date | null) => ({
    reason,
    wanted: {
      assetId,
      holder,
      appId,
      because,
      ahead: row.takenFor === 'ahead',
      priority: null,
      until,
    },
  });
  // With its token went the app: that is never an unassignment (Law 11). What was never sent is simply dropped.
  const appGone = !organization.apps.some((app) => app.id === appId);
  if (row.asked && appGone && ofAssignments.has(reason)) return keep('appGone', null);
  const asset = organization.assets.find((one) => one.id === assetId);
  if (row.asked && asset?.revocable === false) return keep('irrevocable', null);
  if (reason === 'suspended')
    return holds(organization, assetId, holder) ? keep('suspended', null) : { reason };
  const tookForAvailable = holder.startsWith('device:') && row.takenFor !== 'required';
  if (found === 'offered' && !tookForAvailable && isAtApple(organization, assetId, holder))
    return keep('offered', null);
  if (endingOf(reason, row.onUnassign).license === 'kept' && holds(organization, assetId, holder))
    return keep('kept', null);
  const until = endOf(reason, organization.graces, organization.now, row.coming);
  return holds(organization, assetId, holder) && until > organization.now
    ? keep('grace', until)
    : { reason };
}

/** That no assignment wants a license on a device that is there and can be given something. */
const ofAssignments: ReadonlySet<EndReason | 'suspended'> = new Set([
  'unassigned',
  'excluded',
  'notApplicable',
  'replaced',
]);

function endReason(organization: Organization, row: DemandRow, stays: boolean): Found {
  const isHeld = organization.holds.some(
    (hold) => hold.assetId === row.assetId && hold.holder === row.holder,
  );
  if (isHeld) return 'hold';
  const id = row.holder.slice(row.holder.indexOf(':') + 1);
  return row.holder.startsWith('device:')
    ? deviceReason(organization, row, id)
    : personReason(organization, row, id, stays);
}

function deviceReason(organization: Organization, { assetId }: DemandRow, deviceId: string): Found {
  const device = organization.devices.find((one) => one.id === deviceId);
  const asset = organization.assets.find((one) => one.id === assetId);
  if (device === undefined || device.expected) return 'deviceDeleted';
  if (!device.managed) return 'deviceRetired';
  if (device.silent) return 'deviceSilent';
  return asset === undefined
    ? 'unassigned'
    : strongest([verdictOnDevice(organization, device, asset)]);
}

function personReason(
  organization: Organization,
  { assetId }: DemandRow,
  personId: string,
  stays: boolean,
): Found {
  const person = organization.people.find((one) => one.id === personId);
  const asset = organization.assets.find((one) => one.id === assetId);
  if (person?.deleted !== false) return 'leftOrganization';
  const devices = inUse(organization).filter(
    (device) =>
      device.personId === personId &&
      (asset?.revocable === false || isServed(organization, assetId, device)),
  );
  // What assignments say of devices that the license never served, or of a book without a device, counts for nothing.
  if (devices.length === 0) {
    const silent = organization.devices
      .filter((device) => device.personId === personId && device.managed && device.silent)
      .map((device) => ({ as: 'silent', order: device.silentOrder ?? 0 }) as const);
    return reasonWithoutDevice([
      ...silent,
      ...(person.departed === undefined ? [] : [person.departed]),
    ]);
  }
  if (asset === undefined) return 'unassigned';
  const book = verdictOnBook(organization, personId, asset);
  if (stays || book.what === 'offered') return 'offered';
  const verdicts = [
    ...devices
      .map((device) => verdictOnDevice(organization, device, asset))
      .filter((verdict) => verdict.what !== 'offered'),
    book,
  ];
  const replaced = verdicts.some((one) => one.what === 'want' && one.licenseType === 'device');
  return replaced ? 'replaced' : strongest(verdicts);
}

const isServed = (
  { served }: Organization,
  assetId: string,
  { id, personId }: Organization['devices'][number],
): boolean =>
  served.some((one) => one.assetId === assetId && one.deviceId === id && one.personId === personId);

function strongest(verdicts: readonly Verdict[]): Found {
  const has = (what: Verdict['what']): boolean => verdicts.some((verdict) => verdict.what === what);
  if (has('remove')) return 'uninstall';
  if (has('excluded')) return 'excluded';
  if (has('notApplicable')) return 'notApplicable';
  if (has('suspended')) return 'suspended';
  return has('offered') ? 'offered' : 'unassigned';
}

/** The devices that can be given something. */
export const inUse = ({ devices }: Organization): readonly Organization['devices'][number][] =>
  devices.filter((device) => device.expected || (device.managed && !device.silent));
