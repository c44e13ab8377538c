import { type RawBuilder, sql } from 'kysely';

/**
 * A statement that keeps what Apple has settled. A tombstone stays for what was taken back, so that a walk begun earlier
 * does not bring it to life again.
 *
 * @param pairs a query for each pair once: asset_id, holder_id, and whether it is assigned now (present)
 */
export function recordSettled(pairs: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`insert into library.license (asset_id, holder_id, present, changed)
    select asset_id, holder_id, present, (select nextval('db.change_order')) from (${pairs}) settled
    order by asset_id, holder_id
    on conflict (asset_id, holder_id) do update set present = excluded.present, changed = excluded.changed`;
}
