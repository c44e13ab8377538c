import type { LicenseAuthority, LicenseQuery } from '../core/world.ts';
import { assetKey, type Asset, type Holder } from './assets.ts';
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
    lostAt(query) {
      const times = registry.locations().flatMap((location) => {
        const { serialNumber, idHash } = query;
        const users = idHash === undefined ? [] : location.users.everAssociated(idHash);
        const holders = serialNumber === undefined ? users : [serialNumber, ...users];
        return holders.flatMap((holder) => lostAt(location, query, holder));
      });
      return times.length === 0 ? undefined : Math.max(...times);
    },
    person: (personId) => people.get(personId),
    personByAccount: (appleAccount) => people.byAccount(appleAccount),
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
  query: LicenseQuery,
  holder: Holder | undefined,
  settledBefore: number,
): boolean {
  if (holder === undefined) return false;
  return assetsOf(location, query).some((asset) => {
    const row = location.assignments.find(asset, holder);
    return row !== undefined && row.settledAt <= settledBefore;
  });
}

function lostAt(location: Location, query: LicenseQuery, holder: Holder): number[] {
  return assetsOf(location, query).flatMap(
    (asset) => location.assignments.lostAt(asset, holder) ?? [],
  );
}

function assetsOf({ assets }: Location, { adamId }: LicenseQuery): Asset[] {
  return ['STDQ', 'PLUS'].flatMap(
    (pricingParam) => assets.get(assetKey({ adamId, pricingParam })) ?? [],
  );
}
