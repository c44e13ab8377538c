import { Type } from 'typebox';

import type { Random } from '../../core/random.ts';
import type { Asset } from '../assets.ts';
import type { Location } from '../location.ts';
import { purchase, refund, transfer } from '../portal.ts';
import type { LicenseService } from '../service.ts';
import { hitBy, pickAsset, SCOPE } from './pick.ts';

const settings = Type.Object({
  adamId: Type.Optional(Type.String({ description: 'Default: any counted title.' })),
  quantity: Type.Optional(
    Type.Integer({ minimum: 1, description: 'Default: drawn, up to a quarter of the stock.' }),
  ),
});

/** What content managers and Apple do to the stock of counted titles. */
export function defineStockHappenings(service: LicenseService): void {
  const { happenings } = service.core;
  happenings.define({
    kind: 'stock.purchased',
    describes: 'The content manager buys more of a title.',
    settings,
    scope: SCOPE,
    async happen({ adamId, quantity }, scope, random) {
      const owned = pickAsset(service, scope, random, ({ asset }) => isCounted(asset, adamId));
      if (owned === undefined) return undefined;
      const { location, asset } = owned;
      const bought = quantity ?? drawn(asset.total, random);
      await purchase(service, location, { ...asset.kind, quantity: bought });
      return hitBy(owned);
    },
  });
  happenings.define({
    kind: 'stock.refunded',
    describes: 'Apple takes licenses of a title back, assigned ones too.',
    settings,
    scope: SCOPE,
    async happen({ adamId, quantity }, scope, random) {
      const owned = pickAsset(
        service,
        scope,
        random,
        ({ asset }) => isCounted(asset, adamId) && asset.total >= (quantity ?? 1),
      );
      if (owned === undefined) return undefined;
      const { location, asset } = owned;
      const refunded = quantity ?? drawn(asset.total, random);
      await refund(service, location, { ...asset.kind, quantity: refunded });
      return hitBy(owned);
    },
  });
  happenings.define({
    kind: 'stock.transferred',
    describes: 'Unassigned licenses of a title go to another location of the organization.',
    settings,
    scope: SCOPE,
    async happen({ adamId, quantity }, scope, random) {
      const owned = pickAsset(service, scope, random, ({ location, asset }) => {
        const movable =
          asset.available >= (quantity ?? 1) && siblings(service, location).length > 0;
        return movable && isCounted(asset, adamId);
      });
      if (owned === undefined) return undefined;
      const { location, asset } = owned;
      const target = random.pick(siblings(service, location));
      const moved = quantity ?? drawn(asset.available, random);
      await transfer(service, location, target, { ...asset.kind, quantity: moved });
      return { ...hitBy(owned), to: target.uId };
    },
  });
}

function isCounted({ kind, unlimited }: Asset, adamId: string | undefined): boolean {
  return !unlimited && kind.adamId === (adamId ?? kind.adamId);
}

function drawn(stock: number, random: Random): number {
  return random.integer(1, Math.max(1, Math.ceil(stock / 4)));
}

function siblings({ registry }: LicenseService, { organization, uId }: Location): Location[] {
  return registry
    .locations()
    .filter((other) => other.organization === organization && other.uId !== uId);
}
