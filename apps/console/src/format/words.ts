/** "createVppToken" → "Create content token": the names of the interfaces in the words of the screens. */
export function sentenceOf(camelCase: string): string {
  const words = camelCase
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replace(/\bvpp token\b/, 'content token')
    .replace(/\b(?:mobile|managed) (app|device)\b/, '$1')
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
