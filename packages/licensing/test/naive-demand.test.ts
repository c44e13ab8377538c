import { describe, expect, it } from 'vitest';
import {
  type Assignment,
  type DemandRow,
  type Device,
  type Organization,
  type Person,
  naiveDemand,
} from '../testing/index.ts';
import { assignment, device, now, organization, row } from './support/small-organization.ts';

const inAnHour = new Date(now.getTime() + 3_600_000);

const holders = (one: Organization): string[] =>
  naiveDemand(one)
    .wanted.map((wanted) => wanted.holder)
    .sort();

const excluding = (groupId: string): Organization =>
  organization({
    assignments: [assignment(), assignment({ target: 'exclusionGroup', groupId, position: 1 })],
  });

const everyDevice = ['device:ann1', 'device:ann2', 'device:ben1', 'device:shelf'];

describe('who wants a license', () => {
  it('is each device of a group and of its people, by device licenses [brief 5]', () => {
    expect(holders(organization())).toEqual(everyDevice);
  });

  it('is each person once, whatever their devices, by user licenses [brief 7, 8]', () => {
    const { wanted, placements } = naiveDemand(
      organization({ assignments: [assignment({ licenseType: 'user' })] }),
    );
    expect(wanted.map((one) => one.holder).sort()).toEqual(['person:ann', 'person:ben']);
    expect(placements.map((one) => one.deviceId).sort()).toEqual(['ann1', 'ann2', 'ben1']);
  });

  it('is the primary user of a device, and nobody where there is none [brief 26]', () => {
    const { wanted, notApplicable } = naiveDemand(
      organization({ assignments: [assignment({ licenseType: 'user', groupId: 'devices' })] }),
    );
    expect(wanted.map((one) => one.holder)).toEqual(['person:ann']);
    expect(notApplicable).toEqual([
      { assetId: 'asset', deviceId: 'shelf', reason: 'noPrimaryUser' },
    ]);
  });

  it('is not a sixth device [brief 27]', () => {
    const devices = Array.from({ length: 6 }, (_, i) => device(`ann${i}`, { personId: 'ann' }));
    const { placements } = naiveDemand(
      organization({ devices, assignments: [assignment({ licenseType: 'user' })] }),
    );
    expect(placements.filter((one) => one.refused).map((one) => one.deviceId)).toEqual(['ann5']);
  });

  it('is everybody of a group that contains itself [L 38]', () => {
    const one = organization();
    const groups = one.groups.map((group) =>
      group.id === 'people' ? { ...group, groupIds: ['group'] } : group,
    );
    expect(holders({ ...one, groups })).toEqual(everyDevice);
  });

  it('is nobody for Available until they ask [L 23]', () => {
    const offered = organization({ assignments: [assignment({ intent: 'available' })] });
    expect(holders(offered)).toEqual([]);
    const requests = [{ appId: 'app', deviceId: 'ann2', personId: 'ann' }];
    expect(holders({ ...offered, requests })).toEqual(['device:ann2']);
  });

  it('is a device that has not enrolled only where the assignment of its group takes licenses ahead', () => {
    const shelf = device('shelf', {
      expected: true,
      managed: false,
      family: null,
      osVersion: null,
    });
    const { devices } = organization();
    const expecting = (more: Partial<Assignment>): string[] =>
      holders(
        organization({
          devices: [...devices.filter((one) => one.id !== 'shelf'), shelf],
          assignments: [assignment({ groupId: 'devices', ...more })],
        }),
      );
    expect(expecting({})).toEqual(['device:ann1']);
    expect(expecting({ licensesAhead: true })).toEqual(['device:ann1', 'device:shelf']);
    expect(expecting({ licensesAhead: true, licenseType: 'user' })).toEqual(['person:ann']);
    const all = { target: 'allDevices', groupId: null, licensesAhead: true } as const;
    expect(expecting(all)).not.toContain('device:shelf');
  });

  it('stays who has one when the newest version needs a newer system, and is nobody new with the old one', () => {
    const one = organization({
      rows: [row('device:ann1'), row('device:ben1', { granted: false, asked: false, held: false })],
    });
    const devices = one.devices.map((known) => ({ ...known, osVersion: '16.7' }));
    const assets = one.assets.map((asset) => ({ ...asset, minimumOsVersion: '18.0' }));
    const { wanted, ended } = naiveDemand({ ...one, devices, assets });
    expect(wanted.map((pair) => pair.holder)).toEqual(['device:ann1']);
    expect(ended).toEqual([{ assetId: 'asset', holder: 'device:ben1', reason: 'notApplicable' }]);
  });

  it('leaves out an exclusion of the same kind only [L 39a]', () => {
    expect(holders(excluding('people'))).toEqual(['device:ann1', 'device:shelf']);
    expect(holders(excluding('devices'))).toEqual(['device:ann1', 'device:ann2', 'device:ben1']);
  });

  it('is nobody for what was taken back by hand', () => {
    const holds = [{ assetId: 'asset', holder: 'device:ben1' } as const];
    const rows = [row('device:ben1')];
    const { wanted, ended } = naiveDemand(organization({ holds, rows }));
    expect(wanted.map((one) => one.holder)).not.toContain('device:ben1');
    expect(ended).toEqual([{ assetId: 'asset', holder: 'device:ben1', reason: 'hold' }]);
  });

  it('has no second license of one title', () => {
    const one = organization();
    const twin = { ...one.assets[0], id: 'twin' } as Organization['assets'][number];
    const { covered } = naiveDemand({
      ...one,
      assets: [...one.assets, twin],
      apps: [...one.apps, { id: 'twinApp', assetId: 'twin', platform: 'ios' }],
      assignments: [assignment(), assignment({ appId: 'twinApp', position: 1 })],
      rows: [row('device:ben1')],
    });
    expect(covered).toEqual([{ assetId: 'twin', holder: 'device:ben1', by: 'asset' }]);
  });

  it('has one where the other was merely taken ahead', () => {
    const one = organization();
    const twin = { ...one.assets[0], id: 'twin' } as Organization['assets'][number];
    const taken = { intent: 'available', licensesAhead: true } as const;
    const { covered } = naiveDemand({
      ...one,
      assets: [...one.assets, twin],
      apps: [...one.apps, { id: 'twinApp', assetId: 'twin', platform: 'ios' }],
      assignments: [assignment(taken), assignment({ appId: 'twinApp', position: 1 })],
      rows: [row('device:ben1')],
    });
    expect(covered).toEqual([]);
  });
});

