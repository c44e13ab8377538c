import { describe, expect, it } from 'vitest';
import type { App, Device, Group, Organization, Wish } from '../src/organization.ts';
import { OwnerLog } from '../src/owners.ts';
import { WishLog, claimOf } from '../src/wishes.ts';

const owner = { id: 'p', appleId: '1', left: false };

/** What is said of a device by a group of its own and by a group of its owner. */
function claim(
  said: { readonly device?: Wish; readonly owner?: Wish },
  { asked = false, owned = true, deleted = false } = {},
): string | undefined {
  const device: Device = {
    id: 'd',
    serialNumber: 'D',
    directoryId: 'dd',
    owner: owned ? owner : undefined,
  };
  const groups: readonly Group[] = [
    { id: 'device', of: 'devices', members: new Set(['D']) },
    { id: 'owner', of: 'people', members: new Set(['p']) },
  ];
  const app: App = {
    id: 'a',
    uId: 'u',
    adamId: '1',
    wishes: new Map(Object.entries(said)),
    asked: new Set(asked ? ['D'] : []),
    deleted,
    history: new Set(),
  };
  const organization: Organization = {
    locations: [],
    apps: [app],
    titles: [],
    people: [owner],
    devices: [device],
    fleet: [],
    groups,
    wishes: new WishLog(),
    owners: new OwnerLog(),
    keepsApps: new Set(),
    clientUserIds: new Map(),
  };
  return claimOf(app, device, organization);
}

const wish = (intent: Wish['intent'], licenseType: Wish['licenseType'] = 'device'): Wish => ({
  intent,
  licenseType,
});

describe('what a device is to have', () => {
  it('comes from its own groups and from those of its owner; the device license is first', () => {
    expect(claim({ device: wish('required') })).toBe('device');
    expect(claim({ owner: wish('required', 'user') })).toBe('user');
    expect(claim({ owner: wish('required', 'user') }, { owned: false })).toBeUndefined();
    expect(claim({ device: wish('required'), owner: wish('required', 'user') })).toBe('device');
    expect(claim({ device: wish('required', 'user') }, { owned: false })).toBe('kept');
  });

  it('is taken away by an exclusion of its own kind alone, and wins over an uninstall', () => {
    expect(claim({ device: wish('required'), owner: wish('excluded') })).toBe('device');
    expect(claim({ device: wish('required'), owner: wish('uninstall') })).toBe('device');
    expect(claim({ device: wish('excluded'), owner: wish('required', 'user') })).toBe('user');
  });

  it('is what was asked for where it is Available, unless it is Required', () => {
    const available = wish('available', 'user');
    expect(claim({ owner: available })).toBe('kept');
    expect(claim({ owner: available, device: wish('uninstall') })).toBeUndefined();
    expect(claim({ owner: available }, { asked: true })).toBe('user');
    expect(claim({ device: wish('required'), owner: available }, { asked: true })).toBe('device');
    expect(claim({}, { asked: true })).toBeUndefined();
  });

  it('is nothing once the token is deleted', () => {
    expect(claim({ device: wish('required') }, { deleted: true })).toBeUndefined();
  });
});
