import type { Assignment, DemandRow, Device, Organization } from '../../testing/index.ts';

export const now = new Date('2026-11-23T12:00:00Z');
export const device = (id: string, more: Partial<Device> = {}): Device => ({
  id,
  personId: null,
  managed: true,
  silent: false,
  expected: false,
  family: 'iPhone',
  osVersion: '18.1',
  lastCheckInAt: null,
  ...more,
});

export const assignment = (more: Partial<Assignment> = {}): Assignment => ({
  appId: 'app',
  target: 'group',
  groupId: 'group',
  intent: 'required',
  licenseType: 'device',
  priority: 0,
  position: 0,
  onUnassign: 'reclaimAndRemove',
  licensesAhead: false,
  ...more,
});

export const row = (holder: DemandRow['holder'], more: Partial<DemandRow> = {}): DemandRow => ({
  assetId: 'asset',
  holder,
  appId: 'app',
  granted: true,
  asked: true,
  held: true,
  takenFor: 'required',
  onUnassign: 'reclaimAndRemove',
  coming: undefined,
  ...more,
});

/** Ann with two devices, Ben with one, a device without a user; all of them and a group of theirs. */
export const organization = (more: Partial<Organization> = {}): Organization => ({
  now,
  graces: {
    unassigned: 0,
    excluded: 0,
    leftOrganization: 60,
    deviceRetired: 60,
    deviceWiped: 60,
    deviceDeleted: 60,
    deviceSilent: 60,
  },
  devicesPerPerson: 5,
  groups: [
    { id: 'group', deleted: false, personIds: [], deviceIds: [], groupIds: ['people', 'devices'] },
    { id: 'people', deleted: false, personIds: ['ann', 'ben'], deviceIds: [], groupIds: [] },
    { id: 'devices', deleted: false, personIds: [], deviceIds: ['shelf', 'ann1'], groupIds: [] },
  ],
  people: [
    { id: 'ann', deleted: false },
    { id: 'ben', deleted: false },
  ],
  devices: [
    device('ann1', { personId: 'ann' }),
    device('ann2', { personId: 'ann' }),
    device('ben1', { personId: 'ben' }),
    device('shelf'),
  ],
  assets: [
    {
      id: 'asset',
      adamId: '1',
      revocable: true,
      supportedPlatforms: ['iOS'],
      deviceFamilies: [],
      minimumOsVersion: null,
      deviceAssignable: true,
    },
  ],
  apps: [{ id: 'app', assetId: 'asset', platform: 'ios' }],
  assignments: [assignment()],
  requests: [],
  holds: [],
  rows: [],
  served: [],
  foreign: [],
  ...more,
});
