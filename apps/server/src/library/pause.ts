import { type ExpressionBuilder, sql } from 'kysely';
import { type Actor, recordAudit } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import type { DB } from '../db/generated/tables.ts';
import { hint } from '../db/hints.ts';
import { leaveNote } from '../db/notes.ts';
import { Problem } from '../errors.ts';

/** What a deletion gives as its reason; while another stands beside its cause, that pause outlives the deletion. */
const deletionReason = 'The token of the location is being deleted.';

/**
 * Stops writing to Apple for a location; reading goes on, changes queue and are shown (Law 11). Pausing what is
 * paused keeps the first reason, except that of a deletion: this pause goes on when the deletion is canceled.
 *
 * @throws Problem `locationNotFound`, `reasonMissing`
 */
export async function pauseLocation(
  context: Context,
  uid: string,
  reason: string,
  actor: Actor,
): Promise<void> {
  const now = context.clock.now();
  await change(context, uid, 'pauseLocation', reason, actor, async (trx) => {
    await trx
      .updateTable('library.location')
      .set((set) => ({
        pausedAt: now,
        pausedBy: actor.name,
        pausedReason: reason,
        pausedCause: set.fn.coalesce('pausedCause', set.val('person')),
      }))
      .where('uid', '=', uid)
      .where((is) => is.or([is('pausedAt', 'is', null), pausedByDeletionAlone(is)]))
      .execute();
  });
}

const pausedByDeletionAlone = (is: ExpressionBuilder<DB, 'library.location'>) =>
  is.and({ pausedCause: 'deletion', pausedReason: deletionReason });

/** @throws Problem `locationNotFound`, `reasonMissing`, `beingDeleted` */
export async function resumeLocation(
  context: Context,
  uid: string,
  reason: string,
  actor: Actor,
): Promise<void> {
  await change(context, uid, 'resumeLocation', reason, actor, async (trx) => {
    const { pausedCause } = await trx
      .selectFrom('library.location')
      .select('pausedCause')
      .where('uid', '=', uid)
      .forNoKeyUpdate()
      .executeTakeFirstOrThrow();
    if (pausedCause === 'deletion') {
      throw new Problem(
        'conflict',
        'beingDeleted',
        'The token of this location is being deleted: cancel that first.',
      );
    }
    await lift(trx, uid);
  });
}

/**
 * While its token is being deleted nothing is written to Apple for a location. A person's pause that is there already
 * is not to be lifted meanwhile, and stays when the deletion is over.
 */
export async function pauseForDeletion(
  context: Context,
  trx: Trx,
  uid: string,
  actor: Actor,
): Promise<void> {
  await sql`update library.location set paused_cause = 'deletion', paused_at = coalesce(paused_at, ${context.clock.now()}),
      paused_by = case when paused_at is null then ${actor.name} else paused_by end,
      paused_reason = case when paused_at is null then ${deletionReason} else paused_reason end
    where uid = ${uid} and paused_cause is distinct from 'copy'`.execute(trx);
  await hint(trx, 'locations', 'tokens');
}

/** The deletion was canceled, or is over. What a person has paused beside it stays paused until a person resumes it. */
export async function liftDeletionPause(trx: Trx, uid: string): Promise<void> {
  const { pausedCause, pausedReason } = await trx
    .selectFrom('library.location')
    .select(['pausedCause', 'pausedReason'])
    .where('uid', '=', uid)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow();
  if (pausedCause !== 'deletion') return;
  if (pausedReason === deletionReason) return lift(trx, uid);
  await trx
    .updateTable('library.location')
    .set({ pausedCause: 'person' })
    .where('uid', '=', uid)
    .execute();
}

async function lift(trx: Trx, uid: string): Promise<void> {
  // Who resumes a copy says that it is the one to go on with, whatever mark Apple has.
  await sql`update library.location set paused_at = null, paused_by = null, paused_reason = null, paused_cause = null,
      lineage = case when paused_cause = 'copy' then null else lineage end,
      next_lineage = case when paused_cause = 'copy' then null else next_lineage end,
      lineage_known = lineage_known and paused_cause is distinct from 'copy'
    where uid = ${uid}`.execute(trx);
  await leaveNote(trx, 'associations', 'location', uid);
}

async function change(
  context: Context,
  uid: string,
  action: string,
  reason: string,
  actor: Actor,
  write: (trx: Trx) => Promise<void>,
): Promise<void> {
  if (reason.trim() === '') {
    throw new Problem('badRequest', 'reasonMissing', 'Say why, for those who read it later.', {
      field: 'reason',
    });
  }
  await context.db.transaction().execute(async (trx) => {
    const location = await trx
      .selectFrom('library.location')
      .select('name')
      .where('uid', '=', uid)
      .executeTakeFirst();
    if (location === undefined) {
      throw new Problem('notFound', 'locationNotFound', `There is no location ${uid}.`);
    }
    await write(trx);
    await recordAudit(
      trx,
      context.clock.now(),
      { ...actor, reason },
      {
        action,
        target: { kind: 'location', id: uid, name: location.name },
      },
    );
    await hint(trx, 'locations', 'tokens');
  });
}
