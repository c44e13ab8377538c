import { createHmac } from 'node:crypto';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Database, Trx } from '../db/connect.ts';

/**
 * How Apple knows one of our people: a UUID (version 8) made from the person's id with this installation's key. The
 * same database and key give the same names, and nobody else can tell who it is.
 */
export function clientUserIdOf(peopleKey: Buffer, personId: string): string {
  const bytes = createHmac('sha256', peopleKey).update(personId).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}

export const managedAppleIdSources = ['directory', 'userPrincipalName'] as const;
export type ManagedAppleIdSource = (typeof managedAppleIdSources)[number];

/**
 * Keeps where the Managed Apple Accounts of a location's people are written.
 *
 * @returns the location's name and whether that was otherwise before; undefined: there is no such location
 */
export async function setManagedAppleIdSource(
  trx: Trx,
  locationUid: string,
  source: ManagedAppleIdSource,
): Promise<{ readonly name: string; readonly changed: boolean } | undefined> {
  const { rows } = await sql<{ name: string; changed: boolean }>`
    update library.location l set managed_apple_id_from = ${source}
    from (select * from library.location where uid = ${locationUid} for no key update) before
    where l.uid = before.uid returning l.name, before.managed_apple_id_from <> ${source} as changed`.execute(
    trx,
  );
  return rows[0];
}

/** Makes sure that each of these people can hold licenses. */
export async function ensurePersonHolders(
  context: Pick<Context, 'peopleKey'>,
  db: Database,
  personIds: readonly string[],
): Promise<void> {
  if (personIds.length === 0) return;
  const { rows } = await sql<{ id: string }>`select id from unnest(${personIds}::uuid[]) as p (id)
    where not exists (select from library.holder h where h.person_id = p.id)
    group by id order by id`.execute(db);
  if (rows.length === 0) return;
  const keys = rows.map((row) => clientUserIdOf(context.peopleKey, row.id));
  await sql`insert into library.holder (kind, key, person_id)
    select 'person', * from unnest(${keys}::text[], ${rows.map((row) => row.id)}::uuid[]) as p (key, person_id) order by key
    on conflict (kind, key) do update set person_id = excluded.person_id`.execute(db);
}