describe('a change of the license type', () => {
  const toDevice = organization({
    rows: [row('person:ann')],
    served: [
      { assetId: 'asset', deviceId: 'ann1', personId: 'ann', takenFor: 'required' as const },
    ],
  });

  it('keeps the user license until the device has its own, and never both at rest [L 19] [L 20]', () => {
    expect(holders(toDevice)).toContain('person:ann');
    const rows = [...toDevice.rows, row('device:ann1')];
    const { wanted, ended } = naiveDemand({ ...toDevice, rows });
    expect(wanted.map((one) => one.holder)).not.toContain('person:ann');
    expect(ended).toEqual([{ assetId: 'asset', holder: 'person:ann', reason: 'replaced' }]);
  });

  it('leaves device licenses where they are [L 19]', () => {
    const toUser = organization({
      assignments: [assignment({ licenseType: 'user' })],
      rows: [row('device:ben1')],
    });
    expect(holders(toUser)).toEqual(['device:ben1', 'person:ann']);
  });
});

describe('what ends', () => {
  it('goes back with Uninstall, whatever the policy, and the app goes [brief 61]', () => {
    const { wanted, uninstalls, ended } = naiveDemand(
      organization({
        assignments: [assignment({ intent: 'uninstall', groupId: 'devices' })],
        rows: [row('device:shelf', { onUnassign: 'keep' })],
      }),
    );
    expect(wanted).toEqual([]);
    expect(uninstalls.map((one) => one.deviceId).sort()).toEqual(['ann1', 'shelf']);
    expect(ended).toEqual([{ assetId: 'asset', holder: 'device:shelf', reason: 'uninstall' }]);
  });

  it('goes back when no assignment wants it, unless its policy keeps it [brief 62]', () => {
    const rows = [row('device:ann1'), row('device:ben1', { onUnassign: 'keep' })];
    const { wanted, ended } = naiveDemand(organization({ assignments: [], rows }));
    expect(wanted.map(({ holder, because }) => ({ holder, because }))).toEqual([
      { holder: 'device:ben1', because: 'kept' },
    ]);
    expect(ended).toEqual([{ assetId: 'asset', holder: 'device:ann1', reason: 'unassigned' }]);
  });

  it('goes back when somebody left the organization, after the grace period [brief 63]', () => {
    const people = [
      { id: 'ann', deleted: true },
      { id: 'ben', deleted: false },
    ];
    const rows = [row('person:ann')];
    const { wanted } = naiveDemand(organization({ people, rows }));
    expect(wanted.find((one) => one.holder === 'person:ann')).toMatchObject({
      because: 'grace',
      until: inAnHour,
    });
    const later = { ...rows[0], coming: { reason: 'leftOrganization', at: now } } as DemandRow;
    expect(naiveDemand(organization({ people, rows: [later] })).ended).toEqual([
      { assetId: 'asset', holder: 'person:ann', reason: 'leftOrganization' },
    ]);
  });

  it('goes back when the last device of its person left, after the grace period of the way it left', () => {
    const rows = [row('person:ben')];
    const { devices } = organization();
    const endingOf = (departed: Person['departed'], ...more: readonly Device[]) =>
      naiveDemand(
        organization({
          devices: [...devices.filter((one) => one.id !== 'ben1'), ...more],
          people: [
            { id: 'ann', deleted: false },
            { id: 'ben', deleted: false, departed },
          ],
          assignments: [assignment({ licenseType: 'user' })],
          rows,
        }),
      );
    const gone = endingOf({ as: 'wiped', order: 2 });
    expect(gone.wanted.find((one) => one.holder === 'person:ben')).toMatchObject({
      because: 'grace',
      until: inAnHour,
    });
    const mine = { personId: 'ben', silentOrder: 3 };
    const silent = device('ben1', { ...mine, silent: true });
    expect(endingOf({ as: 'handedOver', order: 2 }, silent).wanted).toContainEqual(
      expect.objectContaining({ holder: 'person:ben', because: 'grace' }),
    );
    expect(endingOf({ as: 'handedOver', order: 4 }, silent).ended).toEqual([
      { assetId: 'asset', holder: 'person:ben', reason: 'unassigned' },
    ]);
    expect(endingOf({ as: 'wiped', order: 2 }, device('ben2', mine)).wanted).toContainEqual(
      expect.objectContaining({ holder: 'person:ben', because: 'assigned' }),
    );
  });

  it('does not where its app went with a deleted token [brief 67]', () => {
    const gone = organization({ apps: [], assignments: [], rows: [row('device:ann1')] });
    expect(naiveDemand(gone).wanted.map((one) => one.because)).toEqual(['appGone']);
    const unsent = [row('device:ann1', { asked: false, held: false })];
    expect(naiveDemand({ ...gone, rows: unsent }).wanted).toEqual([]);
  });
});

