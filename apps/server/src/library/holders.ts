import { sql } from 'kysely';
import type { Trx } from '../db/connect.ts';

export type HolderKind = 'device' | 'person';

/**
 * Makes sure that each of these can hold licenses.
 *
 * @param keys serial numbers or clientUserIds
 * @returns the holder's id by key
 */
export async function ensureHolders(
  trx: Trx,
  kind: HolderKind,
  keys: readonly string[],
): Promise<Map<string, number>> {
  if (keys.length === 0) return new Map();
  // In order, so that two transactions that add the same holders wait for each other instead of locking up.
  await sql`insert into library.holder (kind, key)
    select ${kind}, key from (select distinct unnest(${keys}::text[]) as key) k
    where not exists (select from library.holder h where h.kind = ${kind} and h.key = k.key)
    order by key on conflict do nothing`.execute(trx);
  const { rows } = await sql<{ id: number; key: string }>`
    select id, key from library.holder where kind = ${kind} and key = any(${keys}::text[])`.execute(
    trx,
  );
  return new Map(rows.map(({ id, key }) => [key, id]));
}
