/** What the health of a token's connection to Apple is made of. */
export interface TokenFacts {
  readonly expiresAt: Date;
  /** When a sync last came to its end; since the token is here, where none did. */
  readonly syncedAt: Date;
}

export type TokenHealth = 'healthy' | 'warning' | 'unhealthy';

const dayMs = 86_400_000;

/** Late after a day, too late after three: a token is synced twice a day (behavior L51). */
export function syncLateness(syncedAt: Date, now: Date): 'onTime' | 'late' | 'tooLate' {
  const days = (now.getTime() - syncedAt.getTime()) / dayMs;
  if (days >= 3) return 'tooLate';
  return days > 1 ? 'late' : 'onTime';
}

/** Unhealthy: expired, or no sync for three days. Warning: seven days to its end, or no sync for one (behavior L51). */
export function tokenHealth({ expiresAt, syncedAt }: TokenFacts, now: Date): TokenHealth {
  const lateness = syncLateness(syncedAt, now);
  const left = (expiresAt.getTime() - now.getTime()) / dayMs;
  if (left <= 0 || lateness === 'tooLate') return 'unhealthy';
  return left <= 7 || lateness === 'late' ? 'warning' : 'healthy';
}
