import type { Core } from '../../core/world.ts';
import type { Location } from '../location.ts';
import type { Notifier } from '../notifications.ts';
import { PortalError } from '../portal-error.ts';
import { Subscription, type SubscriptionInput } from './subscription.ts';

const PERIOD_MS = 30 * 86_400_000;

/** A purchase of seats; the period ends so many days from now, 30 unless said otherwise. */
export type SubscriptionOrder = Omit<SubscriptionInput, 'periodEnd'> & {
  readonly periodDays?: number | undefined;
};

/** Buys seats and lets periods end when their time has come. */
export class SubscriptionDesk {
  readonly #core: Core;
  readonly #notifier: Notifier;

  constructor(core: Core, notifier: Notifier) {
    this.#core = core;
    this.#notifier = notifier;
  }

  /** Buys seats for a location. @throws PortalError where it has not enabled subscriptions */
  async buy(location: Location, order: SubscriptionOrder): Promise<Subscription> {
    if (!location.subscriptionsEnabled) {
      throw new PortalError(`uId: ${location.name} has not enabled subscriptions.`);
    }
    const { clock, journal } = this.#core;
    const { adamId, periodDays, renewing = 0, expiring = 0 } = order;
    const known = location.subscriptions.get(adamId);
    const lengthMs = periodDays === undefined ? PERIOD_MS : periodDays * 86_400_000;
    const bought = known ?? new Subscription({ ...order, periodEnd: clock.now() + lengthMs });
    if (known === undefined) {
      location.subscriptions.set(adamId, bought);
      this.#awaitPeriodEnd(location, bought);
    } else {
      known.buy({ renewing, expiring });
    }
    location.subscriptionsVersion.touch();
    journal.write('subscription', { uId: location.uId, adamId, renewing, expiring });
    await this.#tellCounts(location, bought);
    return bought;
  }

  /** Ends the periods that are over, and the seats of users who retired. */
  async settle(location: Location): Promise<void> {
    const now = this.#core.clock.now();
    for (const subscription of location.subscriptions.values()) {
      for (const user of subscription.seats.keys()) {
        if (user.status === 'Retired') subscription.seats.delete(user);
      }
      while (subscription.periodEnd <= now) await this.#endPeriod(location, subscription);
    }
  }

  async #endPeriod(location: Location, subscription: Subscription): Promise<void> {
    const ended = subscription.endPeriod(subscription.periodEnd + PERIOD_MS);
    location.subscriptionsVersion.touch();
    const { adamId } = subscription;
    const { uId } = location;
    this.#core.journal.write('subscription.period-ended', { uId, adamId, lost: ended.length });
    this.#awaitPeriodEnd(location, subscription);
    for (const [eventId, group] of Map.groupBy(ended, ({ seat }) => seat.endedBy)) {
      await this.#notifier.send(location, 'SUBSCRIPTION_MANAGEMENT', {
        ...(eventId !== undefined && { eventId }),
        type: 'DISASSOCIATE',
        result: 'SUCCESS',
        assignments: group.map(({ user }) => ({
          adamId,
          clientUserId: user.clientUserId,
          renewing: false,
        })),
      });
    }
    await this.#tellCounts(location, subscription);
  }

  /** Where delays are skipped, periods end when somebody looks. */
  #awaitPeriodEnd(location: Location, { periodEnd }: Subscription): void {
    const { clock } = this.#core;
    if (!clock.skipsDelays) clock.after(periodEnd - clock.now(), () => this.settle(location));
  }

  async #tellCounts(location: Location, subscription: Subscription): Promise<void> {
    const { adamId, parentAdamId, counts } = subscription;
    const { available, total } = counts;
    await this.#notifier.send(location, 'SUBSCRIPTION_COUNT', {
      parentAdamId,
      adamId,
      counts: { available, total },
    });
  }
}
