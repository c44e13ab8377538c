const longestText = 200;

/** A text fit for an error message: without the secrets, without control characters, short. */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) {
    if (secret !== '') clean = clean.replaceAll(secret, '[secret]');
  }
  clean = clean.replaceAll(/\s+/g, ' ').trim();
  return clean.length > longestText ? `${clean.slice(0, longestText)}…` : clean;
}

/**
 * The cause of a network failure, reduced to its kind and its redacted text: the original may quote the request.
 */
export function redactCause(error: unknown, secrets: readonly string[]): Error {
  const source = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(source instanceof Error)) return new Error('unknown');
  const code = errorCode(source);
  const message = redact(source.message, secrets);
  return new Error(code === undefined ? message : `${code}: ${message}`);
}

/** The `code` of a system or network error. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}
