import { describe, expect, it } from 'vitest';
import type { App, Device, Group, Organization, Wish } from '../src/organization.ts';
import { OwnerLog } from '../src/owners.ts';
import { WishLog, claimOf } from '../src/wishes.ts';

const owner = { id: 'p', appleId: '1', left: false };

interface Said {
  readonly device?: Wish;
  readonly owner?: Wish;
}

interface Circumstances {
  readonly asked?: 'asked' | 'perhaps';
  readonly owned?: boolean;
  readonly deleted?: boolean;
}

/** An app, and a device of which a group of its own and a group of its owner say something. */
function founded(said: Said, { asked, owned = true, deleted = false }: Circumstances) {
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
    asked: new Map(asked === undefined ? [] : [['D', asked]]),
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
  return { app, device, organization };
}

function claim(said: Said, more: Circumstances = {}): string | undefined {
  const { app, device, organization } = founded(said, more);
  return claimOf(app, device, organization);
}

/** What is known of the user's request, once the wishes are noted. */
function askedAfter(said: Said): string | undefined {
  const { app, organization } = founded(said, { asked: 'asked' });
  organization.wishes.note(organization, 0);
  return app.asked.get('D');
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
    expect(claim({ owner: available }, { asked: 'asked' })).toBe('user');
    expect(claim({ device: wish('required'), owner: available }, { asked: 'asked' })).toBe(
      'device',
    );
    expect(claim({}, { asked: 'asked' })).toBeUndefined();
    const uninstalled = { owner: available, device: wish('uninstall') };
    expect(claim(uninstalled, { asked: 'asked' })).toBe('user');
    expect(claim(uninstalled, { asked: 'perhaps' })).toBe('kept');
    expect(claim({ owner: available }, { asked: 'perhaps' })).toBe('kept');
  });

  it('is perhaps asked for no more once Uninstall came, which a device’s leaves standing', () => {
    const available = wish('available', 'user');
    expect(askedAfter({ owner: available })).toBe('asked');
    expect(askedAfter({ owner: available, device: wish('uninstall') })).toBe('asked');
    expect(askedAfter({ owner: wish('uninstall') })).toBe('perhaps');
    expect(askedAfter({ device: wish('uninstall') })).toBe('perhaps');
  });

  it('is nothing once the token is deleted', () => {
    expect(claim({ device: wish('required') }, { deleted: true })).toBeUndefined();
  });
});
