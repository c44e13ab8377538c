import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { ensureHolders, ensurePersonHolders } from '../library/index.ts';

/** Whom a decision about some assets may concern. */
export interface Candidates {
  readonly assetIds: readonly number[];
  /** Only those in this group, directly or through the groups in it; null: all that the assets are or were for. */
  readonly groupId: string | null;
}

/**
 * The holders a decision may concern, in the order in which new ones get in line: devices seen already first, then
 * the latest check-in, then the order of enrollment; then those who only give something back.
 */
export async function listCandidates(
  context: Context,
  trx: Trx,
  candidates: Candidates,
): Promise<readonly number[]> {
  await ensureCandidates(context, trx, candidates);
  const { rows } = await sql<{ holderId: number }>`with recursive ${treeOf(candidates)}
    select holder_id from (
      select h.id as holder_id, dev.last_check_in_at, dev.first_seen
      from target join devices.device dev on dev.id = target.device_id
      join library.holder h on h.kind = 'device' and h.key = dev.serial_number
      union all
      select h.id, null, null from book_reader join library.holder h on h.person_id = book_reader.person_id
      union all
      select d.holder_id, null, null from grants.demand d
      where ${candidates.groupId === null} and d.asset_id = any(${candidates.assetIds}::int[])
    ) candidate
    group by holder_id order by min(last_check_in_at) is null, min(last_check_in_at) desc, min(first_seen), holder_id`.execute(
    trx,
  );
  return rows.map((row) => row.holderId);
}

/** Whether the candidates, counted once for each way they are reached, are at most so many. */
export async function areFew(trx: Trx, candidates: Candidates, most: number): Promise<boolean> {
  const { rows } = await sql<{ n: number }>`with recursive ${treeOf(candidates)}
    select count(*)::int as n from (
      select from target union all select from book_reader
      union all select from grants.demand d where ${candidates.groupId === null} and d.asset_id = any(${candidates.assetIds}::int[])
      limit ${most + 1}) one`.execute(trx);
  return (rows[0]?.n ?? 0) <= most;
}

/** Everybody who could be granted something has a holder row. */
async function ensureCandidates(context: Context, trx: Trx, candidates: Candidates): Promise<void> {
  await sql`with recursive ${treeOf(candidates)}
    insert into library.holder (kind, key)
    select distinct 'device', dev.serial_number from target join devices.device dev on dev.id = target.device_id
    where not exists (select from library.holder h where h.kind = 'device' and h.key = dev.serial_number)
    order by dev.serial_number
    on conflict do nothing`.execute(trx);
  const { rows } = await sql<{ personId: string }>`with recursive ${treeOf(candidates)}
    select distinct person_id from book_reader
    where not exists (select from library.holder h where h.person_id = book_reader.person_id)`.execute(
    trx,
  );
  await ensurePersonHolders(
    context,
    trx,
    rows.map((row) => row.personId),
  );
}

/** The devices that targets of the assets reach, and the people that those of books reach. */
function treeOf({ assetIds, groupId }: Candidates) {
  const assigned = sql`assigned as (
      select a.target, a.group_id, app.platform = 'book' as book from assignments.assignment a join library.app app on app.id = a.app_id
      where app.asset_id = any(${assetIds}::int[]) and a.target <> 'exclusionGroup'
    )`;
  const roots =
    groupId === null
      ? sql`select group_id, book from assigned where group_id is not null`
      : sql`select ${groupId}::uuid, false union select ${groupId}::uuid, true from assigned where book`;
  return sql`${assigned}, tree (group_id, book) as (
      ${roots}
      union
      select m.child_group_id, tree.book from tree join directory.member m on m.group_id = tree.group_id where m.child_group_id is not null
    ), target as (
      select dev.id as device_id from tree
      join directory.member m on m.group_id = tree.group_id join devices.device dev on dev.directory_device_id = m.device_id
      where not tree.book
      union all
      select dev.id from tree
      join directory.member m on m.group_id = tree.group_id join devices.device dev on dev.person_id = m.person_id
      where not tree.book
      union all
      select dev.id from devices.device dev
      where ${groupId === null} and (exists (select from assigned where target = 'allDevices')
        or (dev.person_id is not null and exists (select from assigned where target = 'allUsers')))
    ), book_reader as (
      select m.person_id from tree join directory.member m on m.group_id = tree.group_id and m.person_id is not null
      where tree.book
    )`;
}

/** The holders of these devices and people. */
export async function holdersOf(
  context: Context,
  trx: Trx,
  deviceIds: readonly string[],
  personIds: readonly string[],
): Promise<readonly number[]> {
  const { rows: missing } = await sql<{ serialNumber: string }>`
    select serial_number from devices.device dev
    where (dev.id = any(${deviceIds}::uuid[]) or dev.person_id = any(${personIds}::uuid[]))
      and not exists (select from library.holder h where h.kind = 'device' and h.key = dev.serial_number)`.execute(
    trx,
  );
  await ensureHolders(
    trx,
    'device',
    missing.map((row) => row.serialNumber),
  );
  await ensurePersonHolders(context, trx, await readersAmong(trx, personIds));
  const { rows } = await sql<{ id: number }>`
    select h.id from devices.device dev join library.holder h on h.kind = 'device' and h.key = dev.serial_number
    where dev.id = any(${deviceIds}::uuid[])
    union select h.id from devices.device dev join library.holder h on h.kind = 'device' and h.key = dev.serial_number
    where dev.person_id = any(${personIds}::uuid[])
    union select id from library.holder where person_id = any(${personIds}::uuid[])`.execute(trx);
  return rows.map((row) => row.id);
}

/** People can hold books without a device of their own being decided; they need a holder row for it. */
async function readersAmong(trx: Trx, personIds: readonly string[]): Promise<readonly string[]> {
  if (personIds.length === 0) return [];
  const { rows } = await sql<{ id: string }>`
    select p.id from directory.person p where p.id = any(${personIds}::uuid[]) and p.deleted_at is null
      and exists (select from assignments.assignment a join library.app app on app.id = a.app_id where app.platform = 'book')`.execute(
    trx,
  );
  return rows.map((row) => row.id);
}

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

/** Every asset that could concern these holders: what they have, and what reaches them or their people. */
export async function assetsOfHolders(
  trx: Trx,
  holderIds: readonly number[],
): Promise<readonly number[]> {
  const { rows } = await sql<{ assetId: number }>`with recursive subject as materialized (
      select coalesce(h.person_id, dev.person_id) as person_id, dev.directory_device_id
      from library.holder h left join devices.device dev on h.kind = 'device' and dev.serial_number = h.key
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
    select asset_id from grants.demand where holder_id = any(${holderIds}::int[])`.execute(trx);
  return rows.map((row) => row.assetId);
}
