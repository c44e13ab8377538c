import { Type } from 'typebox';

import { ServiceError } from '../errors.ts';
import { appleDate } from '../tokens.ts';
import type { Work } from '../event.ts';
import type { Subscription } from '../subscriptions/subscription.ts';
import { associateSeats, disassociateSeats } from '../subscriptions/work.ts';
import { type Call, commonFields, flag, type Operation, parseBody } from './operation.ts';
import {
  cursorPage,
  parseSeats,
  requireHeld,
  SeatFields,
  wantedAdamId,
  wantedText,
} from './subscription-requests.ts';

/** The operations of subscriptions (protocol reference 1.11). */
export const SUBSCRIPTION_OPERATIONS: readonly Operation[] = [
  change('/subscriptions/enable', 'enableSubscriptions', (call) => setEnabled(call, true)),
  change('/subscriptions/disable', 'disableSubscriptions', (call) => setEnabled(call, false)),
  change('/subscriptions/associate', 'associateSubscriptions', (call) => {
    const { renewing, ...seats } = parseBody(
      Type.Object({ ...SeatFields, renewing: Type.Boolean() }),
      call.body,
    );
    const request = parseSeats(call, seats);
    for (const subscription of request.subscriptions) {
      const more = request.users.filter((user) => !subscription.seats.has(user)).length;
      if (!subscription.hasRoomFor(more, renewing)) throw new ServiceError(9816);
    }
    return start(call, associateSeats(call.location, request, renewing));
  }),
  change('/subscriptions/disassociate', 'disassociateSubscriptions', (call) => {
    const { deferred = false, ...seats } = parseBody(
      Type.Object({ ...SeatFields, deferred: Type.Optional(Type.Boolean()) }),
      call.body,
    );
    const request = parseSeats(call, seats);
    requireHeld(request, (subscription) => subscription.seats);
    return start(call, disassociateSeats(call.location, request, deferred));
  }),
  change('/subscriptions/admins/add', 'addSubscriptionAdmins', (call) => changeAdmins(call, 'add')),
  change('/subscriptions/admins/remove', 'removeSubscriptionAdmins', (call) =>
    changeAdmins(call, 'delete'),
  ),
  list('/subscriptions', 'subscriptions', (call, subscriptions) => {
    const parent = wantedAdamId(call, 'parentAdamId');
    const records = subscriptions.filter(({ parentAdamId }) => parent(parentAdamId));
    return cursorPage(call, records, (shown) => ({ subscriptions: shown.map(plainFields) }));
  }),
  list('/subscriptions/assignments', 'subscriptionAssignments', (call, subscriptions) => {
    const wanted = wantedText(call, 'clientUserId');
    const records = subscriptions.flatMap(({ adamId, seats }) =>
      [...seats].map(([{ clientUserId }, { renewing }]) => ({ adamId, clientUserId, renewing })),
    );
    const fitting = records.filter(({ clientUserId }) => wanted(clientUserId));
    return cursorPage(call, fitting, (assignments) => ({ assignments }));
  }),
  list('/subscriptions/admins', 'subscriptionAdmins', (call, subscriptions) => {
    const withState = flag(call, 'includeUserState') ?? false;
    const records = subscriptions.flatMap(({ adamId, admins }) =>
      [...admins].map(({ clientUserId, idHash, status }) => ({
        adamId,
        clientUserId,
        idHash,
        ...(withState && { userStatus: status }),
      })),
    );
    return cursorPage(call, records, (admins) => ({ admins }));
  }),
];

function change(
  path: string,
  name: string,
  answer: (call: Call) => object | Promise<object>,
): Operation {
  return {
    method: 'POST',
    path,
    name,
    readOnly: false,
    answer: async (call) => {
      await call.service.subscriptions.settle(call.location);
      return answer(call);
    },
  };
}

/** A list of what the wanted subscriptions of a location hold. */
function list(
  path: string,
  name: string,
  answer: (call: Call, subscriptions: readonly Subscription[]) => object,
): Operation {
  return {
    method: 'GET',
    path,
    name,
    readOnly: false,
    paged: true,
    answer: async (call) => {
      await call.service.subscriptions.settle(call.location);
      const wanted = wantedAdamId(call, 'adamId');
      const all = [...call.location.subscriptions.values()];
      return answer(
        call,
        all.filter(({ adamId }) => wanted(adamId)),
      );
    },
  };
}

function start(call: Call, work: Work): object {
  return { eventId: call.service.events.start(call.location, work), ...commonFields(call) };
}

function setEnabled(call: Call, enabled: boolean): object {
  const { location } = call;
  if (!enabled && location.subscriptions.size > 0) throw new ServiceError(9818);
  location.subscriptionsEnabled = enabled;
  return { subscriptionManagement: enabled, ...commonFields(call) };
}

function changeAdmins(call: Call, act: 'add' | 'delete'): object {
  const { subscriptionsVersion } = call.location;
  const request = parseSeats(call, parseBody(Type.Object(SeatFields), call.body));
  if (act === 'delete') requireHeld(request, ({ admins }) => admins);
  for (const { admins } of request.subscriptions) {
    for (const user of request.users) admins[act](user);
  }
  subscriptionsVersion.touch();
  return { versionId: subscriptionsVersion.current(), ...commonFields(call) };
}

function plainFields({ parentAdamId, adamId, status, periodEnd, counts }: Subscription): object {
  return { parentAdamId, adamId, status, periodEndDate: appleDate(periodEnd).slice(0, 10), counts };
}
