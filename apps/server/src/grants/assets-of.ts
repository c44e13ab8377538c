import { sql } from 'kysely';
import type { Trx } from '../db/connect.ts';

/** Assets assigned to these groups, or to a group that contains them. */
export async function assetsOfGroups(
  trx: Trx,
  groupIds: readonly string[],
): Promise<readonly number[]> {
  if (groupIds.length === 0) return [];
  const { rows } = await sql<{ assetId: number }>`with recursive above as (
      select unnest(${groupIds}::uuid[]) as group_id
      union
      select m.group_id from above join directory.member m on m.child_group_id = above.group_id)
    select distinct app.asset_id from above
    join assignments.assignment a on a.group_id = above.group_id
    join library.app app on app.id = a.app_id`.execute(trx);
  return rows.map((row) => row.assetId);
}

/** Assets of these apps. */
export async function assetsOfApps(
  trx: Trx,
  appIds: readonly string[],
): Promise<readonly number[]> {
  const { rows } = await sql<{ assetId: number }>`
    select distinct asset_id from library.app where id = any(${appIds}::uuid[])`.execute(trx);
  return rows.map((row) => row.assetId);
}

/** Every asset that could concern these holders: what they or their people have, and what reaches them. */
export async function assetsOfHolders(
  trx: Trx,
  holderIds: readonly number[],
): Promise<readonly number[]> {
  const { rows } = await sql<{ assetId: number }>`with recursive subject as materialized (
      select coalesce(h.person_id, dev.person_id) as person_id, known.id as directory_device_id
      from library.holder h left join directory.device known on h.kind = 'device' and known.serial_number = h.key
      left join devices.device dev on dev.directory_device_id = known.id
      where h.id = any(${holderIds}::int[])
    ), above as (
      select m.group_id from subject join directory.member m on m.device_id = subject.directory_device_id
      union
      select m.group_id from subject join directory.member m on m.person_id = subject.person_id
      union
      select m.group_id from above join directory.member m on m.child_group_id = above.group_id
    )
    select app.asset_id from assignments.assignment a join library.app app on app.id = a.app_id
    where a.group_id is null or a.group_id in (select group_id from above)
    union
    select asset_id from grants.demand where holder_id in (
      select unnest(${holderIds}::int[]) union select own.id from subject join library.holder own on own.person_id = subject.person_id)
    union
    select asset_id from grants.held_back where holder_id = any(${holderIds}::int[])`.execute(trx);
  return rows.map((row) => row.assetId);
}
