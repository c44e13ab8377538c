import type { ReasonCode } from './reasons.ts';
import type { Answer } from './verdict.ts';

/** How far something is on its way onto a device, an app or a book. */
export interface Progress {
  /** Apple's last word for it. */
  readonly appleState: string | null;
  readonly reason: ReasonCode | null;
  readonly errorCode: number | null;
  /** Apple's raw reasons and numbers. */
  readonly errorDetail: Answer | null;
  /** How often it was commanded since the last success. */
  readonly attempts: number;
  /** How often the device was asked since its last progress. */
  readonly asks: number;
  /** When to act by itself again. */
  readonly nextAt: Date | null;
}

const mostCounted = 1000;

/** One attempt or question more; a count ends where more says nothing, long before its column does. */
export function oneMore(count: number): number {
  return Math.min(count + 1, mostCounted);
}

/** Nothing is known yet. */
export const noProgress: Progress = {
  appleState: null,
  reason: null,
  errorCode: null,
  errorDetail: null,
  attempts: 0,
  asks: 0,
  nextAt: null,
};
