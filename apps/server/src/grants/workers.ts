import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { type Note, drainNotes, leaveNotes } from '../db/notes.ts';
import { ensureHolders } from '../library/index.ts';
import type { Worker } from '../schedule/worker.ts';
import { decide } from './decide.ts';
import type { Scope } from './resolve.ts';

/** Assets decided in one transaction: a change elsewhere waits for one of these at most. */
const assetsAtOnce = 50;
const devicesAtOnce = 5_000;
const notesAtOnce = 20_000;

/** What the notes of a drain amount to. */
interface Changes {
  readonly stock: ReadonlySet<number>;
  readonly assets: ReadonlySet<number>;
  readonly devices: readonly string[];
}

/** Turns what changed elsewhere into decisions. */
export function grantsWorkers(context: Context): readonly Worker[] {
  return [
    {
      name: 'grants',
      wokenBy: ['grants'],
      run: async () =>
        drainNotes(context.db, 'grants', notesAtOnce, async (trx, notes) =>
          decideSome(context, trx, await readChanges(trx, notes)),
        ),
    },
    { name: 'grants: retries', wokenBy: [], run: async () => retryDue(context) },
  ];
}

/** Decides a portion and leaves the rest as notes, so that one transaction stays short. */
async function decideSome(context: Context, trx: Trx, changes: Changes): Promise<void> {
  const all = [...new Set([...changes.stock, ...changes.assets])];
  const assetIds = all.slice(0, assetsAtOnce);
  const deviceIds = changes.devices.slice(0, devicesAtOnce);
  const scopes: Scope[] = [];
  if (assetIds.length > 0) scopes.push(scopeOf(assetIds, changes.stock));
  if (deviceIds.length > 0) scopes.push({ kind: 'devices', deviceIds });
  await ensureDeviceHolders(trx, deviceIds);
  await decide(context, trx, scopes);
  await leaveNotes(trx, 'grants', [
    ...all.slice(assetsAtOnce).map((id) => ({
      kind: changes.stock.has(id) ? 'stock' : 'asset',
      key: String(id),
    })),
    ...changes.devices.slice(devicesAtOnce).map((key) => ({ kind: 'device', key })),
  ]);
}

function scopeOf(assetIds: readonly number[], counted: ReadonlySet<number>): Scope {
  return { kind: 'assets', assetIds, counted: assetIds.filter((id) => counted.has(id)) };
}

async function readChanges(trx: Trx, notes: readonly Note[]): Promise<Changes> {
  const keys = (kind: string): string[] => [
    ...new Set(notes.filter((note) => note.kind === kind).map((note) => note.key)),
  ];
  const stock = new Set(keys('stock').map(Number));
  const assets = new Set(keys('asset').map(Number));
  for (const id of await assetsOfGroups(trx, keys('group'))) assets.add(id);
  for (const id of await assetsOfApps(trx, keys('app'))) assets.add(id);
  const devices = [
    ...new Set([...keys('device'), ...(await devicesOfPeople(trx, keys('person')))]),
  ].sort();
  return { stock, assets, devices };
}

/** Assets assigned to these groups or to a group that contains them. */
async function assetsOfGroups(trx: Trx, groupIds: readonly string[]): Promise<readonly number[]> {
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

async function assetsOfApps(trx: Trx, appIds: readonly string[]): Promise<readonly number[]> {
  if (appIds.length === 0) return [];
  const rows = await trx
    .selectFrom('library.app')
    .select('assetId')
    .distinct()
    .where('id', 'in', appIds)
    .execute();
  return rows.map((row) => row.assetId);
}

async function devicesOfPeople(trx: Trx, personIds: readonly string[]): Promise<readonly string[]> {
  if (personIds.length === 0) return [];
  const rows = await trx
    .selectFrom('devices.device')
    .select('id')
    .where('personId', 'in', personIds)
    .execute();
  return rows.map((row) => row.id);
}

/** Everybody who could be granted something has a holder row; devices get theirs when they enroll. */
async function ensureDeviceHolders(trx: Trx, deviceIds: readonly string[]): Promise<void> {
  if (deviceIds.length === 0) return;
  const { rows } = await sql<{
    serialNumber: string;
  }>`select dev.serial_number from devices.device dev
    where dev.id = any(${deviceIds}::uuid[])
      and not exists (select from library.holder h where h.kind = 'device' and h.key = dev.serial_number)`.execute(
    trx,
  );
  await ensureHolders(
    trx,
    'device',
    rows.map((row) => row.serialNumber),
  );
}

/** Pairs that Apple refused, and assets closed for lack of licenses, when their time has come. */
async function retryDue(context: Context): Promise<boolean> {
  const now = context.clock.now();
  const { rows } = await sql<{ assetId: number; closed: boolean }>`
    select asset_id, bool_or(closed) as closed from (
      select asset_id, false as closed from grants.demand
      where wanted and not granted and not found and retry_at <= ${now}
      union all
      select s.asset_id, true from grants.stock s join library.asset a on a.id = s.asset_id
      where s.reopen_at <= ${now} and s.closed_at <= a.read_at) due
    group by asset_id order by asset_id limit ${assetsAtOnce}`.execute(context.db);
  if (rows.length === 0) return false;
  const closed = new Set(rows.filter((row) => row.closed).map((row) => row.assetId));
  const scope = scopeOf(
    rows.map((row) => row.assetId),
    closed,
  );
  await context.db.transaction().execute(async (trx) => decide(context, trx, [scope]));
  return rows.length === assetsAtOnce;
}
