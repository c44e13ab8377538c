const relative = new Intl.RelativeTimeFormat('en-US', { numeric: 'always' });

/** Clocks differ: what the server says is a few seconds ahead has just happened. */
const skewMs = 5000;

const units: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 365 * 86_400_000],
  ['month', 30 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

/** "in 3 days", "2 hours ago"; within a minute "just now" or "in a moment". */
export function formatRelative(at: Date, now: Date): string {
  const ms = at.getTime() - now.getTime();
  for (const [unit, size] of units) {
    if (Math.abs(ms) >= size) return relative.format(Math.trunc(ms / size), unit);
  }
  return ms > skewMs ? 'in a moment' : 'just now';
}

/** "Nov 23, 2026, 7:41 AM", in the time zone of whoever looks, or in the one given. */
export function formatDateTime(at: Date, timeZone?: string): string {
  return at.toLocaleString('en-US', {
    dateStyle: 'medium',
    timeStyle: 'short',
    ...(timeZone === undefined ? {} : { timeZone }),
  });
}

/** "Nov 23, 2026" */
export function formatDate(at: Date, timeZone?: string): string {
  return at.toLocaleDateString('en-US', {
    dateStyle: 'medium',
    ...(timeZone === undefined ? {} : { timeZone }),
  });
}

const dayMs = 86_400_000;
/** Apple hints at an expiring token this long before. */
const warnBeforeMs = 30 * dayMs;

export type Expiry = 'expired' | 'soon' | 'fine';

/** How a date of expiry is to be shown. */
export function expiryOf(at: Date, now: Date): Expiry {
  const left = at.getTime() - now.getTime();
  if (left <= 0) return 'expired';
  return left < warnBeforeMs ? 'soon' : 'fine';
}
