import type { Cause } from '../assets.ts';
import type { Outcome, Work } from '../event.ts';
import type { Location } from '../location.ts';
import type { UserRecord } from '../users.ts';
import type { Subscription } from './subscription.ts';

export interface SeatRequest {
  readonly subscriptions: readonly Subscription[];
  readonly users: readonly UserRecord[];
}

/** Gives each user a seat of each subscription. */
export function associateSeats(location: Location, request: SeatRequest, renewing: boolean): Work {
  return seatWork(location, 'ASSOCIATE', request, (subscription, user) => ({
    renewing,
    done: subscription.assign(user, renewing),
  }));
}

/** Takes the seats back: at once, or with the end of the period. */
export function disassociateSeats(
  location: Location,
  request: SeatRequest,
  deferred: boolean,
): Work {
  const work = seatWork(location, 'DISASSOCIATE', request, (subscription, user, cause) => {
    const seat = subscription.seats.get(user);
    if (seat === undefined) return { renewing: false, done: false };
    const { renewing } = seat;
    if (deferred) Object.assign(seat, { renewing: false, endedBy: cause.eventId });
    else subscription.seats.delete(user);
    return { renewing, done: true };
  });
  return deferred ? { ...work, notifies: undefined } : work;
}

/** @param change one seat; `done` is false where none is left or none was held */
function seatWork(
  location: Location,
  type: 'ASSOCIATE' | 'DISASSOCIATE',
  { subscriptions, users }: SeatRequest,
  change: (
    subscription: Subscription,
    user: UserRecord,
    cause: Cause,
  ) => { readonly renewing: boolean; readonly done: boolean },
): Work {
  return {
    type,
    notifies: 'SUBSCRIPTION_MANAGEMENT',
    size: subscriptions.length * users.length,
    strips: new Map(),
    perform(index, cause, failure): Outcome {
      const subscription = subscriptions[Math.floor(index / users.length)];
      const user = users[index % users.length];
      if (subscription === undefined || user === undefined)
        throw new RangeError(`No seat ${index}.`);
      const { adamId } = subscription;
      const { clientUserId } = user;
      if (failure !== undefined) return { element: { adamId, clientUserId }, errorNumber: failure };
      const { renewing, done } = change(subscription, user, cause);
      location.subscriptionsVersion.touch();
      const failed = type === 'ASSOCIATE' ? 9816 : 9815;
      return {
        element: { adamId, clientUserId, renewing },
        ...(!done && { errorNumber: failed }),
      };
    },
  };
}
