import { slicesOf } from '../assignment-query.ts';
import type { Asset } from '../assets.ts';
import { type Call, count, flag, type Operation, text } from './operation.ts';
import { page } from './pages.ts';

/** GET /assets (protocol reference 1.5). */
export const getAssets: Operation = {
  method: 'GET',
  path: '/assets',
  name: 'assets',
  readOnly: true,
  paged: true,
  answer(call) {
    const { assets, assetsVersion } = call.location;
    const unlimited = flag(call, 'unlimited');
    const records = slicesOf([...assets.values()].filter(wanted(call, unlimited)));
    return page(call, { endpoint: '/assets', records, version: assetsVersion }, (shown) => {
      const { apart = [], among = [] } = Object.groupBy(shown, (asset) =>
        unlimited === true && asset.unlimited ? 'apart' : 'among',
      );
      return {
        assets: among.map(limitedFields),
        ...(unlimited === true && { unlimitedAssets: apart.map(plainFields) }),
      };
    });
  },
};

function wanted(call: Call, unlimited: boolean | undefined): (asset: Asset) => boolean {
  const adamId = text(call, 'adamId');
  const productType = text(call, 'productType');
  const pricingParam = text(call, 'pricingParam');
  const revocable = flag(call, 'revocable');
  const deviceAssignable = flag(call, 'deviceAssignable');
  const available = range(call, 'AvailableCount');
  const assigned = range(call, 'AssignedCount');
  return (asset) =>
    !asset.vanished &&
    (unlimited !== false || !asset.unlimited) &&
    (adamId ?? asset.kind.adamId) === asset.kind.adamId &&
    (productType ?? asset.kind.productType) === asset.kind.productType &&
    (pricingParam ?? asset.kind.pricingParam) === asset.kind.pricingParam &&
    (revocable ?? asset.kind.revocable) === asset.kind.revocable &&
    (deviceAssignable ?? asset.kind.deviceAssignable) === asset.kind.deviceAssignable &&
    available(asset.available) &&
    assigned(asset.assigned);
}

function range(call: Call, name: string): (value: number) => boolean {
  const minimum = count(call, `min${name}`) ?? 0;
  const maximum = count(call, `max${name}`) ?? Number.POSITIVE_INFINITY;
  return (value) => value >= minimum && value <= maximum;
}

function plainFields({ kind, assigned }: Asset): object {
  const { adamId, pricingParam, productType, deviceAssignable, revocable, supportedPlatforms } =
    kind;
  return {
    adamId,
    pricingParam,
    productType,
    assignedCount: assigned,
    deviceAssignable,
    revocable,
    supportedPlatforms,
  };
}

function limitedFields(asset: Asset): object {
  return {
    ...plainFields(asset),
    availableCount: asset.available,
    retiredCount: asset.retired,
    totalCount: asset.totalCount,
  };
}
