import { sentenceOf } from '../format/words.ts';

/** "Assignments: 2 · Fields: displayName, appleId"; undefined when there is nothing to tell. */
export function detailOf(detail: Readonly<Record<string, unknown>> | null): string | undefined {
  const parts = Object.entries(detail ?? {}).flatMap(([name, value]) => {
    const text = textOf(value);
    return text === '' ? [] : [`${sentenceOf(name)}: ${text}`];
  });
  return parts.length === 0 ? undefined : parts.join(' · ');
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) {
    return value.some(isRecord) ? String(value.length) : value.map(textOf).join(', ');
  }
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
