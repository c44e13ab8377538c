import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { expiryWarning } from './expiry.ts';
import { syncLateness } from './health.ts';
import type { AlertSource, Finding } from './source.ts';

const minuteMs = 60_000;

interface TokenRow {
  readonly id: string;
  readonly displayName: string;
  readonly state: string;
  readonly stateReason: string | null;
  readonly expiresAt: Date;
  readonly otherOwnerName: string | null;
  readonly serving: boolean;
  /** When a sync last came to its end. */
  readonly syncedAt: Date;
  readonly lastSyncError: string | null;
}

async function readTokens(context: Context): Promise<readonly TokenRow[]> {
  const { rows } = await sql<TokenRow>`
    select t.id, t.display_name, t.state, t.state_reason, t.expires_at, t.serving, t.last_sync_error, l.other_owner_name,
      coalesce((select max(s.finished_at) from library.sync s where s.token_id = t.id and s.state = 'completed'), t.created_at) as synced_at
    from library.token t join library.location l on l.uid = t.location_uid
    order by t.id`.execute(context.db);
  return rows;
}

/** One kind of alert about tokens, looked for every minute. */
function aboutTokens(
  kind: string,
  judge: (
    token: TokenRow,
    now: Date,
  ) => Pick<Finding, 'severity' | 'stage' | 'message' | 'remedy'> | undefined,
): AlertSource {
  return {
    kind,
    subjectKind: 'token',
    everyMs: minuteMs,
    who: 'administrator',
    find: async (context) => {
      const now = context.clock.now();
      const tokens = await readTokens(context);
      return tokens.flatMap((token) => {
        const judged = judge(token, now);
        if (judged === undefined) return [];
        return [{ ...judged, subjectId: token.id, subjectName: token.displayName }];
      });
    },
  };
}

const renew =
  'Download a new content token of the location from Apple Business Manager or Apple School Manager and upload it into this token.';

/** Tokens that end, have ended, work no more, belong to others, or are not synced. */
export const tokenAlerts: readonly AlertSource[] = [
  aboutTokens('tokenExpires', (token, now) => {
    if (token.state === 'expired' || token.state === 'invalid') return undefined;
    const warning = expiryWarning(token.expiresAt, now);
    if (warning === undefined) return undefined;
    const { severity, stage, daysLeft } = warning;
    const days = daysLeft === 1 ? 'a day' : daysLeft === 0 ? 'less than a day' : `${daysLeft} days`;
    return { severity, stage, message: `The content token ends in ${days}.`, remedy: renew };
  }),
  aboutTokens('tokenExpired', (token) =>
    token.state === 'expired' && token.serving
      ? {
          severity: 'critical',
          message:
            'The content token has ended: no license can be assigned or taken back in its location.',
          remedy: renew,
        }
      : undefined,
  ),
  aboutTokens('tokenInvalid', (token) =>
    token.state === 'invalid'
      ? {
          severity: 'critical',
          message: token.stateReason ?? 'Apple takes the content token no more.',
          remedy: renew,
        }
      : undefined,
  ),
  aboutTokens('otherOwner', (token) =>
    token.state === 'assignedToExternalMDM'
      ? {
          severity: 'critical',
          message: `${token.otherOwnerName ?? 'Another service'} manages the location of this token: nothing is read or written here.`,
          remedy:
            'Remove the token from the other service and use a freshly generated one, or take the location over in the settings of this token.',
        }
      : undefined,
  ),
  aboutTokens('syncLate', (token, now) => {
    if (token.state !== 'valid' && token.state !== 'unknown') return undefined;
    const lateness = syncLateness(token.syncedAt, now);
    if (lateness === 'onTime') return undefined;
    const tooLate = lateness === 'tooLate';
    return {
      severity: tooLate ? 'critical' : 'warning',
      stage: tooLate ? 2 : 1,
      message: `The token was not synced for more than ${tooLate ? 'three days' : 'a day'}${token.lastSyncError === null ? '.' : `: ${token.lastSyncError}`}`,
      remedy: 'Start a sync; when it does not begin, check that the workers of this server run.',
    };
  }),
];
