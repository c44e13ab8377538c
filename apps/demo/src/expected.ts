import type { AppleTitle } from './apple.ts';
import type { DemoDevice, DemoOrganization } from './organization.ts';
import { findApp } from './scene.ts';
import { type Seen, licenseName } from './seen.ts';
import { groupsByApp } from './story.ts';

/** A device and an app that it is to have, and how far that came. */
export interface Expected {
  readonly organization: DemoOrganization;
  readonly device: DemoDevice;
  readonly title: AppleTitle;
  /** There are fewer licenses of the app than devices that are to have it. */
  readonly scarce: boolean;
  /** Apple has assigned a license of the app to the device. */
  readonly licensed: boolean;
  /** The app is on the device, managed. */
  readonly managed: boolean;
}

/** What every device is to have at the end, worked out from the organizations alone, with what Apple shows of it. */
export function expectations(seen: Seen): readonly Expected[] {
  const { organizations, told, tokens, apps } = seen;
  const managed = new Set(
    seen.devices.flatMap(({ serialNumber, apps: installed }) =>
      installed
        .filter((app) => app.state === 'Managed' && app.managed)
        .map(({ bundleId }) => `${serialNumber} ${bundleId}`),
    ),
  );
  return organizations.flatMap((organization) => {
    const uId = told.uIds.get(organization.tokenName);
    const tokenId = tokens.find((token) => token.displayName === organization.tokenName)?.id;
    return [...groupsByApp(organization)].flatMap(([adamId, groupNames]) => {
      if (adamId === organization.second?.dropped) return [];
      const title = told.titles.get(adamId);
      if (title === undefined)
        throw new Error(`The catalog of Apple in a box has no title ${adamId}.`);
      const scarce = findApp(apps, tokenId, adamId).waiting > 0;
      return members(organization, groupNames)
        .filter((device) => runsOn(title, device))
        .map((device) => ({
          organization,
          device,
          title,
          scarce,
          licensed: seen.licenses.has(licenseName(uId, adamId, device.serialNumber)),
          managed: managed.has(`${device.serialNumber} ${title.bundleId}`),
        }));
    });
  });
}

/** Whether the app has to be there by now: only who waits for a scarce license may be without. */
export function isDue({ scarce, licensed }: Expected): boolean {
  return licensed || !scarce;
}

/** The devices of some groups, by themselves or by their people. */
function members(
  { groups, devices }: DemoOrganization,
  names: readonly string[],
): readonly DemoDevice[] {
  const theirs = groups.filter((group) => names.includes(group.name));
  return devices.filter((device) =>
    theirs.some(
      (group) =>
        group.serialNumbers.includes(device.serialNumber) ||
        (device.personName !== undefined && group.people.includes(device.personName)),
    ),
  );
}

/** Said apart from the program's own rule, on purpose: a mistake there must show here. */
function runsOn(title: AppleTitle, device: DemoDevice): boolean {
  const family = device.family.toLowerCase();
  if (family === 'mac') return title.families.includes('mac') && title.platforms.includes('macOS');
  const fits =
    title.families.includes(family) || (family === 'ipad' && title.families.includes('iphone'));
  return fits && versionNumber(device.osVersion) >= versionNumber(title.minimumOsVersion);
}

function versionNumber(version: string): number {
  return version.split('.').reduce((sum, part, i) => sum + Number(part) / 1000 ** i, 0);
}
