import { sql } from 'kysely';
import type { Database } from '../db/connect.ts';

/**
 * Tells grants of every asset of a location whose counts or holders changed, once each: also of those that a reading
 * cut off before has left.
 */
export async function noteChangedStock(db: Database, locationUid: string): Promise<void> {
  await sql`with changed as (
      update library.asset set unnoted = false where location_uid = ${locationUid} and unnoted returning id)
    insert into db.note (room, kind, key) select 'grants', 'stock', id::text from changed order by id`.execute(
    db,
  );
}
