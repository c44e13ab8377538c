import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../db/connect.ts';

export type HolderKind = 'device' | 'person';

/**
 * Makes sure that each of these can hold licenses.
 *
 * @param keys serial numbers or clientUserIds
 * @returns the holder's id by key
 */
export async function ensureHolders(
  db: Database,
  kind: HolderKind,
  keys: readonly string[],
): Promise<Map<string, number>> {
  const known = await findHolders(db, kind, keys);
  const missing = keys.filter((key) => !known.has(key));
  if (missing.length === 0) return known;
  // In order, so that two transactions that add the same holders wait for each other instead of locking up.
  await sql`insert into library.holder (kind, key)
    select distinct ${kind}, key from unnest(${missing}::text[]) as k (key) order by key
    on conflict do nothing`.execute(db);
  const added = await findHolders(db, kind, missing);
  return new Map([...known, ...added]);
}

/**
 * Makes sure that devices can hold licenses: as many as a query yields, in one statement.
 *
 * @param serialNumbers a query of one column
 */
export async function ensureDevicesOf(
  db: Database,
  serialNumbers: RawBuilder<unknown>,
): Promise<void> {
  await sql`insert into library.holder (kind, key)
    select distinct 'device', s.key from (${serialNumbers}) as s (key)
    where not exists (select from library.holder h where h.kind = 'device' and h.key = s.key)
    order by s.key
    on conflict do nothing`.execute(db);
}

/** The ids of those that are known, by key. */
export async function findHolders(
  db: Database,
  kind: HolderKind,
  keys: readonly string[],
): Promise<Map<string, number>> {
  if (keys.length === 0) return new Map();
  const { rows } = await sql<{ id: number; key: string }>`
    select id, key from library.holder where kind = ${kind} and key = any(${keys}::text[])`.execute(
    db,
  );
  return new Map(rows.map(({ id, key }) => [key, id]));
}
