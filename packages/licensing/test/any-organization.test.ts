import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anOrganization, keyOf, naiveDemand } from '../testing/index.ts';

describe('the demand of any organization', () => {
  it('wants a pair once, ends no pair that it wants, and serves no more devices than allowed', () => {
    fc.assert(
      fc.property(anOrganization(), (one) => {
        const { wanted, ended, placements, covered } = naiveDemand(one);
        const keys = wanted.map(keyOf);
        expect(new Set(keys).size).toBe(keys.length);
        expect([...keys, ...ended.map(keyOf)]).toEqual(expect.arrayContaining(one.rows.map(keyOf)));
        expect(ended.some((pair) => keys.includes(keyOf(pair)))).toBe(false);
        expect(keys).toEqual(expect.arrayContaining(covered.map(keyOf)));
        for (const { assetId, personId } of placements)
          expect(keys).toContain(`${assetId} person:${personId}`);
      }),
    );
  });

  it('is the same in whatever order it is told', () => {
    fc.assert(
      fc.property(anOrganization(), (one) => {
        const { wanted, uninstalls } = naiveDemand(one);
        const other = naiveDemand({
          ...one,
          groups: one.groups.toReversed(),
          people: one.people.toReversed(),
          devices: one.devices.toReversed(),
          assets: one.assets.toReversed(),
          assignments: one.assignments.toReversed(),
        });
        expect(new Set(other.wanted)).toEqual(new Set(wanted));
        expect(new Set(other.uninstalls)).toEqual(new Set(uninstalls));
      }),
    );
  });

  it('takes no device’s license back because a group is deleted', () => {
    fc.assert(
      fc.property(anOrganization(), fc.nat(4), (one, deleted) => {
        const groups = one.groups.map((group, i) => ({
          ...group,
          deleted: group.deleted || i === deleted,
        }));
        const has = new Set(
          one.rows.filter((row) => row.granted && row.holder.startsWith('device:')).map(keyOf),
        );
        const before = naiveDemand(one).wanted.filter(
          ({ because }) => because === 'assigned' || because === 'ahead',
        );
        const after = new Set(naiveDemand({ ...one, groups }).wanted.map(keyOf));
        const lost = before.map(keyOf).filter((key) => has.has(key) && !after.has(key));
        expect(lost).toEqual([]);
      }),
    );
  });
});
