import { type Seats, freeSeats } from './line.ts';

/** An asset as it would be after a change of assignments, and as it is now. */
export interface WhatIf extends Seats {
  /** Who would want a license. */
  readonly wanted: number;
  /** Those of them who have a seat of ours now. */
  readonly granted: number;
  /** Those of them whom Apple serves already without a seat of ours, or who have another asset of the title. */
  readonly satisfied: number;
  /** Who has a seat of ours now and would want it no more. */
  readonly reclaimable: number;
  /** The store's price of one license; null when unknown. */
  readonly price: number | null;
}

/** What would become of a change of assignments. */
export interface Forecast {
  /** Further licenses that would be needed. */
  readonly needed: number;
  /** Free now; null when the title is unlimited. */
  readonly free: number | null;
  /** Who would get a license at once. */
  readonly served: number;
  /** Who would get one when the licenses that the change sets free are back. */
  readonly servedLater: number;
  /** Who would wait, and so how many licenses there are to buy. */
  readonly toBuy: number;
  /** What they cost in the store; null when the price is unknown. */
  readonly cost: number | null;
}

/** Foretells what a change does to the licenses of an asset. An asset that is already over its total frees less. */
export function forecast(whatIf: WhatIf): Forecast {
  const needed = Math.max(0, whatIf.wanted - whatIf.granted - whatIf.satisfied);
  const free = freeSeats(whatIf);
  const freeAfter = freeSeats({ ...whatIf, taken: whatIf.taken - whatIf.reclaimable });
  const served = Math.min(needed, free);
  const servedLater = Math.min(needed, freeAfter) - served;
  const toBuy = needed - served - servedLater;
  return {
    needed,
    free: whatIf.total === null ? null : free,
    served,
    servedLater,
    toBuy,
    cost: whatIf.price === null ? null : Math.round(toBuy * whatIf.price * 100) / 100,
  };
}
