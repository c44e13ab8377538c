import { outagePauseMs } from '@allotment/licensing';
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
  /** How often in a row Apple did not answer as it should. */
  readonly failures: number;
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
  const { rows } = await sql<{ epoch: number; taken: boolean; failures: number }>`
    with before as (select owner from associations.lease where location_uid = ${locationUid})
    insert into associations.lease as l (location_uid, epoch, owner, expires_at)
    values (${locationUid}, 1, ${owner}, ${expiresAt})
    on conflict (location_uid) do update set
      epoch = case when l.owner = excluded.owner then l.epoch else l.epoch + 1 end,
      owner = excluded.owner, expires_at = excluded.expires_at
    where l.owner = excluded.owner or l.expires_at <= ${now}
    returning l.epoch, l.failures, (select owner from before) is distinct from ${owner}::uuid as taken`.execute(
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

/** Leaves a location alone for a while after a failure, longer each time and never shorter than Apple asked for. */
export async function keepQuiet(context: Context, lease: Lease, retryAfterMs = 0): Promise<void> {
  const pauseMs = Math.max(retryAfterMs, outagePauseMs(lease.failures + 1, context.random));
  await context.db
    .updateTable('associations.lease')
    .set({
      failures: Math.min(lease.failures + 1, 1_000),
      quietUntil: new Date(context.clock.now().getTime() + pauseMs),
    })
    .where('locationUid', '=', lease.locationUid)
    .where('epoch', '=', lease.epoch)
    .execute();
}

/** Apple answers again. */
export async function endQuiet(context: Context, lease: Lease): Promise<void> {
  await context.db
    .updateTable('associations.lease')
    .set({ failures: 0, quietUntil: null })
    .where('locationUid', '=', lease.locationUid)
    .where('epoch', '=', lease.epoch)
    .execute();
}

/** Whether the lease is still this one, by the database's own row: asked in the statement that precedes a POST. */
export const leaseHolds = (lease: Lease) =>
  sql<boolean>`exists (select from associations.lease l where l.location_uid = ${lease.locationUid} and l.epoch = ${lease.epoch})`;

/**
 * Locations in which something is to be posted or found out now. Those where nothing can be done are left out: without
 * a working token, or while Apple is left alone; a paused one is only asked about what it was sent before. Only who is to
 * get a license waits for the user to be there.
 */
export async function busyLocations(db: Database, now: Date): Promise<readonly string[]> {
  const { rows } = await sql<{ uid: string }>`
    select l.uid from library.location l
    where l.owner_state = 'ours'
      and exists (select from library.token t where t.location_uid = l.uid and t.state = 'valid')
      and not exists (select from associations.lease q where q.location_uid = l.uid and q.quiet_until > ${now})
      and (
        exists (select from associations.apple_request r
          where r.location_uid = l.uid and r.state in ('planned', 'sending', 'accepted', 'unknown')
            and (r.next_check_at is null or r.next_check_at <= ${now}))
        or l.paused_at is null and exists (select from associations.apple_user u
          where u.location_uid = l.uid and u.due and u.request_id is null and (u.retry_at is null or u.retry_at <= ${now}))
        or l.paused_at is null and exists (select from library.asset a
          join grants.open_change c on c.asset_id = a.id and c.request_id is null and c.not_before <= ${now}
          where a.location_uid = l.uid and (c.op = 'disassociate' or not exists (select from associations.apple_user u
            where u.location_uid = l.uid and u.holder_id = c.holder_id and u.state in ('absent', 'retired')
              and (u.request_id is not null or u.retry_at > ${now})))))`.execute(db);
  return rows.map((row) => row.uid);
}
