/** Somebody who waits for a license. */
export interface Waiting {
  /** Of the assignment that says how: it orders the line and takes nothing from those who have a license. */
  readonly priority: number;
  /** From the database's sequence, when the license was first wanted. */
  readonly position: number;
}

/** Sorts a line for the licenses of an asset: who comes first is served first (behaviors 3, 77). */
export function lineOrder(a: Waiting, b: Waiting): number {
  return b.priority - a.priority || a.position - b.position;
}

/** A device that begins to want a license. */
export interface Arrival {
  readonly lastCheckInAt: Date | null;
  /** From the database's sequence, at the first enrollment. */
  readonly firstSeen: number;
  readonly id: string;
}

/** Sorts those who begin to want within one change: devices already seen, then the latest check-in, then id. */
export function arrivalOrder(a: Arrival, b: Arrival): number {
  return byCheckIn(a, b) || a.firstSeen - b.firstSeen || (a.id < b.id ? -1 : 1);
}

/** Who checked in before those who never did, the latest first. */
export function byCheckIn(
  a: { readonly lastCheckInAt: Date | null },
  b: { readonly lastCheckInAt: Date | null },
): number {
  return (b.lastCheckInAt?.getTime() ?? -Infinity) - (a.lastCheckInAt?.getTime() ?? -Infinity) || 0;
}

/** The seats of an asset. */
export interface Seats {
  /** Owned; null when the title is unlimited. */
  readonly total: number | null;
  /** Assigned at Apple by others. */
  readonly foreignHeld: number;
  /** Ours: granted, on their way, held or on their way back. */
  readonly taken: number;
}

/** How many seats are free; never below 0, and Infinity when the title is unlimited (Law 4). */
export function freeSeats({ total, foreignHeld, taken }: Seats): number {
  return total === null ? Number.POSITIVE_INFINITY : Math.max(0, total - foreignHeld - taken);
}
