import { describe, expect, it } from 'vitest';
import { type Graces, graceReasons } from '../src/index.ts';
import { type Organization, naiveDemand } from '../testing/index.ts';
import { assignment, device, now, organization, row } from './support/small-organization.ts';

const inAnHour = new Date(now.getTime() + 3_600_000);

/** Why the license of a person whose first device it serves ends, where nothing waits. */
const reasonOf = (more: Partial<Organization>): string | undefined => {
  const served = [
    { assetId: 'asset', deviceId: 'ann1', personId: 'ann', takenFor: 'required' as const },
  ];
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

describe('a license whose app is Available now and was not asked for [L 23] [L 42]', () => {
  const offered = [assignment({ intent: 'available' })];
  const becauseOf = (more: Partial<Organization>): readonly string[] =>
    naiveDemand(organization({ assignments: offered, ...more })).wanted.map(
      ({ holder, because }) => `${holder} ${because}`,
    );

  it('stays where it was Required, and goes where it was asked for, taken ahead or not there yet', () => {
    const waiting = { granted: false, asked: false, held: false };
    const rows = [
      row('device:ann1'),
      row('device:ann2', { takenFor: 'request' }),
      row('device:ben1', { takenFor: 'ahead' }),
      row('device:shelf', waiting),
    ];
    expect(becauseOf({ rows })).toEqual(['device:ann1 offered']);
  });

  it('stays with a person for the devices that it is Available to', () => {
    const rows = [row('person:ann')];
    const served = ['ann1', 'ann2'].map((deviceId) => ({
      assetId: 'asset',
      deviceId,
      personId: 'ann',
      takenFor: 'required' as const,
    }));
    expect(becauseOf({ rows, served })).toEqual(['person:ann offered']);
    const excluded = assignment({ target: 'exclusionGroup', groupId: 'group' });
    expect(becauseOf({ rows, served, assignments: [...offered, excluded] })).toEqual([]);
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
    const served = devices.slice(0, 5).map(({ id }) => ({
      assetId: 'asset',
      deviceId: id,
      personId: 'ann',
      takenFor: 'required' as const,
    }));
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
