import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Database } from '../db/connect.ts';

/** A process that stops renewing is followed by another after this long. */
const leaseMs = 6_000;

/** The right to post for a location, under an epoch that only grows (Law 5). */
export interface Lease {
  readonly locationUid: string;
  readonly epoch: number;
  /** True when this call took it over, so that what the former holder left must be found out. */
  readonly taken: boolean;
}

/**
 * Takes or renews the lease of a location.
 *
 * @returns undefined while another process holds it
 */
export async function holdLease(
  context: Context,
  owner: string,
  locationUid: string,
): Promise<Lease | undefined> {
  const now = context.clock.now();
  const expiresAt = new Date(now.getTime() + leaseMs);
  const { rows } = await sql<{ epoch: number; taken: boolean }>`
    with before as (select owner from associations.lease where location_uid = ${locationUid})
    insert into associations.lease as l (location_uid, epoch, owner, expires_at)
    values (${locationUid}, 1, ${owner}, ${expiresAt})
    on conflict (location_uid) do update set
      epoch = case when l.owner = excluded.owner then l.epoch else l.epoch + 1 end,
      owner = excluded.owner, expires_at = excluded.expires_at
    where l.owner = excluded.owner or l.expires_at <= ${now}
    returning l.epoch, (select owner from before) is distinct from ${owner}::uuid as taken`.execute(
    context.db,
  );
  const row = rows[0];
  return row === undefined ? undefined : { locationUid, ...row };
}

/** Gives up every lease of a process, so that the next one need not wait. */
export async function releaseLeases(context: Context, owner: string): Promise<void> {
  await context.db
    .updateTable('associations.lease')
    .set({ expiresAt: context.clock.now() })
    .where('owner', '=', owner)
    .execute();
}

/** Whether the lease is still this one, by the database's own row: asked in the statement that precedes a POST. */
export const leaseHolds = (lease: Lease) =>
  sql<boolean>`exists (select from associations.lease l where l.location_uid = ${lease.locationUid} and l.epoch = ${lease.epoch})`;

/** Locations in which something is to be posted or found out. */
export async function busyLocations(db: Database, now: Date): Promise<readonly string[]> {
  const { rows } = await sql<{ locationUid: string }>`
    select distinct a.location_uid from grants.open_change c join library.asset a on a.id = c.asset_id
      where c.request_id is null and c.not_before <= ${now}
    union
    select distinct location_uid from associations.apple_request
      where state in ('planned', 'sending', 'accepted', 'unknown') and (next_check_at is null or next_check_at <= ${now})`.execute(
    db,
  );
  return rows.map((row) => row.locationUid);
}
