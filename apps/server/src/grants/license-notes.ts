import { type RawBuilder, sql } from 'kysely';

/** So many holders are named by one note. */
const holdersANote = 100;

/**
 * SQL: the notes that tell `delivery` of licenses that came or went, `asset:holder,holder…`. One note for each would cost
 * more than the licenses themselves.
 *
 * @param pairs a relation with asset_id and holder_id
 */
export function licenseNotes(pairs: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`select 'delivery', 'license', asset_id || ':' || string_agg(holder_id::text, ',')
    from (
      select asset_id, holder_id, (row_number() over (partition by asset_id order by holder_id) - 1) / ${holdersANote} as part
      from ${pairs}) pair
    group by asset_id, part`;
}
