import { sql } from 'kysely';
import type { Database } from '../db/connect.ts';
import { waits } from '../grants/index.ts';

/** A location as the console shows it beside its tokens. */
export interface LocationOverview {
  readonly uid: string;
  readonly name: string;
  readonly country: string | null;
  readonly ownerState: string;
  readonly otherOwnerName: string | null;
  readonly pausedAt: Date | null;
  readonly pausedBy: string | null;
  readonly pausedReason: string | null;
  readonly notifications: string;
  readonly notificationsError: string | null;
  readonly lastNotificationAt: Date | null;
  readonly openChanges: number;
  readonly requestsInFlight: number;
  readonly brake: {
    readonly pulledAt: Date;
    readonly waiting: number;
    readonly allowed: number;
  } | null;
  /** Nothing is granted there before a person opens it again: all licenses were taken back. */
  readonly closed: { readonly at: Date; readonly by: string; readonly reason: string } | null;
  readonly apps: number;
  readonly books: number;
  /** Without unlimited titles. */
  readonly ownedLicenses: number;
  readonly heldLicenses: number;
  readonly waitingLicenses: number;
}

/** Every location, by name. */
export async function locationOverview(db: Database): Promise<readonly LocationOverview[]> {
  const { rows } = await sql<LocationOverview>`
    select l.uid, l.name, l.country, l.owner_state, l.other_owner_name, l.paused_at, l.paused_by, l.paused_reason,
      l.notifications, l.notifications_error, l.last_notification_at,
      (select count(*)::int from grants.open_change c join library.asset a on a.id = c.asset_id where a.location_uid = l.uid) as open_changes,
      (select count(*)::int from associations.apple_request r where r.location_uid = l.uid
        and r.state in ('planned', 'sending', 'accepted', 'unknown')) as requests_in_flight,
      (select json_build_object('pulledAt', b.pulled_at, 'waiting', b.waiting, 'allowed', b.allowed) from grants.brake b where b.location_uid = l.uid) as brake,
      (select json_build_object('at', c.closed_at, 'by', c.closed_by, 'reason', c.reason) from grants.closed_location c where c.location_uid = l.uid) as closed,
      coalesce(s.apps, 0) as apps, coalesce(s.books, 0) as books, coalesce(s.owned, 0) as owned_licenses,
      coalesce(d.held, 0) as held_licenses, coalesce(d.waiting, 0) as waiting_licenses
    from library.location l
    left join (
      select location_uid, count(*) filter (where product_type = 'App')::int as apps, count(*) filter (where product_type = 'Book')::int as books,
        sum(total) filter (where not unlimited)::int as owned
      from library.asset where vanished_at is null group by location_uid) s on s.location_uid = l.uid
    left join (
      select a.location_uid, count(*) filter (where d.held and d.wanted)::int as held,
        count(*) filter (where ${waits('d')})::int as waiting
      from grants.demand d join library.asset a on a.id = d.asset_id group by a.location_uid) d on d.location_uid = l.uid
    order by lower(l.name), l.uid`.execute(db);
  return rows.map((row) => ({
    ...row,
    brake: row.brake === null ? null : { ...row.brake, pulledAt: new Date(row.brake.pulledAt) },
    closed: row.closed === null ? null : { ...row.closed, at: new Date(row.closed.at) },
  }));
}
