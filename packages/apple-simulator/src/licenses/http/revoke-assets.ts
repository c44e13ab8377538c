import { Type } from 'typebox';

import { revokeWork } from '../work.ts';
import { commonFields, type Operation, parseBody } from './operation.ts';
import { parseTargets, TargetFields } from './targets.ts';

/** POST /assets/revoke (protocol reference 1.5): takes back every revocable asset from the targets. */
export const revokeAssets: Operation = {
  method: 'POST',
  path: '/assets/revoke',
  name: 'revoke',
  readOnly: false,
  answer(call) {
    const { events, library, settings } = call.service;
    const targets = parseTargets(call, parseBody(Type.Object(TargetFields), call.body), {
      clientUserIds: settings.limits.maxRevokeClientUserIds,
      serialNumbers: settings.limits.maxRevokeSerialNumbers,
    });
    const eventId = events.start(call.location, revokeWork(call.location, library, targets));
    return { eventId, ...commonFields(call) };
  },
};
