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

/**
 * SQL: the notes that have the people decided whose user licenses give way to their devices' own (behavior L20): a
 * user license serves such a device until its own is there, of this location or another. Most titles have no user
 * licenses: they are ruled out first (`offset 0`, because PostgreSQL expects one pair and looked at the device of each).
 *
 * @param pairs a relation with asset_id and holder_id: licenses that are there from now on, ours or found
 */
export function replacedNotes(pairs: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`(with shared as materialized (
      select came.asset_id, b.id as placed_asset_id from (select distinct asset_id from ${pairs} pair) came
      join library.asset a on a.id = came.asset_id
      join library.asset b on b.adam_id = a.adam_id
      where exists (select from grants.placement p where p.asset_id = b.id)
    )
    select distinct 'grants', 'person', own.person_id::text
    from (
      select came.holder_id, shared.placed_asset_id from shared
      join ${pairs} came on came.asset_id = shared.asset_id offset 0) came
    join library.holder h on h.id = came.holder_id and h.kind = 'device'
    join devices.device dev on dev.serial_number = h.key
    join grants.placement p on p.asset_id = came.placed_asset_id and p.device_id = dev.id
    join library.holder own on own.id = p.holder_id)`;
}

/**
 * SQL: the notes that have devices decided anew whose own license is wanted and gone, or refused. It may only have been
 * kept where a user license is assigned by now (behavior L19): that one is due then. They come before those that give
 * the seats away.
 *
 * @param pairs a relation with asset_id and holder_id
 */
export function goneNotes(pairs: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`(select distinct 'grants', 'holder', gone.holder_id::text
    from ${pairs} gone
    join library.holder h on h.id = gone.holder_id and h.kind = 'device'
    where exists (select from library.app join assignments.assignment a on a.app_id = app.id
      where app.asset_id = gone.asset_id and a.license_type = 'user'))`;
}
