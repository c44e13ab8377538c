/** Why the local PostgreSQL cannot be had, in a sentence that names the remedy. */
export class LocalPostgresError extends Error {
  override readonly name = 'LocalPostgresError';
}

/** The system's code of a failed call (`ENOENT`, `EACCES`, …), if that is what `error` is. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}

/** What a person should read of an error of any kind. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
