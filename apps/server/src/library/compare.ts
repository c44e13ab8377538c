import { sql } from 'kysely';
import type { Context } from '../context.ts';

/** An asset that was not read for so long is compared: once between two whole walks. */
const compareEveryMs = 6 * 60 * 60_000;
/** One asset of a location at a time, and no sooner than this after the last: Apple's limits are for licenses. */
const paceMs = 60_000;

/**
 * Asks for the rolling comparison of single assets with Apple: of each location whose time has come, the asset whose
 * assignments were read longest ago, where there are any. What others took back or gave is found between the whole
 * walks that way, also where notifications are lost or off, and where a large location is never walked without doubt.
 * An asset that changes whenever it is read does not keep the others waiting: its turn comes like theirs.
 */
export async function compareNext(context: Context): Promise<void> {
  const now = context.clock.now().getTime();
  const readBefore = new Date(now - compareEveryMs);
  await sql`with due as (
      update library.location set compare_at = ${new Date(now + paceMs)}
      where uid in (
        select l.uid from library.location l
        join library.token t on t.location_uid = l.uid and t.serving and t.state = 'valid'
        where (l.compare_at is null or l.compare_at <= ${new Date(now)}) and coalesce(l.walked_at, l.created_at) <= ${readBefore}
        for update of l skip locked)
      returning uid
    ), next as (
      select a.id from due cross join lateral (
        select id from library.asset a
        where a.location_uid = due.uid and a.vanished_at is null
          and (a.looked_at is null or a.looked_at <= ${readBefore})
          and (a.assigned > 0 or exists (select from library.license l where l.asset_id = a.id and l.present))
        order by a.looked_at nulls first limit 1) a
    )
    insert into db.note (room, kind, key)
    select 'library', 'assignments', id::text from next
    where not exists (select from db.note n where n.room = 'library' and n.kind = 'assignments' and n.key = next.id::text)`.execute(
    context.db,
  );
}
