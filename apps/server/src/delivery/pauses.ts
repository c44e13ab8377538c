export const minuteMs = 60_000;
export const dayMs = 24 * 60 * minuteMs;
export const longestPauseMs = 6 * 60 * minuteMs;

/** Installs, or removals, commanded in vain before it needs a person; a late success still heals. */
export const mostAttempts = 12;

/** So much later. */
export function later(now: Date, ms: number): Date {
  return new Date(now.getTime() + ms);
}

/** When a device that is busy with an app is asked again: less and less often. */
export function afterAsk(asks: number, now: Date): Date {
  return later(now, Math.min(longestPauseMs, 5_000 * 2 ** Math.min(asks, 20)));
}
