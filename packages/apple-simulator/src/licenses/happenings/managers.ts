import { Type } from 'typebox';

import type { Random } from '../../core/random.ts';
import type { Asset } from '../assets.ts';
import type { Location } from '../location.ts';
import { changeAsOtherProduct } from '../other-product.ts';
import type { LicenseService } from '../service.ts';
import { hitBy, pickAsset, SCOPE } from './pick.ts';

const settings = Type.Object({
  adamId: Type.Optional(Type.String({ description: 'Default: any title it can happen to.' })),
  pairs: Type.Integer({ minimum: 1, default: 3, description: 'At most so many.' }),
  notify: Type.Boolean({ default: true, description: 'Tell the subscribed server.' }),
});

/** What a second manager does with the licenses of a location that is not its own. */
export function defineManagerHappenings(service: LicenseService): void {
  const { happenings } = service.core;
  happenings.define({
    kind: 'manager.assigned',
    describes: 'A second manager gives a title to devices that the location knows, and to others.',
    settings,
    scope: SCOPE,
    async happen({ adamId, pairs, notify }, scope, random) {
      const owned = pickAsset(service, scope, random, ({ asset }) => {
        return isTitle(asset, adamId) && asset.kind.deviceAssignable && asset.available > 0;
      });
      if (owned === undefined) return undefined;
      const { location, asset } = owned;
      const serialNumbers = Array.from({ length: pairs }, () => someDevice(location, random));
      const change = { ...asset.kind, serialNumbers: [...new Set(serialNumbers)] };
      await changeAsOtherProduct(service, location, 'associate', [change], notify);
      return hitBy(owned);
    },
  });
  happenings.define({
    kind: 'manager.took-back',
    describes: 'A second manager takes licenses of a title back, whoever gave them.',
    settings,
    scope: SCOPE,
    async happen({ adamId, pairs, notify }, scope, random) {
      const owned = pickAsset(service, scope, random, ({ asset }) => {
        return isTitle(asset, adamId) && asset.kind.revocable && asset.assigned > 0;
      });
      if (owned === undefined) return undefined;
      const { location, asset } = owned;
      const change = { ...asset.kind, ...someHolders(location, asset, pairs, random) };
      await changeAsOtherProduct(service, location, 'disassociate', [change], notify);
      return hitBy(owned);
    },
  });
}

function isTitle({ kind, vanished }: Asset, adamId: string | undefined): boolean {
  return !vanished && kind.adamId === (adamId ?? kind.adamId);
}

/** A device that holds or held something in the location, or one that nobody has heard of. */
function someDevice({ assignments }: Location, random: Random): string {
  const { holders } = assignments.names;
  const known = holders.size === 0 ? undefined : holders.at(random.integer(0, holders.size - 1));
  return typeof known === 'string' && random.chance(0.5) ? known : `OTHER${random.hex(7)}`;
}

/** Up to `count` of those who have the asset. */
function someHolders(
  { assignments }: Location,
  asset: Asset,
  count: number,
  random: Random,
): { serialNumbers: string[]; clientUserIds: string[] } {
  const list = assignments.list(asset);
  const holders = Array.from({ length: count }, () => {
    const [row] = list.slice(random.integer(0, list.size - 1), 1);
    return row === undefined ? undefined : assignments.read(row).holder;
  });
  const devices = holders.flatMap((holder) => (typeof holder === 'string' ? holder : []));
  const users = holders.flatMap((holder) =>
    typeof holder === 'object' ? holder.clientUserId : [],
  );
  return { serialNumbers: [...new Set(devices)], clientUserIds: [...new Set(users)] };
}
