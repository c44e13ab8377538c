import type { UserRecord } from '../users.ts';

/** A seat that renews at the end of the period, or one that ends then. */
export type SeatKind = 'renewing' | 'expiring';
export type SeatCounts = Readonly<Record<SeatKind, number>>;

/** A seat in somebody's hands. */
export interface Seat {
  /** Whether the user keeps it at the end of the period. */
  renewing: boolean;
  /** Which of the bought seats it is. */
  readonly kind: SeatKind;
  /** The deferred request that ends it with the period. */
  endedBy: string | undefined;
}

export interface SubscriptionInput {
  readonly adamId: number;
  readonly parentAdamId?: number | undefined;
  readonly renewing?: number | undefined;
  readonly expiring?: number | undefined;
  /** Simulated ms. */
  readonly periodEnd: number;
}

/** The seats a location has of one subscription (protocol reference 1.11). */
export class Subscription {
  readonly adamId: number;
  readonly parentAdamId: number | null;
  readonly seats = new Map<UserRecord, Seat>();
  readonly admins = new Set<UserRecord>();
  periodEnd: number;
  #total: Record<SeatKind, number>;

  constructor({ adamId, parentAdamId, renewing = 0, expiring = 0, periodEnd }: SubscriptionInput) {
    this.adamId = adamId;
    this.parentAdamId = parentAdamId ?? null;
    this.periodEnd = periodEnd;
    this.#total = { renewing, expiring };
  }

  get status(): 'ACTIVE' | 'INACTIVE' {
    return this.#total.renewing + this.#total.expiring > 0 ? 'ACTIVE' : 'INACTIVE';
  }

  /** Assigned and available add up to the total over both kinds, though not within one. */
  get counts(): Readonly<Record<'assigned' | 'available' | 'total', SeatCounts>> {
    const seats = [...this.seats.values()];
    const kept = seats.filter(({ renewing }) => renewing).length;
    return {
      assigned: { renewing: kept, expiring: seats.length - kept },
      available: { renewing: this.#free('renewing'), expiring: this.#free('expiring') },
      total: { ...this.#total },
    };
  }

  /** Whether that many more users can have a seat. */
  hasRoomFor(users: number, renewing: boolean): boolean {
    const free = this.#free('renewing') + (renewing ? 0 : this.#free('expiring'));
    return users <= free;
  }

  buy(counts: SeatCounts): void {
    this.#total.renewing += counts.renewing;
    this.#total.expiring += counts.expiring;
  }

  /** Gives the user a seat; who keeps it needs a renewing one. False: there is none left. */
  assign(user: UserRecord, renewing: boolean): boolean {
    const before = this.seats.get(user);
    this.seats.delete(user);
    const kind = !renewing && this.#free('expiring') > 0 ? 'expiring' : 'renewing';
    if (this.#free(kind) === 0) {
      if (before !== undefined) this.seats.set(user, before);
      return false;
    }
    this.seats.set(user, { renewing, kind, endedBy: undefined });
    return true;
  }

  /** Ends the period: expiring seats vanish, and users lose what does not renew. Answers who lost a seat. */
  endPeriod(next: number): { readonly user: UserRecord; readonly seat: Seat }[] {
    const ended = [...this.seats]
      .filter(([, { renewing }]) => !renewing)
      .map(([user, seat]) => ({ user, seat }));
    for (const { user } of ended) this.seats.delete(user);
    this.#total.expiring = 0;
    this.periodEnd = next;
    return ended;
  }

  #free(kind: SeatKind): number {
    const used = [...this.seats.values()].filter((seat) => seat.kind === kind).length;
    return this.#total[kind] - used;
  }
}
