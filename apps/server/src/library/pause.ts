import { sql } from 'kysely';
import { type Actor, recordAudit } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { hint } from '../db/hints.ts';
import { leaveNote } from '../db/notes.ts';
import { Problem } from '../errors.ts';

/**
 * Stops writing to Apple for a location; reading goes on, changes queue and are shown (Law 11). Pausing what is
 * paused keeps the first reason.
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
      .set({ pausedAt: now, pausedBy: actor.name, pausedReason: reason, pausedCause: 'person' })
      .where('uid', '=', uid)
      .where('pausedAt', 'is', null)
      .execute();
  });
}

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
      .forUpdate()
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

/** While its token is being deleted nothing is written to Apple for a location. A pause that is there already stays. */
export async function pauseForDeletion(
  context: Context,
  trx: Trx,
  uid: string,
  actor: Actor,
): Promise<void> {
  await trx
    .updateTable('library.location')
    .set({
      pausedAt: context.clock.now(),
      pausedBy: actor.name,
      pausedReason: 'The token of the location is being deleted.',
      pausedCause: 'deletion',
    })
    .where('uid', '=', uid)
    .where('pausedAt', 'is', null)
    .execute();
  await hint(trx, 'locations', 'tokens');
}

/** The deletion was canceled, or is over. */
export async function liftDeletionPause(trx: Trx, uid: string): Promise<void> {
  const { pausedCause } = await trx
    .selectFrom('library.location')
    .select('pausedCause')
    .where('uid', '=', uid)
    .executeTakeFirstOrThrow();
  if (pausedCause === 'deletion') await lift(trx, uid);
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
