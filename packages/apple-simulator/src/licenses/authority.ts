import type { LicenseAuthority, LicenseQuery } from '../core/world.ts';
import { assetKey, type Holder } from './assets.ts';
import type { Location } from './location.ts';
import type { LicenseService } from './service.ts';

/** What devices ask: whether they may use a title now, and who the people are. */
export function createLicenseAuthority(service: LicenseService): LicenseAuthority {
  const { core, registry, settings, people, library } = service;
  return {
    licenseFor(query) {
      const delay = query.propagationMs ?? settings.propagationSeconds * 1000;
      const settledBefore = core.clock.now() - (core.clock.skipsDelays ? 0 : delay);
      for (const location of registry.locations()) {
        if (holds(location, query, query.serialNumber, settledBefore)) return { kind: 'device' };
        const users = query.idHash === undefined ? [] : location.users.associated(query.idHash);
        if (users.some((user) => holds(location, query, user, settledBefore)))
          return { kind: 'user' };
      }
      return undefined;
    },
    person: (personId) => people.get(personId),
    async acceptInvitation(inviteCode, person) {
      for (const location of registry.locations()) {
        if (await library.accept(location, inviteCode, person)) return true;
      }
      return false;
    },
  };
}

function holds(
  location: Location,
  { adamId }: LicenseQuery,
  holder: Holder | undefined,
  settledBefore: number,
): boolean {
  if (holder === undefined) return false;
  return ['STDQ', 'PLUS'].some((pricingParam) => {
    const asset = location.assets.get(assetKey({ adamId, pricingParam }));
    const row = asset && location.assignments.find(asset, holder);
    return row !== undefined && row.settledAt <= settledBefore;
  });
}
