import type { Context } from '../context.ts';
import { type Note, notesWait, takeNotes } from '../db/notes.ts';
import { actInPortions, type Portion } from '../db/portions.ts';
import type { Worker } from '../schedule/worker.ts';
import { actOn } from './act.ts';
import { anyBookDue, deliverBooks, deliverDueBooks } from './books/deliver.ts';
import { type Happenings, keyOf, readHappenings } from './events.ts';
import { lockDelivery } from './lock.ts';
import { forgetTold, noteRefused, noteTaken } from './setup.ts';
import { inviteDue, noteShown, wantInvitations } from './invitations.ts';

const notesAtOnce = 5_000;
/** Apps on devices looked at together: while a set is decided, the process does nothing else. */
const pairsAtOnce = 4_000;
/** While Apple's outcomes are being settled, more licenses are about to come: they are looked at together, after so long at most. */
const settlingMs = 3_000;
/** A change that is being decided has the processors for itself, so long at most. */
const decidingMs = 500;
const pollMs = 50;
const dueAtOnce = 2_000;

/** Brings apps onto devices once their license is held, and follows up until they are there. */
export function deliveryWorkers(context: Context): readonly Worker[] {
  return [
    { name: 'delivery', wokenBy: ['delivery'], run: async (signal) => drain(context, signal) },
    { name: 'delivery: due', wokenBy: [], run: async () => actOnDue(context) },
    { name: 'delivery: books', wokenBy: [], run: async () => sendDueBooks(context) },
    { name: 'delivery: invitations', wokenBy: ['delivery'], run: async () => inviteDue(context) },
  ];
}

/**
 * Acts on what waits. While devices check in by the hundred, what comes meanwhile is left for the next hint: looking
 * costs the same for one device as for fifty.
 *
 * @returns whether more waited than was taken
 */
async function drain(context: Context, signal: AbortSignal): Promise<boolean> {
  if (!(await notesWait(context.db, 'delivery', context.clock.now()))) return false;
  await letFirst('associations', settlingMs, context, signal);
  await letFirst('grants', decidingMs, context, signal);
  return actInPortions(context, notesAtOnce, async (portion) => actOnNotes(context, portion));
}

async function actOnNotes(context: Context, portion: Portion): Promise<boolean> {
  return context.db.transaction().execute(async (trx) => {
    await lockDelivery(trx);
    const notes = await takeNotes(trx, 'delivery', portion, { mostThings: pairsAtOnce });
    if (notes.length === 0) return false;
    const happenings = await readHappenings(trx, notes);
    await forgetTold(trx, happenings.enrolled);
    await noteTaken(trx, commandsOf(notes));
    await actOn(context, trx, happenings);
    await noteRefused(trx, commandsOf(notes), context.clock.now());
    await deliverBooks(context, trx, happenings);
    const showing = [...keysOf(notes, 'enrolled'), ...keysOf(notes, 'device')];
    await wantInvitations(trx, happenings.scope.pairs, showing, context.clock.now());
    await noteShown(trx, commandsOf(notes));
    return notes.length === portion.limit || named(notes) >= pairsAtOnce;
  });
}

/** How many things notes name: `takeNotes` ends with the one that makes them enough. */
const named = (notes: readonly Note[]): number =>
  notes.reduce((sum, { key }) => sum + key.split(',').length, 0);

/** Waits while another room has something to do first, and so long at most. */
async function letFirst(
  room: 'associations' | 'grants',
  mostMs: number,
  { db, clock }: Context,
  signal: AbortSignal,
): Promise<void> {
  const until = clock.now().getTime() + mostMs;
  while ((await notesWait(db, room, clock.now())) && clock.now().getTime() < until)
    await clock.sleep(pollMs, signal);
}

const keysOf = (notes: readonly Note[], kind: string): string[] =>
  notes.filter((note) => note.kind === kind).map((note) => note.key);

const commandsOf = (notes: readonly Note[]): string[] => keysOf(notes, 'command');

async function actOnDue(context: Context): Promise<boolean> {
  return context.db.transaction().execute(async (trx) => {
    await lockDelivery(trx);
    const rows = await trx
      .selectFrom('delivery.task')
      .select(['deviceId', 'bundleId', 'assetId', 'holderId', 'state'])
      .where('nextAt', '<=', context.clock.now())
      .orderBy('nextAt')
      .limit(dueAtOnce)
      .execute();
    if (rows.length === 0) return false;
    const happenings: Happenings = {
      ...nothing,
      due: new Set(rows.map(keyOf)),
      // An app whose bundle identifier has become known goes by another key now.
      scope: { deviceIds: [], keys: rows, pairs: rows.filter((row) => row.state === 'blocked') },
    };
    await actOn(context, trx, happenings);
    return rows.length === dueAtOnce;
  });
}

async function sendDueBooks(context: Context): Promise<boolean> {
  if (!(await anyBookDue(context))) return false;
  return context.db.transaction().execute(async (trx) => {
    await lockDelivery(trx);
    return deliverDueBooks(context, trx, nothing);
  });
}

const nothing: Happenings = {
  enrolled: new Set(),
  ended: new Map(),
  again: new Set(),
  synced: new Set(),
  due: new Set(),
  remove: new Set(),
  asked: new Set(),
  scope: { deviceIds: [], keys: [], pairs: [] },
};
