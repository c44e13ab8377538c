import { sql } from 'kysely';
import type { Trx } from '../db/connect.ts';

const dayMs = 24 * 60 * 60_000;
/** Apple repeats a notification within minutes; a month is kept for those who ask what happened. */
const notificationsKeptMs = 30 * dayMs;
/** The syncs of a quarter; the last ones stay however old they are. */
const syncsKeptMs = 90 * dayMs;
const syncsKeptAtLeast = 20;
/** Deleted together: what is left over goes after the next sync. */
const atOnce = 20_000;

/**
 * Forgets the notifications of a location and the syncs of its token that nobody asks for any more; and the notifications
 * of locations without a token, of which no sync ends.
 */
export async function forgetOld(
  trx: Trx,
  { id: tokenId, locationUid }: { readonly id: string; readonly locationUid: string },
  now: Date,
): Promise<void> {
  // Several syncs that end together may come upon the same ones: each takes what the others leave.
  await sql`with old as materialized (
      select location_uid, notification_id from library.notification n
      where applied_at < ${new Date(now.getTime() - notificationsKeptMs)} and ours_by is null
        and (location_uid = ${locationUid} or not exists (select from library.token t where t.location_uid = n.location_uid))
      order by applied_at limit ${atOnce} for update skip locked)
    delete from library.notification n using old
    where n.location_uid = old.location_uid and n.notification_id = old.notification_id`.execute(
    trx,
  );
  await sql`delete from library.sync where id in (
      select id from library.sync where token_id = ${tokenId} and finished_at < ${new Date(now.getTime() - syncsKeptMs)}
      except
      (select id from library.sync where token_id = ${tokenId} order by created_at desc limit ${syncsKeptAtLeast}))`.execute(
    trx,
  );
}
