import { sql } from 'kysely';
import type { Database, Trx } from './connect.ts';
import type { Portion } from './portions.ts';

/** Rooms that receive notes. */
export type Recipient = 'library' | 'grants' | 'associations' | 'delivery' | 'devices' | 'console';

/** What changed, for a later room: `key` identifies the thing in the words of the note's kind. */
export interface Note {
  readonly kind: string;
  readonly key: string;
}

/** As long as the transaction that took it has not committed, it can still come back. */
export interface TakenNote extends Note {
  readonly id: number;
}

/** Leaves notes in the caller's transaction (Law 6). Many notes are one statement. */
export async function leaveNotes(
  db: Database,
  room: Recipient,
  notes: readonly Note[],
): Promise<void> {
  if (notes.length === 0) return;
  await sql`insert into db.note (room, kind, key)
    select ${room}, * from unnest(${notes.map((note) => note.kind)}::text[], ${notes.map((note) => note.key)}::text[])`.execute(
    db,
  );
}

/** Leaves one note. */
export async function leaveNote(
  db: Database,
  room: Recipient,
  kind: string,
  key: string,
): Promise<void> {
  await leaveNotes(db, room, [{ kind, key }]);
}

/** SQL: without those that could not be acted on lately. */
export const isReady = (now: Date) => sql`(not_before is null or not_before <= ${now})`;

/**
 * Takes notes of a room, oldest first, without those another process is working on and those that are put off. They are
 * gone when the transaction commits, and there again when it does not.
 *
 * @param portion how many at most; learns which were taken
 * @param which of one kind only; and where keys name several things, separated by commas: no further note is taken once
 *   so many things are named
 */
export async function takeNotes(
  trx: Trx,
  room: Recipient,
  portion: Portion,
  { kind, mostThings }: { readonly kind?: string | undefined; readonly mostThings?: number } = {},
): Promise<readonly Note[]> {
  const free = sql`select id, key from db.note
    where room = ${room} and ${isReady(portion.now)} ${kind === undefined ? sql`` : sql`and kind = ${kind}`}
    order by id limit ${portion.limit} for update skip locked`;
  const taken =
    mostThings === undefined
      ? free
      : sql`select id from (
          select id, coalesce(sum(array_length(string_to_array(key, ','), 1)) over before, 0) as named from (${free}) free
          window before as (order by id rows between unbounded preceding and 1 preceding)) counted
        where named < ${mostThings}`;
  const { rows } =
    await sql<TakenNote>`delete from db.note where id = any(array(select id from (${taken}) taken))
    returning id, kind, key`.execute(trx);
  portion.taken = rows;
  return rows.map((row) => ({ kind: row.kind, key: row.key }));
}

/** Whether notes wait for a room that may be acted on now. */
export async function notesWait(db: Database, room: Recipient, now: Date): Promise<boolean> {
  const { rows } = await sql<{
    waiting: boolean;
  }>`select exists (select from db.note where room = ${room} and ${isReady(now)}) as waiting`.execute(
    db,
  );
  return rows[0]?.waiting === true;
}
