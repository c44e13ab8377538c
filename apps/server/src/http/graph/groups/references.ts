import { wrong } from '../body.ts';

const mostAtOnce = 20;

/** The ids in references such as `https://…/v1.0/directoryObjects/{id}`, at most 20 at once, as Graph takes them. */
export function idsIn(field: string, references: unknown): readonly string[] {
  if (references === undefined || references === null) return [];
  if (!Array.isArray(references) || references.length > mostAtOnce) {
    throw wrong(field, `a list of at most ${mostAtOnce} references`);
  }
  return references.map((reference: unknown) => idIn(field, reference));
}

/** The id in one reference; it is the last segment or the last key. */
export function idIn(field: string, reference: unknown): string {
  const id =
    typeof reference === 'string'
      ? /(?:\/|\(')([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})(?:'\))?$/i.exec(reference)?.[1]
      : undefined;
  if (id === undefined) {
    throw wrong(
      field,
      'a reference such as https://host/v1.0/directoryObjects/00000000-0000-0000-0000-000000000000',
    );
  }
  return id.toLowerCase();
}
