import { sql } from 'kysely';

/**
 * SQL: whether Apple shows a license of a pair that a person took back, which has no demand of ours: another product
 * has assigned it since.
 */
export const shownToHeld = (hold: string) => sql`exists (select from library.license shown
  where shown.asset_id = ${sql.ref(`${hold}.asset_id`)} and shown.holder_id = ${sql.ref(`${hold}.holder_id`)} and shown.present)`;

/**
 * Each app on each device it is for, or was: by the device's own license or by that of its person, or kept from it by
 * hand. Where a person's license does not serve the device, the device has none.
 */
export const pairs = sql`(
  select d.asset_id, d.holder_id, dev.id as device_id, d.wanted, d.granted, d.held, d.found, d.covered_by is not null as covered,
    d.failure, null::text as refused
  from grants.demand d
  join library.holder h on h.id = d.holder_id and h.kind = 'device'
  join devices.device dev on dev.serial_number = h.key
  union all
  select p.asset_id, p.holder_id, p.device_id, d.wanted and serves.it, d.granted and serves.it, d.held and serves.it,
    d.found and serves.it, d.covered_by is not null and serves.it, d.failure, p.refused
  from grants.placement p
  join grants.demand d on d.asset_id = p.asset_id and d.holder_id = p.holder_id
  cross join lateral (select not p.leaving and p.refused is null as it) serves
  union all
  select o.asset_id, o.holder_id, dev.id, false, false, false, ${shownToHeld('o')}, false, null, null
  from grants.hold o
  join library.holder h on h.id = o.holder_id and h.kind = 'device'
  join devices.device dev on dev.serial_number = h.key
  where not exists (select from grants.demand d where d.asset_id = o.asset_id and d.holder_id = o.holder_id)
)`;
