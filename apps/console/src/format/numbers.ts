const number = new Intl.NumberFormat('en-US');

/** 12345 → "12,345" */
export function formatNumber(value: number): string {
  return number.format(value);
}

/** "1 device", "12,345 devices" */
export function counted(value: number, singular: string, plural = `${singular}s`): string {
  return `${formatNumber(value)} ${value === 1 ? singular : plural}`;
}

/** Licenses owned, where null stands for a title without a limit. */
export function formatOwned(owned: number | null): string {
  return owned === null ? 'Unlimited' : formatNumber(owned);
}
