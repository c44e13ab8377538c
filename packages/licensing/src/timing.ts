/** Twice a day (behavior 18). */
export const syncIntervalMs = 12 * 60 * 60 * 1000;
const syncJitterMs = 30 * 60 * 1000;

/** When the next sync on schedule is due: within 12 hours, up to half an hour earlier so that tokens spread. */
export function nextSyncAt(now: Date, random: () => number): Date {
  return new Date(now.getTime() + syncIntervalMs - Math.floor(random() * syncJitterMs));
}

const shortestMs = 60_000;
const longestMs = 6 * 60 * 60 * 1000;

/** The pause before a refused pair is tried again: a minute, doubling up to six hours, with a fifth of jitter. */
export function retryDelayMs(attempts: number, random: () => number): number {
  const base = Math.min(longestMs, shortestMs * 2 ** Math.max(0, Math.min(attempts - 1, 20)));
  return Math.floor(base * (0.9 + random() * 0.2));
}

const shortestOutageMs = 5_000;
const longestOutageMs = 10 * 60_000;

/** The pause after Apple failed to answer so many times in a row: five seconds, doubling up to ten minutes, with jitter. */
export function outagePauseMs(failures: number, random: () => number): number {
  const base = Math.min(longestOutageMs, shortestOutageMs * 2 ** Math.min(failures - 1, 20));
  return Math.floor(base * (0.9 + random() * 0.2));
}
