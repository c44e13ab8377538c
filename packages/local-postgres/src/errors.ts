/** PostgreSQL could not be had here; the message is a sentence for the operator, with the remedy. */
export class LocalPostgresError extends Error {
  override readonly name = 'LocalPostgresError';
}
