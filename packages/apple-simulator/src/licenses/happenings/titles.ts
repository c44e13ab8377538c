import { Type } from 'typebox';

import { setVanished } from '../portal.ts';
import type { LicenseService } from '../service.ts';
import { hitBy, pickAsset, SCOPE } from './pick.ts';

/** Titles that go away from a location's assets and come back. */
export function defineTitleHappenings(service: LicenseService): void {
  define('title.vanished', 'A title goes away from the assets of a location.', true);
  define('title.returned', 'A title that went away comes back.', false);

  function define(kind: string, describes: string, vanished: boolean): void {
    service.core.happenings.define({
      kind,
      describes,
      settings: Type.Object({
        adamId: Type.Optional(Type.String({ description: 'Default: any title.' })),
      }),
      scope: SCOPE,
      happen({ adamId }, scope, random) {
        const owned = pickAsset(service, scope, random, ({ asset }) => {
          return asset.vanished !== vanished && asset.kind.adamId === (adamId ?? asset.kind.adamId);
        });
        if (owned === undefined) return undefined;
        setVanished(service, owned.location, owned.asset.kind, vanished);
        return hitBy(owned);
      },
    });
  }
}
