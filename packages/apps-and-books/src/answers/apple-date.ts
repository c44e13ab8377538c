const pattern =
  /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.\d{1,9})?(?:Z|([+-])(\d{2}):?(\d{2}))$/;

/**
 * Reads a time as Apple writes it, such as `2030-11-08T22:33:22+0000`: the offset has no colon, so it is not
 * RFC 3339 and `Date` need not take it. With a colon or `Z` it is read too.
 *
 * @returns undefined when it is not a date, or one that no calendar has
 */
export function parseAppleDate(text: string): Date | undefined {
  const match = pattern.exec(text.trim());
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map(Number);
  const local = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const exists =
    local.getUTCFullYear() === year &&
    local.getUTCMonth() === month - 1 &&
    local.getUTCDate() === day &&
    hour < 24 &&
    minute < 60 &&
    second < 60;
  if (!exists) return undefined;
  const offsetMinutes = Number(match[8] ?? 0) * 60 + Number(match[9] ?? 0);
  return new Date(local.getTime() - (match[7] === '-' ? -1 : 1) * offsetMinutes * 60_000);
}
