import { sql } from 'kysely';
import type { Trx } from '../db/connect.ts';

/** SQL: whether a row of demand has a license that somebody here wants: ours, or found. */
const serves = (row: string) =>
  sql`${sql.ref(`${row}.wanted`)} and (${sql.ref(`${row}.granted`)} or ${sql.ref(`${row}.found`)})`;

/**
 * A query of the devices that one title serves twice, by a license of their own and by their person's of another asset:
 * `device_id`, `device_asset_id`, `person_asset_id`. Apple does not support that (L20), and it costs two licenses. It is
 * pointed out and not undone: which of the two assignments is meant, only a person knows.
 */
export const servedTwice = sql`
  select p.device_id, mine.id as device_asset_id, p.asset_id as person_asset_id
  from library.asset a
  join library.asset mine on mine.adam_id = a.adam_id and mine.id <> a.id
  join grants.placement p on p.asset_id = a.id and p.refused is null and not p.leaving
  join grants.demand theirs on theirs.asset_id = p.asset_id and theirs.holder_id = p.holder_id and ${serves('theirs')}
  join devices.device dev on dev.id = p.device_id and dev.management_state = 'managed'
  join library.holder h on h.kind = 'device' and h.key = dev.serial_number
  join grants.demand own on own.asset_id = mine.id and own.holder_id = h.id and ${serves('own')}`;

/** On how many devices another asset of the title would serve beside this one, within a rehearsal. */
export async function countServedTwice(trx: Trx, assetId: number): Promise<number> {
  const { rows } = await sql<{ devices: number }>`
    select count(distinct device_id)::int as devices from (${servedTwice}) twice
    where ${assetId}::int in (device_asset_id, person_asset_id)`.execute(trx);
  return rows[0]?.devices ?? 0;
}
