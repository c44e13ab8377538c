import type { LicenseType } from './license-type.ts';

/** What a device is, as far as it decides whether an app can run there and which license it can use. */
export interface DeviceTraits {
  readonly family: 'iPhone' | 'iPad' | 'iPod' | 'Mac' | 'AppleTV' | 'Vision' | null;
  /** As the device reports it, such as `18.1`; null before the first report. */
  readonly osVersion: string | null;
  /** Enrolled by its owner, who keeps the device's identity to themselves: no device licenses. */
  readonly userEnrollment?: boolean;
  /** A Shared iPad: nobody is its user. */
  readonly shared?: boolean;
  /** A Mac with Apple silicon, on which apps for iPhone and iPad can be installed. */
  readonly runsIosApps?: boolean;
  /** A Mac on which the channel of the person signed in is managed; unless it says so, it is not. */
  readonly userChannel?: boolean;
  /** Whether it has a primary user; unless it says no, it has. */
  readonly primaryUser?: boolean;
  /** Whether the organization made an Apple Account for that user; unless it says no, it did. */
  readonly managedAccount?: boolean;
}

/** What a title asks for. */
export interface TitleRequirements {
  /** Apple's `supportedPlatforms` of the asset: iOS, macOS, tvOS, watchOS, visionOS; empty when Apple did not say. */
  readonly supportedPlatforms: readonly string[];
  /** The catalog's `deviceFamilies`: iphone, ipad, ipod, mac, tvos, …; empty when unknown. */
  readonly deviceFamilies: readonly string[];
  readonly minimumOsVersion: string | null;
  readonly deviceAssignable: boolean;
  /** The app is the title's object for one kind of device (Law 1); without it, for all. */
  readonly appPlatform?: 'ios' | 'macos';
  /** Of an app for iPhone and iPad: its assignment means Macs with Apple silicon, too. */
  readonly onMacs?: boolean;
}

/** Why a license cannot be used on a device. */
export type NotApplicableReason =
  | 'notDeviceAssignable'
  | 'userEnrollment'
  | 'sharedDevice'
  | 'noPrimaryUser'
  | 'noManagedAccount'
  | 'noUserChannel'
  | 'platform'
  | 'family'
  | 'minimumOsVersion';

/** Whether a license can be used there, and if not, why: who reads Not applicable takes no seat. */
export type Applicability =
  | { readonly applicable: true }
  | { readonly applicable: false; readonly reason: NotApplicableReason };

const platformOf: Readonly<Record<NonNullable<DeviceTraits['family']>, string>> = {
  iPhone: 'iOS',
  iPad: 'iOS',
  iPod: 'iOS',
  Mac: 'macOS',
  AppleTV: 'tvOS',
  Vision: 'visionOS',
};

const catalogFamily: Readonly<Record<NonNullable<DeviceTraits['family']>, string>> = {
  iPhone: 'iphone',
  iPad: 'ipad',
  iPod: 'ipod',
  Mac: 'mac',
  AppleTV: 'tvos',
  Vision: 'realityDevice',
};

/**
 * Whether a license of a title can be used on a device. What is not known does not exclude: Apple's catalog must never
 * block licensing. An iPhone app runs on an iPad; the reverse does not hold.
 */
export function applicability(
  device: DeviceTraits,
  title: TitleRequirements,
  licenseType: LicenseType = 'device',
): Applicability {
  const reason =
    licenseObstacle(device, title, licenseType) ??
    titleObstacle(device, title) ??
    channelObstacle(device, licenseType);
  return reason === undefined ? { applicable: true } : { applicable: false, reason };
}

/**
 * What keeps a device from that type of license: Apple assigns not every title to devices (behavior L28) and none to
 * devices under User Enrollment (L17). A user license needs a user (26), whom a Shared iPad has not (L26), and under
 * User Enrollment one with a Managed Apple Account (L17).
 */
