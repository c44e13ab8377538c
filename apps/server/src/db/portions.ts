import { sql } from 'kysely';
import { DatabaseError } from 'pg';
import type { Context } from '../context.ts';
import type { TakenNote } from './notes.ts';

/** A note that cannot be acted on is tried again after so long. */
const putOffMs = 60_000;

/** How many notes may be taken, and which were: written by `takeNotes`, read when acting on them fails. */
export interface Portion {
  readonly limit: number;
  readonly now: Date;
  taken: readonly TakenNote[];
}

/** @param now those that are put off until later than this are not taken */
export function newPortion(limit: number, now: Date): Portion {
  return { limit, now, taken: [] };
}

/**
 * Acts on notes so that one on which it fails holds up none of the others: after a failure it takes half as many, and
 * so on; the note on which it fails alone is put off for a minute, and logged.
 *
 * @param limit notes at most
 * @param act one transaction, which takes the notes. @returns whether there may be more
 * @returns whether there may be more
 * @throws what `act` threw before it took anything, or about one note where that passes: a deadlock, a lost connection
 */
export async function actInPortions(
  context: Pick<Context, 'db' | 'clock' | 'log'>,
  limit: number,
  act: (portion: Portion) => Promise<boolean>,
): Promise<boolean> {
  for (let most = limit; ;) {
    const portion = newPortion(most, context.clock.now());
    try {
      return await act(portion);
    } catch (error) {
      const [note, ...others] = portion.taken;
      if (note === undefined) throw error;
      if (others.length === 0) {
        if (willPass(error)) throw error;
        await putOff(context, note);
        context.log.error({ err: error, note }, 'a note cannot be acted on and is put off');
        return true;
      }
      context.log.warn({ err: error, notes: portion.taken.length }, 'fewer notes are tried');
      most = Math.ceil(portion.taken.length / 2);
    }
  }
}

/** Connections, clashes, and what PostgreSQL cannot do at the moment: SQLSTATE classes. */
const passing = /^(?:08|40|53|55|57)/;

/** Whether the same may well succeed when it is done again at once. */
export function willPass(error: unknown): boolean {
  return error instanceof DatabaseError && passing.test(error.code ?? '');
}

async function putOff({ db, clock }: Pick<Context, 'db' | 'clock'>, note: TakenNote) {
  const until = new Date(clock.now().getTime() + putOffMs);
  await sql`update db.note set not_before = ${until} where id = ${note.id}`.execute(db);
}
