const smallest = 20;
const share = 0.05;

/** How many licenses a location may take back within 24 hours without a person: max(20, 5 %) of those it holds (Law 11). */
export function brakeAllowance(held: number): number {
  return Math.max(smallest, Math.floor(held * share));
}

export type BrakeDecision =
  | { readonly go: true }
  | { readonly go: false; readonly waiting: number; readonly allowed: number };

/**
 * Whether a decision to take licenses back may go ahead. All of it goes or all of it waits: a part of a mistake is
 * a mistake too.
 *
 * @param held licenses the location holds now
 * @param lately taken back within the last 24 hours
 * @param now to be taken back by this decision
 */
export function decideBrake(held: number, lately: number, now: number): BrakeDecision {
  const allowed = brakeAllowance(held + lately);
  return now === 0 || lately + now <= allowed ? { go: true } : { go: false, waiting: now, allowed };
}

/** How many people may be given an irrevocable license within 24 hours without a person's consent (Law 11). */
export const irrevocableAllowance = 20;

/**
 * Whether licenses that Apple never takes back may be given out. All of them go or all of them wait.
 *
 * @param lately given out within the last 24 hours
 * @param now people who are to get one by this decision
 */
export function decideIrrevocable(lately: number, now: number): BrakeDecision {
  return now === 0 || lately + now <= irrevocableAllowance
    ? { go: true }
    : { go: false, waiting: now, allowed: irrevocableAllowance };
}
