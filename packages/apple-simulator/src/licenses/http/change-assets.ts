import { Type } from 'typebox';

import { assetKey } from '../assets.ts';
import { ServiceError } from '../errors.ts';
import type { AssetReference, Target } from '../open-pairs.ts';
import { pairWork } from '../work.ts';
import { refuseCulprit } from './culprit.ts';
import { type Call, commonFields, type Operation, parseBody } from './operation.ts';
import { duplicates, parseTargets, TargetFields } from './targets.ts';

const Body = Type.Object({
  assets: Type.Optional(
    Type.Array(
      Type.Object({
        adamId: Type.String({ pattern: '^[0-9]{1,18}$' }),
        pricingParam: Type.Optional(Type.Enum(['STDQ', 'PLUS'])),
      }),
    ),
  ),
  ...TargetFields,
});

/** POST /assets/associate (protocol reference 1.5). */
export const associateAssets: Operation = {
  method: 'POST',
  path: '/assets/associate',
  name: 'associate',
  readOnly: false,
  answer(call) {
    const { assets, targets } = parsed(call);
    refuse(call, assets, 9707, ({ deviceAssignable }) => {
      return !deviceAssignable && targets.some((target) => 'serialNumber' in target);
    });
    const answer = start(call, 'ASSOCIATE', assets, targets);
    call.service.core.counters.add('pairs', call.location.uId, assets.length * targets.length);
    return answer;
  },
};

/** POST /assets/disassociate (protocol reference 1.5). */
export const disassociateAssets: Operation = {
  method: 'POST',
  path: '/assets/disassociate',
  name: 'disassociate',
  readOnly: false,
  answer(call) {
    const { assets, targets } = parsed(call);
    refuse(call, assets, 9706, ({ revocable }) => !revocable);
    return start(call, 'DISASSOCIATE', assets, targets);
  },
};

function start(
  call: Call,
  type: 'ASSOCIATE' | 'DISASSOCIATE',
  assets: readonly AssetReference[],
  targets: readonly Target[],
): object {
  const { events, library } = call.service;
  refuseCulprit(call, `/assets/${type.toLowerCase()}`, assets, targets);
  const eventId = events.start(
    call.location,
    pairWork(type, call.location, library, assets, targets),
  );
  return { eventId, ...commonFields(call) };
}

function parsed(call: Call): { assets: AssetReference[]; targets: Target[] } {
  const body = parseBody(Body, call.body);
  const { limits } = call.service.settings;
  const assets = (body.assets ?? []).map(({ adamId, pricingParam = 'STDQ' }) => ({
    adamId,
    pricingParam,
  }));
  if (assets.length === 0) throw new ServiceError(9718);
  if (assets.length > limits.maxAssets) throw new ServiceError(9700);
  const twice = duplicates(assets, assetKey);
  if (twice.length > 0) throw new ServiceError(9703, { info: { assets: twice } });
  const targets = parseTargets(call, body, {
    clientUserIds: limits.maxClientUserIds,
    serialNumbers: limits.maxSerialNumbers,
  });
  return { assets, targets };
}

/** @throws ServiceError with the number, naming the location's assets for which the test holds */
function refuse(
  call: Call,
  assets: readonly AssetReference[],
  errorNumber: number,
  test: (kind: { deviceAssignable: boolean; revocable: boolean }) => boolean,
): void {
  const refused = assets.filter((reference) => {
    const asset = call.location.assets.get(assetKey(reference));
    return asset !== undefined && test(asset.kind);
  });
  if (refused.length > 0) throw new ServiceError(errorNumber, { info: { assets: refused } });
}
