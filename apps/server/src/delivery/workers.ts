import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { type Note, takeNotes } from '../db/notes.ts';
import type { Worker } from '../schedule/worker.ts';
import { actOn } from './act.ts';
import { type Happenings, keyOf, readHappenings } from './events.ts';
import { inviteDue, noteShown, wantInvitations } from './invitations.ts';

/** Advisory lock: one process at a time looks after the installs, so that no app is commanded twice. */
const deliveryLock = 4_219_003;
const notesAtOnce = 5_000;
const dueAtOnce = 2_000;

/** Brings apps onto devices once their license is held, and follows up until they are there. */
export function deliveryWorkers(context: Context): readonly Worker[] {
  return [
    { name: 'delivery', wokenBy: ['delivery'], run: async () => drain(context) },
    { name: 'delivery: due', wokenBy: [], run: async () => actOnDue(context) },
    { name: 'delivery: invitations', wokenBy: ['delivery'], run: async () => inviteDue(context) },
  ];
}

async function drain(context: Context): Promise<boolean> {
  return context.db.transaction().execute(async (trx) => {
    await lock(trx);
    const notes = await takeNotes(trx, 'delivery', notesAtOnce);
    if (notes.length === 0) return false;
    const happenings = await readHappenings(trx, notes);
    await actOn(context, trx, happenings);
    await wantInvitations(trx, happenings.scope.pairs, context.clock.now());
    await noteShown(trx, commandsOf(notes));
    return true;
  });
}

const commandsOf = (notes: readonly Note[]): string[] =>
  notes.filter((note) => note.kind === 'command').map((note) => note.key);

async function actOnDue(context: Context): Promise<boolean> {
  return context.db.transaction().execute(async (trx) => {
    await lock(trx);
    const rows = await trx
      .selectFrom('delivery.task')
      .select(['deviceId', 'bundleId', 'assetId', 'holderId', 'state'])
      .where('nextAt', '<=', context.clock.now())
      .orderBy('nextAt')
      .limit(dueAtOnce)
      .execute();
    if (rows.length === 0) return false;
    const happenings: Happenings = {
      enrolled: new Set(),
      ended: new Map(),
      again: new Set(),
      due: new Set(rows.map(keyOf)),
      remove: new Set(),
      // An app whose bundle identifier has become known goes by another key now.
      scope: { deviceIds: [], keys: rows, pairs: rows.filter((row) => row.state === 'blocked') },
    };
    await actOn(context, trx, happenings);
    return rows.length === dueAtOnce;
  });
}

async function lock(trx: Trx): Promise<void> {
  await sql`select pg_advisory_xact_lock(${deliveryLock})`.execute(trx);
}
