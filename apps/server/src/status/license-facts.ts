import { type LicenseState, licenseState } from '@allotment/licensing';
import { sql } from 'kysely';
import { awaitsPersonsRelease } from '../grants/index.ts';
import { gapOf, userRefusalOf } from './at-apple.ts';
import { type Reason, type ReasonFacts, licenseReason } from './reasons.ts';

/** What is known of a license, as `licenseColumns` names it. */
export interface LicenseFacts extends ReasonFacts {
  readonly wanted: boolean;
  readonly granted: boolean;
  readonly held: boolean;
  readonly found: boolean;
  /** Another asset of the title serves. */
  readonly covered: boolean;
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
 * SQL: what keeps a license from being held, of demand `d`, its open change `c`, its stock `s`, its location `loc` and
 * its place in `line`. All lists name the same reasons (Law 9).
 */
export const obstacleColumns = sql`d.covered_by is not null as covered, d.stopped_reason is not null as stopped,
  s.closed_to_grants as closed_by_person, s.closed_reason as closed_by_apple, ${awaitsPersonsRelease('d')} as unreleased,
  c.request_id is not null as requested, loc.paused_at is not null as paused, line.place as position, ${gapOf} as gap,
  c.asset_id is null and exists (select from grants.brake b where b.location_uid = loc.uid) as braked,
  (select ${userRefusalOf} from associations.apple_user u
    where u.location_uid = loc.uid and u.holder_id = d.holder_id) as user_refusal`;

/**
 * SQL: the facts but `since`, of the tables that `obstacleColumns` names.
 *
 * @param foundBeside whether the license is found where there is no demand
 */
export const licenseColumns = (
  foundBeside = sql`false`,
) => sql`coalesce(d.wanted, false) as wanted, coalesce(d.granted, false) as granted,
  coalesce(d.held, false) as held, coalesce(d.found, ${foundBeside}) as found, d.failure, d.failure_message,
  ${obstacleColumns}`;

/** The license with the reason why it is not held yet. */
export function shownLicense(facts: LicenseFacts): {
  readonly license: ShownLicense;
  readonly reason: Reason | null;
} {
  const state = licenseState(facts);
  const { position, since } = facts;
  return { license: { state, position, since }, reason: licenseReason(state, facts) };
}
