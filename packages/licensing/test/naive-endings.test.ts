import { describe, expect, it } from 'vitest';
import { type Graces, graceReasons } from '../src/index.ts';
import { type Organization, naiveDemand } from '../testing/index.ts';
import { assignment, device, now, organization, row } from './support/small-organization.ts';

const inAnHour = new Date(now.getTime() + 3_600_000);

/** Why the license of a person whose first device it serves ends, where nothing waits. */
const reasonOf = (more: Partial<Organization>): string | undefined => {
  const served = [{ assetId: 'asset', deviceId: 'ann1', personId: 'ann' }];
  const graces = Object.fromEntries(graceReasons.map((reason) => [reason, 0])) as Graces;
  const rows = [row('person:ann')];
  return naiveDemand(organization({ rows, served, graces, ...more })).ended[0]?.reason;
};

describe('why a license ends', () => {
  it('is told for a person by the devices that the license served', () => {
    const others = organization().devices.filter((one) => one.personId !== 'ann');
    const people = [{ id: 'ann', deleted: false, departed: { as: 'wiped', order: 1 } }] as const;
    const left = device('ann1', { personId: 'ann', managed: false });
    const second = device('ann2', { personId: 'ann' });
    const toUsers = [assignment({ licenseType: 'user' })];
    const mac = { ...second, family: 'Mac' } as const;
    const withMac = { people, devices: [...others, left, mac], assignments: toUsers };
    expect(reasonOf(withMac)).toBe('deviceWiped');
    const unreached = { people, devices: [...others, left, second], assignments: [] };
    expect(reasonOf(unreached)).toBe('deviceWiped');
    const groups = [
      { id: 'second', deleted: false, personIds: [], deviceIds: ['ann2'], groupIds: [] },
    ];
    const replaced = [assignment({ groupId: 'second' })];
    expect(reasonOf({ groups, assignments: replaced })).toBe('unassigned');
  });

  it('is waited out for one that others assigned as for any other', () => {
    const pair = { assetId: 'asset', holder: 'device:ann1' } as const;
    const rows = [row(pair.holder, { granted: false, asked: false, held: false })];
    const left = { rows, devices: [device('ben1')], foreign: [pair] };
    expect(naiveDemand(organization(left)).wanted).toContainEqual(
      expect.objectContaining({ holder: pair.holder, because: 'grace', until: inAnHour }),
    );
  });
});

describe('a license whose app went with a deleted token', () => {
  it('ends for every reason but that no assignment is left [brief 61, 63]', () => {
    const rows = [row('device:ann1', { appId: 'gone' })];
    const uninstall = [assignment({ intent: 'uninstall' })];
    expect(naiveDemand(organization({ rows, assignments: uninstall })).ended).toEqual([
      { assetId: 'asset', holder: 'device:ann1', reason: 'uninstall' },
    ]);
    const devices = [device('ben1')];
    expect(naiveDemand(organization({ rows, devices })).wanted).toContainEqual(
      expect.objectContaining({ holder: 'device:ann1', because: 'grace', until: inAnHour }),
    );
  });
});

describe('a user license that gives way to licenses of the devices', () => {
  it('serves no sixth device meanwhile [brief 27]', () => {
    const devices = Array.from({ length: 6 }, (_, i) => device(`ann${i}`, { personId: 'ann' }));
    const served = devices
      .slice(0, 5)
      .map(({ id }) => ({ assetId: 'asset', deviceId: id, personId: 'ann' }));
    const { placements } = naiveDemand(
      organization({
        devices,
        groups: [
          { id: 'group', deleted: false, personIds: ['ann'], deviceIds: [], groupIds: [] },
          { id: 'one', deleted: false, personIds: [], deviceIds: ['ann2'], groupIds: [] },
        ],
        assignments: [
          assignment({ licenseType: 'user' }),
          assignment({ groupId: 'one', priority: 1, position: 1 }),
        ],
        rows: [row('person:ann')],
        served,
      }),
    );
    expect(placements.filter((one) => one.refused).map((one) => one.deviceId)).toEqual(['ann5']);
    expect(placements).toHaveLength(6);
  });
});
