import { rootCertificates } from 'node:tls';

import { Agent, request } from 'undici';

import type { FaultScope } from '../core/fault-request.ts';
import type { Core } from '../core/world.ts';
import type { LicenseFaults } from './faults.ts';
import type { Location, NotificationTarget } from './location.ts';

/** Types of GET /service/config (protocol reference 1.9). */
export const NOTIFICATION_TYPES = [
  'TEST_NOTIFICATION',
  'ASSET_COUNT',
  'ASSET_MANAGEMENT',
  'USER_MANAGEMENT',
  'USER_ASSOCIATED',
  'SUBSCRIPTION_MANAGEMENT',
  'SUBSCRIPTION_COUNT',
  'UNLIMITED_ASSET',
] as const;
export type NotificationType = (typeof NOTIFICATION_TYPES)[number];

/** At most so many assignments or users in one notification. */
export const ELEMENTS_PER_NOTIFICATION = 100;

const ATTEMPTS = 3;
const TIMEOUT_MS = 10_000;
const HOLD_MS = 60_000;

interface Notification {
  readonly notification: object;
  readonly notificationId: string;
  readonly notificationType: string;
  readonly uId: string;
}

/** Sends Apple's notifications: up to three attempts over 1 to 5 minutes, any 2xx counts as delivered. */
export class Notifier {
  readonly #core: Core;
  readonly #faults: LicenseFaults;
  readonly #agent: Agent;
  readonly #held = new Map<Location, (() => Promise<void>)[]>();

  constructor(core: Core, faults: LicenseFaults) {
    this.#core = core;
    this.#faults = faults;
    const ca = core.trust === undefined ? [] : [...rootCertificates, core.trust];
    this.#agent = new Agent({
      connections: 8,
      connect: ca.length > 0 ? { ca } : {},
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
    });
  }

  /** Notifies a location's server, if it has subscribed to the type. Resolves after the first attempt. */
  async send(location: Location, type: NotificationType, notification: object): Promise<void> {
    const target = location.notifications;
    if (target === undefined || !location.subscribedTypes.includes(type)) return;
    const scope = { location: location.uId, type };
    const message = this.#message(location, type, notification);
    if (this.#faults.lost.strike(scope)) {
      this.#journal('notification.lost', message);
      return;
    }
    await this.#sendStrange(location, target, message, scope);
    const receiver = this.#receiver(location, target, scope);
    const post = async (): Promise<void> => {
      await this.#attempt(receiver, message, 1);
      await this.#repeat(receiver, message, scope);
    };
    const delay = this.#faults.delayed.strike(scope);
    if (delay) this.#core.clock.after(delay.seconds * 1000, post);
    else if (this.#faults.reordered.strike(scope)) this.#hold(location, post);
    else {
      await post();
      await this.#release(location);
    }
  }

  /** Sends what nobody asked for before the message, if such faults strike. */
  async #sendStrange(
    location: Location,
    target: NotificationTarget,
    { notification, notificationType }: Notification,
    scope: FaultScope,
  ): Promise<void> {
    const unknown = this.#faults.unknownType.strike(scope);
    if (unknown) await this.#attempt(target, this.#message(location, unknown.type, {}), 1);
    const stranger = this.#faults.unknownLocation.strike(scope);
    if (stranger) {
      const message = this.#message(location, notificationType, notification);
      await this.#attempt(target, { ...message, uId: stranger.uId }, 1);
    }
  }

  /** Where the message goes and with which token. */
  #receiver(location: Location, target: NotificationTarget, scope: FaultScope): NotificationTarget {
    const { earlierNotifications } = location;
    if (earlierNotifications && this.#faults.oldBearer.strike(scope)) return earlierNotifications;
    if (!this.#faults.wrongBearer.strike(scope)) return target;
    return { ...target, authToken: `wrong-${this.#core.random.hex(16)}` };
  }

  /** Sends the message again, at once or later, if that fault strikes. */
  async #repeat(
    receiver: NotificationTarget,
    message: Notification,
    scope: FaultScope,
  ): Promise<void> {
    const again = this.#faults.duplicated.strike(scope);
    for (let copy = 0; copy < (again?.copies ?? 0); copy++) {
      const send = (): Promise<void> => this.#attempt(receiver, message, 1);
      if (again?.seconds === 0) await send();
      else this.#core.clock.after((again?.seconds ?? 0) * 1000, send);
    }
  }

  /** Sends a TEST_NOTIFICATION to a target that is about to be configured. Resolves true on any 2xx. */
  async test(location: Location, target: NotificationTarget): Promise<boolean> {
    const scope = { location: location.uId, type: 'TEST_NOTIFICATION' };
    if (this.#faults.lost.strike(scope)) return false;
    return this.#post(target, this.#message(location, 'TEST_NOTIFICATION', {}), 1);
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  #message(location: Location, type: string, notification: object): Notification {
    return {
      notification,
      notificationId: this.#core.random.uuid(),
      notificationType: type,
      uId: location.uId,
    };
  }

  #hold(location: Location, post: () => Promise<void>): void {
    this.#held.set(location, [...(this.#held.get(location) ?? []), post]);
    this.#core.clock.after(HOLD_MS, () => this.#release(location));
  }

  async #release(location: Location): Promise<void> {
    const held = this.#held.get(location) ?? [];
    this.#held.delete(location);
    for (const post of held) await post();
  }

  async #attempt(
    target: NotificationTarget,
    message: Notification,
    attempt: number,
  ): Promise<void> {
    if ((await this.#post(target, message, attempt)) || attempt === ATTEMPTS) return;
    const pauseMs = this.#core.random.integer(30, 150) * 1000;
    this.#core.clock.after(pauseMs, () => this.#attempt(target, message, attempt + 1));
  }

  async #post(
    target: NotificationTarget,
    message: Notification,
    attempt: number,
  ): Promise<boolean> {
    this.#core.counters.add('notificationAttempts', message.uId);
    const outcome = await this.#deliver(target, message);
    this.#journal('notification.attempt', message, { attempt, ...outcome });
    if (!outcome.delivered) return false;
    this.#core.counters.add('notificationsDelivered', message.uId);
    this.#core.counters.add(
      'notificationElements',
      message.uId,
      elementCount(message.notification),
    );
    return true;
  }

  async #deliver(
    target: NotificationTarget,
    message: Notification,
  ): Promise<{ delivered: boolean; status?: number; error?: string }> {
    try {
      const { statusCode, body } = await request(target.url, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${target.authToken}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify(message),
        dispatcher: this.#agent,
      });
      await body.dump();
      return { delivered: statusCode >= 200 && statusCode < 300, status: statusCode };
    } catch (error) {
      return { delivered: false, error: error instanceof Error ? error.message : String(error) };
    }
  }

  #journal(kind: string, message: Notification, more: object = {}): void {
    const { notificationId, notificationType, uId, notification } = message;
    this.#core.journal.write(kind, {
      uId,
      notificationId,
      notificationType,
      elements: elementCount(notification),
      ...('eventId' in notification && { eventId: notification.eventId }),
      ...('result' in notification && { result: notification.result }),
      ...more,
    });
  }
}

function elementCount(notification: object): number {
  for (const name of ['assignments', 'users', 'associatedUsers']) {
    const elements = (notification as Record<string, unknown>)[name];
    if (Array.isArray(elements)) return elements.length;
  }
  return 0;
}
