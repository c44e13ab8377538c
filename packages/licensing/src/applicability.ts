/** What a device is, as far as it decides whether an app can run there. */
export interface DeviceTraits {
  readonly family: 'iPhone' | 'iPad' | 'iPod' | 'Mac' | 'AppleTV' | 'Vision' | null;
  /** As the device reports it, such as `18.1`; null before the first report. */
  readonly osVersion: string | null;
}

/** What a title asks for. */
export interface TitleRequirements {
  /** Apple's `supportedPlatforms` of the asset: iOS, macOS, tvOS, watchOS, visionOS; empty when Apple did not say. */
  readonly supportedPlatforms: readonly string[];
  /** The catalog's `deviceFamilies`: iphone, ipad, ipod, mac, tvos, …; empty when unknown. */
  readonly deviceFamilies: readonly string[];
  readonly minimumOsVersion: string | null;
  readonly deviceAssignable: boolean;
}

/** Whether a device license can be used there, and if not, why: who reads Not applicable takes no seat. */
export type Applicability =
  | { readonly applicable: true }
  | {
      readonly applicable: false;
      readonly reason: 'notDeviceAssignable' | 'platform' | 'family' | 'minimumOsVersion';
    };

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
 * Whether a device license of a title can be used on a device. What is not known does not exclude: Apple's catalog
 * must never block licensing. An iPhone app runs on an iPad; the reverse does not hold.
 */
export function applicability(device: DeviceTraits, title: TitleRequirements): Applicability {
  if (!title.deviceAssignable) return { applicable: false, reason: 'notDeviceAssignable' };
  if (device.family === null) return { applicable: true };
  if (
    title.supportedPlatforms.length > 0 &&
    !title.supportedPlatforms.includes(platformOf[device.family])
  ) {
    return { applicable: false, reason: 'platform' };
  }
  if (!familyFits(device.family, title.deviceFamilies))
    return { applicable: false, reason: 'family' };
  if (
    device.osVersion !== null &&
    title.minimumOsVersion !== null &&
    platformOf[device.family] === 'iOS' &&
    compareVersions(device.osVersion, title.minimumOsVersion) < 0
  ) {
    return { applicable: false, reason: 'minimumOsVersion' };
  }
  return { applicable: true };
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
