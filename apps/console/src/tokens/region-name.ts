const names = new Intl.DisplayNames(['en'], { type: 'region' });

/** "de" → "Germany" */
export function regionName(code: string): string {
  return names.of(code.toUpperCase()) ?? code.toUpperCase();
}
