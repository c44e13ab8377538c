import type { Core } from '../core/world.ts';

/** Where notifications for one token go. */
export interface PushReceiver {
  readonly serialNumber: string;
  /** Whether the device has a connection right now. */
  isOnline(): boolean;
  /** A notification has arrived at the device. @param magic what its body carried */
  receive(magic: string): void;
}

export interface Notification {
  readonly magic: string;
  /** How long the service keeps trying, simulated ms; 0: one try only. */
  readonly lifetimeMs: number;
}

interface Registration {
  readonly topic: string;
  readonly receiver: PushReceiver;
  /** The one notification kept while the device is away. */
  stored?: { readonly magic: string; readonly until: number };
}

/** What the service knows about a token. */
export type TokenStatus =
  | { readonly kind: 'registered'; readonly topic: string; readonly serialNumber: string }
  | { readonly kind: 'unregistered'; /** Real time, ms since the epoch. */ readonly since: number }
  | { readonly kind: 'unknown' };

/** How long a delivery takes, simulated ms. */
const DELIVERY_MS = { shortest: 100, longest: 1500 };

/** The tokens that devices hold, and the notifications on their way to them. */
export class PushTokens {
  readonly #core: Core;
  readonly #registrations = new Map<string, Registration>();
  readonly #unregistered = new Map<string, number>();

  constructor(core: Core) {
    this.#core = core;
  }

  /** @param token lower-case hexadecimal */
  register(token: string, topic: string, receiver: PushReceiver): void {
    this.#registrations.set(token, { topic, receiver });
  }

  /** From now on the service answers 410 for this token. */
  unregister(token: string): void {
    if (this.#registrations.delete(token))
      this.#unregistered.set(token, this.#core.clock.wallNow());
  }

  status(token: string): TokenStatus {
    const registration = this.#registrations.get(token);
    if (registration !== undefined) {
      const { topic, receiver } = registration;
      return { kind: 'registered', topic, serialNumber: receiver.serialNumber };
    }
    const since = this.#unregistered.get(token);
    return since === undefined ? { kind: 'unknown' } : { kind: 'unregistered', since };
  }

  /** Takes a notification over: under way at once, or kept as the only one until the device is back. */
  accept(token: string, notification: Notification): void {
    const registration = this.#registrations.get(token);
    if (registration === undefined) return;
    if (registration.receiver.isOnline()) this.#deliver(token, notification.magic);
    else this.#store(registration, notification);
  }

  /** To be called when the device with this token comes online: hands out what was kept for it. */
  deliverStored(token: string): void {
    const registration = this.#registrations.get(token);
    const stored = registration?.stored;
    if (registration === undefined || stored === undefined) return;
    delete registration.stored;
    if (this.#core.clock.now() <= stored.until) this.#deliver(token, stored.magic);
    else this.#core.counters.add('push.expired', registration.receiver.serialNumber);
  }

  #deliver(token: string, magic: string): void {
    const { clock, random, counters } = this.#core;
    clock.after(random.integer(DELIVERY_MS.shortest, DELIVERY_MS.longest), () => {
      const registration = this.#registrations.get(token);
      if (registration === undefined) return;
      const { receiver } = registration;
      if (!receiver.isOnline()) {
        this.#store(registration, { magic, lifetimeMs: Number.POSITIVE_INFINITY });
        return;
      }
      counters.add('push.delivered', receiver.serialNumber);
      receiver.receive(magic);
    });
  }

  #store(registration: Registration, { magic, lifetimeMs }: Notification): void {
    const { clock, counters } = this.#core;
    const { serialNumber } = registration.receiver;
    if (lifetimeMs <= 0) {
      counters.add('push.expired', serialNumber);
      return;
    }
    if (registration.stored !== undefined) counters.add('push.replaced', serialNumber);
    registration.stored = { magic, until: clock.now() + lifetimeMs };
  }
}
