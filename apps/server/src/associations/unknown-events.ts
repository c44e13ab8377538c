import { type RawBuilder, sql } from 'kysely';
import type { Database, Trx } from '../db/connect.ts';
import { requestAssignments, requestCounts } from '../library/index.ts';

/** SQL: whether an eventId at a location is that of a request of ours. */
const isOurs = (of: RawBuilder<unknown>) =>
  sql<boolean>`exists (select from associations.apple_request r
    where r.location_uid = ${of}.location_uid and r.event_id = ${of}.event_id)`;

/**
 * Keeps those notifications whose event is none of ours, as far as we know: Apple can tell of a request before its
 * answer has told us the eventId.
 *
 * @param which SQL: notifications, as `n`
 */
export async function keepUnknown(trx: Trx, which: RawBuilder<unknown>): Promise<void> {
  await sql`insert into associations.unknown_event (location_uid, notification_id)
    select n.location_uid, n.notification_id from ${which}
    where n.type = 'ASSET_MANAGEMENT' and not ${isOurs(sql`n`)}
    order by 1, 2 on conflict do nothing`.execute(trx);
}

/**
 * What others changed is read again: it settles nothing. That it was others is clear once the eventId of every request
 * of the location is known, or will never be. One statement looks at both, so that none can slip through in between.
 */
export async function readOfOthers(db: Database): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ assetId: number }>`
      with clear as (
        delete from associations.unknown_event e
        where not exists (select from associations.apple_request r
          where r.location_uid = e.location_uid and r.state in ('sending', 'unknown'))
        returning location_uid, notification_id)
      select distinct a.id as asset_id
      from clear
      join library.notification n on n.location_uid = clear.location_uid and n.notification_id = clear.notification_id
      cross join lateral jsonb_to_recordset(n.body -> 'notification' -> 'assignments')
        as named ("adamId" text, "pricingParam" text)
      join library.asset a on a.location_uid = n.location_uid and a.adam_id = named."adamId"
        and a.pricing_param = coalesce(named."pricingParam", 'STDQ')
      where not ${isOurs(sql`n`)} order by 1`.execute(trx);
    const assetIds = rows.map((row) => row.assetId);
    await requestAssignments(trx, assetIds);
    await requestCounts(trx, assetIds);
  });
}
