/** Deadlock, and a pair added by somebody else in between (`on conflict` would cost every page as much again). */
const clashes = new Set(['40P01', '23505']);
const tries = 5;

/**
 * Readings and settling write the same rows in orders of their own, as sets come: who loses does it again.
 *
 * @param write a statement or a transaction as a whole
 */
export async function retryingClashes<T>(write: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await write();
    } catch (error) {
      if (!isClash(error) || tried === tries) throw error;
    }
  }
}

/** Whether somebody else's work made a statement fail that will succeed when it is done again. */
export function isClash(error: unknown): boolean {
  return error instanceof Error && 'code' in error && clashes.has(String(error.code));
}
