/** "createVppToken" → "Create VPP token" */
export function sentenceOf(camelCase: string): string {
  const words = camelCase
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replace(/\bvpp\b/, 'VPP')
    .replace(/\bapi\b/, 'API')
    .replace(/\bcsv\b/, 'CSV');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Up to two initials of a name. */
export function initialsOf(name: string): string {
  return name
    .split(/\s+/)
    .filter((word) => /^[\p{L}\d]/u.test(word))
    .slice(0, 2)
    .map((word) => word.slice(0, 1).toUpperCase())
    .join('');
}
