import { type Kysely, sql } from 'kysely';
import type { DB } from './generated/tables.ts';
import type { Database, Trx } from './connect.ts';

/** Rooms that receive notes. */
export type Recipient = 'library' | 'grants' | 'associations' | 'delivery' | 'devices' | 'console';

/** What changed, for a later room: `key` identifies the thing in the words of the note's kind. */
export interface Note {
  readonly kind: string;
  readonly key: string;
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

/**
 * Takes up to `limit` notes of a room, oldest first, without those another process is working on. They are gone when
 * the transaction commits, and there again when it does not.
 *
 * @param mostThings where keys name several things, separated by commas: no further note is taken once so many are named
 */
export async function takeNotes(
  trx: Trx,
  room: Recipient,
  limit = 20_000,
  mostThings?: number,
): Promise<readonly Note[]> {
  const free = sql`select id, key from db.note where room = ${room} order by id limit ${limit} for update skip locked`;
  const taken =
    mostThings === undefined
      ? free
      : sql`select id from (
          select id, coalesce(sum(array_length(string_to_array(key, ','), 1)) over before, 0) as named from (${free}) free
          window before as (order by id rows between unbounded preceding and 1 preceding)) counted
        where named < ${mostThings}`;
  const { rows } =
    await sql<Note>`delete from db.note where id = any(array(select id from (${taken}) taken))
    returning kind, key`.execute(trx);
  return rows;
}

/**
 * Lets `act` work off a portion of a room's notes, in the transaction that takes them. Costs one small question when
 * there are none.
 *
 * @returns whether there were any
 */
export async function drainNotes(
  db: Kysely<DB>,
  room: Recipient,
  limit: number,
  act: (trx: Trx, notes: readonly Note[]) => Promise<void>,
): Promise<boolean> {
  if (!(await notesWait(db, room))) return false;
  return db.transaction().execute(async (trx) => {
    const notes = await takeNotes(trx, room, limit);
    if (notes.length > 0) await act(trx, notes);
    return notes.length > 0;
  });
}

/** Whether notes wait for a room. */
export async function notesWait(db: Database, room: Recipient): Promise<boolean> {
  const { rows } = await sql<{
    waiting: boolean;
  }>`select exists (select from db.note where room = ${room}) as waiting`.execute(db);
  return rows[0]?.waiting === true;
}
