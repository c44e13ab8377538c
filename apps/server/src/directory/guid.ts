const guid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Whether a text is an id as this server gives them out; PostgreSQL refuses any other where it expects one. */
export function isGuid(text: string): boolean {
  return guid.test(text);
}
