import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { type Note, takeNotes } from '../db/notes.ts';
import { ensureHolders } from '../library/index.ts';
import type { Worker } from '../schedule/worker.ts';
import { decide, lockStock } from './decide.ts';
import { refreshStock } from './stock.ts';

/** Assets decided in one transaction: a change elsewhere waits for one of these at most. */
const assetsAtOnce = 50;
const devicesAtOnce = 5_000;

/** What the notes of a drain amount to. */
interface Changes {
  readonly stock: ReadonlySet<number>;
  readonly assets: ReadonlySet<number>;
  readonly devices: readonly string[];
}

/** Turns what changed elsewhere into decisions. */
export function grantsWorkers(context: Context): readonly Worker[] {
  return [
    { name: 'grants', wokenBy: ['grants'], run: async () => drain(context) },
    { name: 'grants: retries', wokenBy: [], run: async () => retryDue(context) },
  ];
}

async function drain(context: Context): Promise<boolean> {
  return context.db.transaction().execute(async (trx) => {
    const notes = await takeNotes(trx, 'grants');
    if (notes.length === 0) return false;
    const changes = await readChanges(trx, notes);
    await decideSome(context, trx, changes);
    return true;
  });
}

/** Decides a portion and leaves the rest as notes, so that one transaction stays short. */
async function decideSome(context: Context, trx: Trx, changes: Changes): Promise<void> {
  const now = context.clock.now();
  const all = [...new Set([...changes.stock, ...changes.assets])].sort((a, b) => a - b);
  const assetIds = all.slice(0, assetsAtOnce);
  const devices = changes.devices.slice(0, devicesAtOnce);
  if (assetIds.length > 0) {
    await lockStock(trx, assetIds);
    await refreshStock(
      trx,
      assetIds.filter((id) => changes.stock.has(id)),
      now,
    );
    await decide(context, trx, { kind: 'assets', assetIds });
  }
  if (devices.length > 0) {
    await ensureDeviceHolders(trx, devices);
    await decide(context, trx, { kind: 'devices', deviceIds: devices });
  }
  await sql`insert into db.note (room, kind, key) select 'grants', * from unnest(
    ${[...all.slice(assetsAtOnce).map((id) => (changes.stock.has(id) ? 'stock' : 'asset')), ...changes.devices.slice(devicesAtOnce).map(() => 'device')]}::text[],
    ${[...all.slice(assetsAtOnce).map(String), ...changes.devices.slice(devicesAtOnce)]}::text[])`.execute(
    trx,
  );
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

async function retryDue(context: Context): Promise<boolean> {
  return context.db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ assetId: number }>`select distinct asset_id from grants.demand
      where wanted and not granted and not found and retry_at <= ${context.clock.now()} order by asset_id limit ${assetsAtOnce}`.execute(
      trx,
    );
    if (rows.length === 0) return false;
    await decide(context, trx, { kind: 'assets', assetIds: rows.map((row) => row.assetId) });
    return false;
  });
}