function licenseObstacle(
  device: DeviceTraits,
  title: TitleRequirements,
  licenseType: LicenseType,
): NotApplicableReason | undefined {
  if (licenseType === 'device') {
    if (!title.deviceAssignable) return 'notDeviceAssignable';
    return device.userEnrollment === true ? 'userEnrollment' : undefined;
  }
  if (device.shared === true) return 'sharedDevice';
  if (device.primaryUser === false) return 'noPrimaryUser';
  return device.userEnrollment === true && device.managedAccount === false
    ? 'noManagedAccount'
    : undefined;
}

/**
 * On a Mac a user license belongs to the channel of the person signed in (L53). Looked at last: where the app is for
 * other devices, nobody needs to sign in.
 */
function channelObstacle(
  { family, userChannel }: DeviceTraits,
  licenseType: LicenseType,
): NotApplicableReason | undefined {
  return licenseType === 'user' && family === 'Mac' && userChannel !== true
    ? 'noUserChannel'
    : undefined;
}

function titleObstacle(
  device: DeviceTraits,
  title: TitleRequirements,
): NotApplicableReason | undefined {
  const { family, osVersion } = device;
  if (family === null || runsAsIosApp(device, title)) return undefined;
  const platform = platformOf[family];
  if (title.appPlatform !== undefined && (family === 'Mac') !== (title.appPlatform === 'macos'))
    return 'platform';
  if (title.supportedPlatforms.length > 0 && !title.supportedPlatforms.includes(platform))
    return 'platform';
  if (!familyFits(family, title.deviceFamilies)) return 'family';
  return systemIsTooOld({ family, osVersion }, title) ? 'minimumOsVersion' : undefined;
}

/**
 * Whether a title without a version for the Mac runs on a Mac as the app for iPhone and iPad that it is: where the Mac
 * has Apple silicon, and the catalog names the Mac among the families of the title, or none at all.
 */
function runsAsIosApp(
  { family, runsIosApps }: DeviceTraits,
  { onMacs, appPlatform, supportedPlatforms, deviceFamilies }: TitleRequirements,
): boolean {
  return (
    family === 'Mac' &&
    runsIosApps === true &&
    onMacs === true &&
    appPlatform === 'ios' &&
    !supportedPlatforms.includes('macOS') &&
    (deviceFamilies.length === 0 || deviceFamilies.includes('mac'))
  );
}

/**
 * Whether the system of a device is older than the title needs. The catalog gives one minimum for a title: it is about
 * iOS where the title runs there, else about its only platform. A title for several others says nothing of each.
 */
export function systemIsTooOld(
  { family, osVersion }: Pick<DeviceTraits, 'family' | 'osVersion'>,
  title: Pick<TitleRequirements, 'supportedPlatforms' | 'minimumOsVersion'>,
): boolean {
  if (family === null || osVersion === null || title.minimumOsVersion === null) return false;
  return (
    platformOf[family] === platformOfMinimum(title.supportedPlatforms) &&
    compareVersions(osVersion, title.minimumOsVersion) < 0
  );
}

function platformOfMinimum(platforms: readonly string[]): string | undefined {
  if (platforms.length === 0 || platforms.includes('iOS')) return 'iOS';
  return platforms.length === 1 ? platforms[0] : undefined;
}

function familyFits(
  family: NonNullable<DeviceTraits['family']>,
  families: readonly string[],
): boolean {
  const mobile = families.filter((name) => ['iphone', 'ipad', 'ipod'].includes(name));
  if (platformOf[family] !== 'iOS' || mobile.length === 0) return true;
  return mobile.includes(catalogFamily[family]) || (family === 'iPad' && mobile.includes('iphone'));
}

/** Compares dotted versions by number, a missing part counting as 0: negative when `a` is older. */
export function compareVersions(a: string, b: string): number {
  const left = a.trim().split('.').map(leadingNumber);
  const right = b.trim().split('.').map(leadingNumber);
  for (let i = 0; i < Math.max(left.length, right.length); i += 1) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function leadingNumber(part: string): number {
  const digits = /^\d+/.exec(part);
  return digits === null ? 0 : Number(digits[0]);
}