describe('a book', () => {
  const one = organization({
    apps: [{ id: 'app', assetId: 'asset', platform: 'book' }],
    assignments: [assignment({ licenseType: 'user' })],
  });

  it('is the people’s, by user licenses [L 17]', () => {
    expect(holders(one)).toEqual(['person:ann', 'person:ben']);
  });

  it('is never taken back', () => {
    const assets = one.assets.map((asset) => ({ ...asset, revocable: false }));
    const rows = [row('person:ann')];
    const { wanted } = naiveDemand({ ...one, assets, rows, assignments: [] });
    expect(wanted.map((pair) => pair.because)).toEqual(['irrevocable']);
  });
});

describe('a deleted group', () => {
  const one = organization({ rows: [row('device:shelf')] });
  const groups = one.groups.map((group) => ({ ...group, deleted: group.id === 'devices' }));

  it('keeps what its members have and gives them nothing new [L 38]', () => {
    const { wanted } = naiveDemand({ ...one, groups });
    expect(wanted.map(({ holder, because }) => `${holder} ${because}`).sort()).toEqual([
      'device:ann1 assigned',
      'device:ann2 assigned',
      'device:ben1 assigned',
      'device:shelf suspended',
    ]);
  });

  it('removes nothing either', () => {
    const assignments = [assignment({ intent: 'uninstall', groupId: 'devices' })];
    expect(naiveDemand({ ...one, groups, assignments }).uninstalls).toEqual([]);
  });
});
