import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { ensureDevicesOf, ensureHolders, ensurePersonHolders } from '../library/index.ts';
import { clearWorkTables } from './work-tables.ts';

/** Whom a decision about some assets may concern. */
export interface Candidates {
  readonly assetIds: readonly number[];
  /** Only those in this group, directly or through the groups in it; null: all that the assets are or were for. */
  readonly groupId: string | null;
}

/**
 * The holders a decision may concern, in the order in which new ones get in line: devices seen already first, then
 * the latest check-in, then the order of enrollment; then those who only give something back. Everybody who could be
 * granted something has a holder row from then on.
 *
 * @returns undefined when they are more than `most`, counted once for each way they are reached
 */
export async function listCandidates(
  context: Context,
  trx: Trx,
  candidates: Candidates,
  most?: number,
): Promise<readonly number[] | undefined> {
  await clearWorkTables(trx);
  const { numAffectedRows } = await collect(candidates, most).execute(trx);
  if (most !== undefined && Number(numAffectedRows ?? 0n) > most) return undefined;
  const listed = await candidateHolders(trx);
  if (!listed.includes(null)) return listed.filter((id) => id !== null);
  await ensureCandidates(context, trx);
  return (await candidateHolders(trx)).filter((id) => id !== null);
}

/** In order; one of them is null when some have no holder row yet. */
async function candidateHolders(trx: Trx): Promise<readonly (number | null)[]> {
  const { rows } = await sql<{ holderId: number | null }>`
    select holder_id from (
      select h.id as holder_id, dev.last_check_in_at, dev.first_seen
      from ${candidateDevices} dev left join library.holder h on h.kind = 'device' and h.key = dev.serial_number
      union all
      select h.id, null, null from candidate c left join library.holder h on h.person_id = c.person_id
      where c.book and c.person_id is not null
      union all
      select holder_id, null, null from candidate where holder_id is not null
    ) one
    group by holder_id order by min(last_check_in_at) is null, min(last_check_in_at) desc, min(first_seen), holder_id`.execute(
    trx,
  );
  return rows.map((row) => row.holderId);
}

/** Writes down whom the targets of the assets reach, and who has something of them. */
function collect({ assetIds, groupId }: Candidates, most: number | undefined) {
  const ofAssets = sql`
      select dev.directory_device_id, null::uuid, null::int, false from devices.device dev
      where exists (select from assigned where target = 'allDevices')
      union all
      select null, dev.person_id, null, false from devices.device dev
      where dev.person_id is not null and exists (select from assigned where target = 'allUsers')
      union all
      select null, null, holder_id, false from grants.demand where asset_id = any(${assetIds}::int[])
      union all
      select null, null, holder_id, false from grants.held_back where asset_id = any(${assetIds}::int[])`;
  return sql`with recursive assigned as materialized (
      select a.target, a.group_id, app.platform = 'book' as book from assignments.assignment a join library.app app on app.id = a.app_id
      where app.asset_id = any(${assetIds}::int[]) and a.target <> 'exclusionGroup'
    ), tree (group_id, book) as (
      ${
        groupId === null
          ? sql`select group_id, book from assigned where group_id is not null`
          : sql`select ${groupId}::uuid, false union select ${groupId}::uuid, true from assigned where book`
      }
      union
      select m.child_group_id, tree.book from tree cross join lateral (
        select child_group_id from directory.member where group_id = tree.group_id and child_group_id is not null offset 0) m
    )
    insert into candidate (directory_device_id, person_id, holder_id, book)
    select m.device_id, m.person_id, null::int, tree.book from tree cross join lateral (
      select device_id, person_id from directory.member where group_id = tree.group_id and child_group_id is null offset 0) m
    ${groupId === null ? sql`union all ${ofAssets}` : sql``}
    ${most === undefined ? sql`` : sql`limit ${most + 1}`}`;
}

/** Each is looked up by itself: as joins, PostgreSQL reads all devices for a thousand of them. */
const candidateDevices = sql`(
    select coalesce(dev.serial_number, expected.serial_number) as serial_number, dev.last_check_in_at, dev.first_seen
    from (select distinct directory_device_id from candidate where not book and directory_device_id is not null) c
    left join lateral (select serial_number, last_check_in_at, first_seen from devices.device
      where directory_device_id = c.directory_device_id offset 0) dev on true
    left join lateral (select serial_number from directory.device
      where dev.serial_number is null and id = c.directory_device_id offset 0) expected on true
    where coalesce(dev.serial_number, expected.serial_number) is not null
    union all
    select dev.serial_number, dev.last_check_in_at, dev.first_seen
    from (select distinct person_id from candidate where not book and person_id is not null) c
    cross join lateral (select serial_number, last_check_in_at, first_seen from devices.device
      where person_id = c.person_id offset 0) dev)`;

async function ensureCandidates(context: Context, trx: Trx): Promise<void> {
  await ensureDevicesOf(trx, sql`select dev.serial_number from ${candidateDevices} dev`);
  const { rows } = await sql<{ personId: string }>`
    select distinct c.person_id from candidate c where c.book and c.person_id is not null
      and not exists (select from library.holder h where h.person_id = c.person_id)`.execute(trx);
  await ensurePersonHolders(
    context,
    trx,
    rows.map((row) => row.personId),
  );
}

/** Some devices and people. */
export interface Subjects {
  readonly deviceIds?: readonly string[];
  /** The directory's: also of devices that have not enrolled yet. */
  readonly directoryDeviceIds?: readonly string[];
  readonly personIds?: readonly string[];
}

/** The holders of these devices and people, and of these people's devices. */
export async function holdersOf(
  context: Context,
  trx: Trx,
  { deviceIds = [], directoryDeviceIds = [], personIds = [] }: Subjects,
): Promise<readonly number[]> {
  const devices = sql`(
    select serial_number from devices.device where id = any(${deviceIds}::uuid[])
    union select serial_number from devices.device where person_id = any(${personIds}::uuid[])
    union select serial_number from directory.device where id = any(${directoryDeviceIds}::uuid[]))`;
  const { rows: missing } = await sql<{ serialNumber: string }>`
    select serial_number from ${devices} dev
    where not exists (select from library.holder h where h.kind = 'device' and h.key = dev.serial_number)`.execute(
    trx,
  );
  await ensureHolders(
    trx,
    'device',
    missing.map((row) => row.serialNumber),
  );
  await ensurePersonHolders(context, trx, await readersAmong(trx, personIds));
  const { rows } = await sql<{ id: number }>`
    select h.id from ${devices} dev join library.holder h on h.kind = 'device' and h.key = dev.serial_number
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
