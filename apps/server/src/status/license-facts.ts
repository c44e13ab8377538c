import { type LicenseState, licenseState } from '@allotment/licensing';
import { sql } from 'kysely';
import { type Reason, licenseReason } from './reasons.ts';

/** What is known of a license, as `licenseColumns` names it. */
export interface LicenseFacts {
  readonly wanted: boolean;
  readonly granted: boolean;
  readonly held: boolean;
  readonly found: boolean;
  readonly failure: number | null;
  readonly failureMessage: string | null;
  /** A request to Apple with this pair is under way. */
  readonly requested: boolean;
  readonly paused: boolean;
  /** Another license of the title serves. */
  readonly covered: boolean;
  readonly stopped: boolean;
  readonly position: number | null;
  readonly since: Date;
}

/** A license as lists of titles and holders show it. */
export interface ShownLicense {
  readonly state: LicenseState;
  /** Place in the line, from 1; null unless waiting. */
  readonly position: number | null;
  readonly since: Date;
}

/**
 * SQL: the facts but `since`, of demand `d`, its open change `c`, its location `loc` and its place in `line`.
 *
 * @param foundBeside whether the license is found where there is no demand
 */
export const licenseColumns = (
  foundBeside = sql`false`,
) => sql`coalesce(d.wanted, false) as wanted, coalesce(d.granted, false) as granted,
  coalesce(d.held, false) as held, coalesce(d.found, ${foundBeside}) as found, d.failure, d.failure_message,
  d.covered_by is not null as covered, d.stopped_reason is not null as stopped,
  c.request_id is not null as requested, loc.paused_at is not null as paused, line.place as position`;

/** The license with the reason why it is not held yet. */
export function shownLicense(facts: LicenseFacts): {
  readonly license: ShownLicense;
  readonly reason: Reason | null;
} {
  const state = licenseState(facts);
  const { position, since } = facts;
  return { license: { state, position, since }, reason: licenseReason(state, facts) };
}
