import { ServiceError } from '../errors.ts';
import type { AssetReference, Target } from '../open-pairs.ts';
import type { Call } from './operation.ts';

/** The one asset, user or device that the service will not have. */
interface Culprit {
  readonly adamId?: string | undefined;
  readonly serialNumber?: string | undefined;
  readonly clientUserId?: string | undefined;
}

/** Culprits that a fault chose from the first request it saw, by the fault's settings. */
const chosen = new WeakMap<object, Culprit>();

/**
 * Refuses a request as a whole because of one of those it names, if that fault strikes.
 * @throws ServiceError with errorInfo or without
 */
export function refuseCulprit(
  { service, location }: Call,
  path: string,
  assets: readonly AssetReference[],
  targets: readonly Target[],
): void {
  let culprit: Culprit = {};
  const fault = service.faults.culprit.strike({ location: location.uId, path }, (settings) => {
    culprit = chosen.get(settings) ?? given(settings) ?? first(settings.of, assets, targets);
    chosen.set(settings, culprit);
    return isNamed(culprit, assets, targets);
  });
  if (fault === undefined) return;
  const { adamId, serialNumber, clientUserId } = culprit;
  const info = {
    ...(adamId !== undefined && { assets: assets.filter((asset) => asset.adamId === adamId) }),
    ...(serialNumber !== undefined && { serialNumbers: [serialNumber] }),
    ...(clientUserId !== undefined && { clientUserIds: [clientUserId] }),
  };
  throw new ServiceError(fault.errorNumber, fault.named ? { info } : {});
}

function given({ adamId, serialNumber, clientUserId }: Culprit): Culprit | undefined {
  const named = adamId ?? serialNumber ?? clientUserId;
  return named === undefined ? undefined : { adamId, serialNumber, clientUserId };
}

function first(of: string, assets: readonly AssetReference[], targets: readonly Target[]): Culprit {
  return (of === 'asset' ? assets[0] : targets[0]) ?? {};
}

function isNamed(
  { adamId, serialNumber, clientUserId }: Culprit,
  assets: readonly AssetReference[],
  targets: readonly Target[],
): boolean {
  if (adamId !== undefined) return assets.some((asset) => asset.adamId === adamId);
  return targets.some((target) =>
    'serialNumber' in target
      ? target.serialNumber === serialNumber
      : target.clientUserId === clientUserId,
  );
}
