import { byCheckIn } from './line.ts';

/** A device that a person's user license may serve. */
export interface ServedDevice {
  readonly id: string;
  /** The license serves it already. */
  readonly served: boolean;
  readonly lastCheckInAt: Date | null;
}

/**
 * Which devices a person's license serves, and which it is refused to: those it serves already, then those that
 * checked in last (behaviors 8, 27).
 *
 * @param limit how many devices one license serves; Apple's is five
 */
export function serve<Device extends ServedDevice>(
  devices: readonly Device[],
  limit: number,
): { readonly served: readonly Device[]; readonly refused: readonly Device[] } {
  const order = devices.toSorted(
    (a, b) => Number(b.served) - Number(a.served) || byCheckIn(a, b) || (a.id < b.id ? -1 : 1),
  );
  return { served: order.slice(0, limit), refused: order.slice(limit) };
}
