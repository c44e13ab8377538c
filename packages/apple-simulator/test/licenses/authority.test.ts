import { describe, expect, it } from 'vitest';

import { Catalog } from '../../src/catalog/catalog.ts';
import { createCore } from '../../src/core/core.ts';
import type { LicenseAuthority } from '../../src/core/world.ts';
import { createLicenseAuthority } from '../../src/licenses/authority.ts';
import type { Location } from '../../src/licenses/location.ts';
import { changeAsOtherProduct } from '../../src/licenses/other-product.ts';
import { purchase } from '../../src/licenses/portal.ts';
import { createLicenseService, type LicenseService } from '../../src/licenses/service.ts';

const ADAM_ID = '361285480';

interface Stage {
  readonly service: LicenseService;
  readonly location: Location;
  readonly authority: LicenseAuthority;
}

/** A location with 10 licenses of Keynote at a clock that only moves when told to. */
async function stage(speed: number): Promise<Stage> {
  const service = createLicenseService(createCore({ speed }), new Catalog());
  const organization = service.registry.addOrganization({
    name: 'Example',
    kind: 'school',
    country: 'US',
  });
  const location = service.registry.addLocation(organization, 'Example');
  await purchase(service, location, { adamId: ADAM_ID, quantity: 10 });
  return { service, location, authority: createLicenseAuthority(service) };
}

const give = (
  { service, location }: Stage,
  holders: { serialNumbers?: string[]; clientUserIds?: string[] },
) => changeAsOtherProduct(service, location, 'associate', [{ adamId: ADAM_ID, ...holders }], false);

describe('what devices ask', () => {
  it('a device license counts once it has spread', async () => {
    const set = await stage(1);
    const query = { adamId: ADAM_ID, serialNumber: 'A' };
    await give(set, { serialNumbers: ['A'] });
    expect(set.authority.licenseFor(query)).toBeUndefined();
    expect(set.authority.licenseFor({ ...query, propagationMs: 0 })).toEqual({ kind: 'device' });
    await set.service.core.clock.advance(3000);
    expect(set.authority.licenseFor(query)).toEqual({ kind: 'device' });
    expect(set.authority.licenseFor({ ...query, serialNumber: 'B' })).toBeUndefined();
    expect(set.authority.licenseFor({ ...query, adamId: '1' })).toBeUndefined();
  });

  it('at speed 0 it counts at once, until it is taken back', async () => {
    const set = await stage(0);
    await give(set, { serialNumbers: ['A'] });
    const query = { adamId: ADAM_ID, serialNumber: 'A' };
    expect(set.authority.licenseFor(query)).toEqual({ kind: 'device' });
    const { service, location } = set;
    await changeAsOtherProduct(
      service,
      location,
      'disassociate',
      [{ adamId: ADAM_ID, serialNumbers: ['A'] }],
      false,
    );
    expect(set.authority.licenseFor(query)).toBeUndefined();
  });

  it('when a license was taken back is remembered, the last time of several', async () => {
    const set = await stage(0);
    const { service, location, authority } = set;
    const holders = { serialNumbers: ['A'] };
    const query = { adamId: ADAM_ID, serialNumber: 'A' };
    expect(authority.lostAt(query)).toBeUndefined();
    for (let times = 0; times < 2; times++) {
      await give(set, holders);
      await service.core.clock.advance(1000);
      const back = [{ adamId: ADAM_ID, ...holders }];
      await changeAsOtherProduct(service, location, 'disassociate', back, false);
      expect(authority.lostAt(query)).toBe(service.core.clock.now());
    }
    expect(authority.lostAt({ ...query, serialNumber: 'B' })).toBeUndefined();
  });

  it('a user license counts once the user has accepted, for the account of the invitation', async () => {
    const set = await stage(0);
    const { service, location, authority } = set;
    const person = service.people.add({ name: 'Ann', appleAccount: 'ann@example.org' });
    const user = service.library.register(location, { clientUserId: 'ann' }, {});
    await give(set, { clientUserIds: ['ann'] });
    const query = { adamId: ADAM_ID, idHash: person.idHash };
    expect(authority.licenseFor(query)).toBeUndefined();
    expect(await authority.acceptInvitation(user.inviteCode ?? '', person)).toBe(true);
    expect(await authority.acceptInvitation('unknown', person)).toBe(false);
    expect(authority.licenseFor(query)).toEqual({ kind: 'user' });
    expect(authority.licenseFor({ adamId: ADAM_ID, idHash: 'somebody else' })).toBeUndefined();
    expect(authority.lostAt(query)).toBeUndefined();
    await service.core.clock.advance(1000);
    service.library.retire(location, user, {});
    expect(authority.licenseFor(query)).toBeUndefined();
    expect(authority.lostAt(query)).toBe(service.core.clock.now());
  });
});
