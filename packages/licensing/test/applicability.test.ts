import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type DeviceTraits,
  type TitleRequirements,
  applicability,
  compareVersions,
} from '../src/index.ts';

const anywhere: TitleRequirements = {
  supportedPlatforms: ['iOS'],
  deviceFamilies: [],
  minimumOsVersion: null,
  deviceAssignable: true,
};

describe('applicability of a device license', () => {
  it('fits a device of the platform', () => {
    expect(applicability({ family: 'iPhone', osVersion: '18.1' }, anywhere)).toEqual({
      applicable: true,
    });
  });

  it.each([
    [
      'a title Apple does not license to devices',
      { deviceAssignable: false },
      'notDeviceAssignable',
    ],
    ['another platform', { supportedPlatforms: ['macOS'] }, 'platform'],
    ['an iPad-only app on an iPhone', { deviceFamilies: ['ipad'] }, 'family'],
    ['a newer system needed', { minimumOsVersion: '18.2' }, 'minimumOsVersion'],
  ])('refuses %s', (_name, title, reason) => {
    const device = { family: 'iPhone', osVersion: '18.1' } as const;
    expect(applicability(device, { ...anywhere, ...title })).toEqual({ applicable: false, reason });
  });

  it('lets an iPhone app run on an iPad', () => {
    expect(
      applicability(
        { family: 'iPad', osVersion: '17.0' },
        { ...anywhere, deviceFamilies: ['iphone'] },
      ),
    ).toEqual({ applicable: true });
  });

  it('does not exclude what it does not know', () => {
    const unknown = { ...anywhere, supportedPlatforms: [], deviceFamilies: [] };
    expect(applicability({ family: null, osVersion: null }, unknown)).toEqual({ applicable: true });
    expect(
      applicability({ family: 'iPhone', osVersion: null }, { ...unknown, minimumOsVersion: '99' }),
    ).toEqual({
      applicable: true,
    });
  });

  it.each([
    ['Mac', '14.6', ['macOS'], '15.0', false],
    ['Mac', '15.0', ['macOS'], '15.0', true],
    ['AppleTV', '17.0', ['tvOS'], '18.0', false],
    ['Vision', '1.3', ['visionOS'], '2.0', false],
    ['Vision', '1.3', ['iOS', 'visionOS'], '17.0', true],
    ['AppleTV', '17.0', ['macOS', 'tvOS'], '18.0', true],
  ] as const)(
    'counts the minimum where the title has one platform: %s %s for %s from %s',
    (family, osVersion, supportedPlatforms, minimumOsVersion, applicable) => {
      const found = applicability(
        { family, osVersion },
        { ...anywhere, supportedPlatforms, minimumOsVersion },
      );
      expect(found).toEqual(
        applicable ? { applicable } : { applicable, reason: 'minimumOsVersion' },
      );
    },
  );

  it.each([
    ['the assignment means it', {}, {}, true],
    ['the assignment does not', {}, { onMacs: false }, false],
    ['the Mac cannot', { runsIosApps: false }, {}, false],
    ['the catalog does not name the Mac', {}, { deviceFamilies: ['iphone', 'ipad'] }, false],
    ['the catalog names no family', {}, { deviceFamilies: [] }, true],
    ['the title has a version for the Mac', {}, { supportedPlatforms: ['iOS', 'macOS'] }, false],
    ['the system is older than iOS has to be', { osVersion: '11.0' }, {}, true],
    ['the device is none', { family: 'AppleTV' }, {}, false],
  ] as const)('lets an app for iPhone and iPad run on a Mac where %s', (_why, mac, title, fits) => {
    const found = applicability(
      { family: 'Mac', osVersion: '15.1', runsIosApps: true, ...mac },
      {
        ...anywhere,
        appPlatform: 'ios',
        supportedPlatforms: ['iOS'],
        deviceFamilies: ['iphone', 'ipad', 'mac'],
        minimumOsVersion: '17.0',
        onMacs: true,
        ...title,
      },
    );
    expect(found).toEqual(fits ? { applicable: true } : { applicable: false, reason: 'platform' });
  });

  it('takes the Mac’s system version apart from the iOS minimum', () => {
    const universal = {
      ...anywhere,
      supportedPlatforms: ['iOS', 'macOS'],
      minimumOsVersion: '17.0',
    };
    expect(applicability({ family: 'Mac', osVersion: '15.1' }, universal)).toEqual({
      applicable: true,
    });
  });
});

