import { Type } from 'typebox';

import { endTokens, returnClaim, stealClaim } from '../claims.ts';
import type { Location } from '../location.ts';
import type { LicenseService } from '../service.ts';
import { locationsAt, SCOPE } from './pick.ts';

/** Locations that change hands and tokens that end. */
export function defineClaimHappenings(service: LicenseService): void {
  define('claim.stolen', 'Another device management service takes a location over.', (location) =>
    stealClaim(service, location),
  );
  define(
    'claim.returned',
    'A location goes back to who managed it before it was taken over.',
    (location) => returnClaim(service, location),
  );
  define('token.expired', 'The valid tokens of a location expire.', (location) =>
    endTokens(service, location, 'expired'),
  );
  define('token.revoked', 'The valid tokens of a location are revoked.', (location) =>
    endTokens(service, location, 'revoked'),
  );

  function define(kind: string, describes: string, act: (location: Location) => void): void {
    service.core.happenings.define({
      kind,
      describes,
      settings: Type.Object({}),
      scope: SCOPE,
      happen(_settings, scope, random) {
        const locations = locationsAt(service, scope);
        if (locations.length === 0) return undefined;
        const location = random.pick(locations);
        act(location);
        return { location: location.uId };
      },
    });
  }
}