describe('applicability by license', () => {
  const device = { family: 'iPhone', osVersion: '18.1' } as const;

  it('gives a device license only where Apple licenses the title to devices [L 28]', () => {
    const title = { ...anywhere, deviceAssignable: false };
    expect(applicability(device, title, 'device')).toEqual({
      applicable: false,
      reason: 'notDeviceAssignable',
    });
    expect(applicability(device, title, 'user')).toEqual({ applicable: true });
  });

  it('gives no device license under User Enrollment [L 17]', () => {
    const own = { ...device, userEnrollment: true };
    expect(applicability(own, anywhere, 'device')).toEqual({
      applicable: false,
      reason: 'userEnrollment',
    });
    expect(applicability(own, anywhere, 'user')).toEqual({ applicable: true });
  });

  it('gives no user license to a Shared iPad, which has no user [L 26]', () => {
    const shared = { ...device, family: 'iPad', shared: true } as const;
    expect(applicability(shared, anywhere, 'user')).toEqual({
      applicable: false,
      reason: 'sharedDevice',
    });
    expect(applicability(shared, anywhere, 'device')).toEqual({ applicable: true });
  });

  it('gives a user license under User Enrollment only with a Managed Apple Account [L 17]', () => {
    const own = { ...device, userEnrollment: true };
    expect(applicability({ ...own, managedAccount: true }, anywhere, 'user')).toEqual({
      applicable: true,
    });
    expect(applicability({ ...own, managedAccount: false }, anywhere, 'user')).toEqual({
      applicable: false,
      reason: 'noManagedAccount',
    });
    expect(applicability({ ...device, managedAccount: false }, anywhere, 'user')).toEqual({
      applicable: true,
    });
  });

  it('gives a Mac a user license where the channel of its person is managed [L 53]', () => {
    const mac = { family: 'Mac', osVersion: '15.1' } as const;
    const title = { ...anywhere, supportedPlatforms: ['macOS'] };
    expect(applicability({ ...mac, userChannel: true }, title, 'user')).toEqual({
      applicable: true,
    });
    for (const userChannel of [false, undefined])
      expect(
        applicability(userChannel === undefined ? mac : { ...mac, userChannel }, title, 'user'),
      ).toEqual({ applicable: false, reason: 'noUserChannel' });
    expect(applicability(mac, title, 'device')).toEqual({ applicable: true });
  });

  it('names what nobody can mend before the missing channel of a Mac', () => {
    const mac = { family: 'Mac', osVersion: '15.1' } as const;
    const reasonOf = (device: Partial<DeviceTraits>, platform: string): unknown =>
      applicability({ ...mac, ...device }, { ...anywhere, supportedPlatforms: [platform] }, 'user');
    expect(reasonOf({}, 'iOS')).toMatchObject({ reason: 'platform' });
    expect(reasonOf({ primaryUser: false }, 'macOS')).toMatchObject({ reason: 'noPrimaryUser' });
  });

  it('gives a user license to a device’s primary user, and none where there is none [brief 26]', () => {
    expect(applicability({ ...device, primaryUser: true }, anywhere, 'user')).toEqual({
      applicable: true,
    });
    expect(applicability({ ...device, primaryUser: false }, anywhere, 'user')).toEqual({
      applicable: false,
      reason: 'noPrimaryUser',
    });
  });

  it.each([
    ['another platform', { supportedPlatforms: ['macOS'] }, 'platform'],
    ['an iPad-only app', { deviceFamilies: ['ipad'] }, 'family'],
    ['a newer system needed', { minimumOsVersion: '18.2' }, 'minimumOsVersion'],
  ])('refuses a user license, too, for %s', (_name, title, reason) => {
    expect(applicability(device, { ...anywhere, ...title }, 'user')).toEqual({
      applicable: false,
      reason,
    });
  });

  it('keeps the objects of one title for iOS and macOS apart [L 53]', () => {
    const mac = { family: 'Mac', osVersion: '15.1' } as const;
    const both = { ...anywhere, supportedPlatforms: ['iOS', 'macOS'] };
    const refused = { applicable: false, reason: 'platform' };
    expect(applicability(mac, { ...both, appPlatform: 'macos' })).toEqual({ applicable: true });
    expect(applicability(mac, { ...both, appPlatform: 'ios' })).toEqual(refused);
    expect(applicability(device, { ...both, appPlatform: 'macos' })).toEqual(refused);
    expect(applicability(device, { ...both, appPlatform: 'ios' })).toEqual({ applicable: true });
  });
});

describe('comparing versions', () => {
  const version = fc.array(fc.nat(50), { minLength: 1, maxLength: 4 });

  it('orders like the lists of their numbers, a missing part being 0', () => {
    fc.assert(
      fc.property(version, version, (a, b) => {
        const oracle = (): number => {
          for (let i = 0; i < 4; i += 1) {
            if ((a[i] ?? 0) !== (b[i] ?? 0)) return Math.sign((a[i] ?? 0) - (b[i] ?? 0));
          }
          return 0;
        };
        expect(Math.sign(compareVersions(a.join('.'), b.join('.')))).toBe(oracle());
      }),
    );
  });

  it('reads the catalog’s leading space and letters', () => {
    expect(compareVersions(' 17.10', '17.9')).toBeGreaterThan(0);
    expect(compareVersions('17.0b2', '17.0')).toBe(0);
  });
});
