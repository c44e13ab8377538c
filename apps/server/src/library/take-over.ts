import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { Problem } from '../errors.ts';

/**
 * Keeps that a person wants the location taken over from whoever manages it at Apple; the next sync does it. Asking
 * anew acts anew, as after another service has taken the location back. Of a paused location of ours nothing is kept.
 *
 * @throws Problem `locationPaused`: nothing may be written to Apple for a location of another service
 */
export async function wantTakeOver(context: Context, trx: Trx, locationUid: string): Promise<void> {
  const location = await trx
    .selectFrom('library.location')
    .select(['ownerState', 'pausedAt'])
    .where('uid', '=', locationUid)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow();
  if (location.pausedAt !== null) {
    if (location.ownerState === 'other') throw paused();
    return;
  }
  await trx
    .updateTable('library.location')
    .set({ takeOver: true })
    .where('uid', '=', locationUid)
    .execute();
  // In this state the schedule tries again what fails.
  await trx
    .updateTable('library.token')
    .set({ state: 'unknown', stateReason: null, modifiedAt: context.clock.now() })
    .where('locationUid', '=', locationUid)
    .where('serving', '=', true)
    .where('state', '=', 'assignedToExternalMDM')
    .execute();
}

/** The location is left to whoever manages it. */
export async function forgetTakeOver(trx: Trx, locationUid: string): Promise<void> {
  await trx
    .updateTable('library.location')
    .set({ takeOver: false })
    .where('uid', '=', locationUid)
    .execute();
}

function paused(): Problem {
  return new Problem(
    'conflict',
    'locationPaused',
    'The location is paused, so nothing is written to Apple: resume it first, then take it over.',
    { field: 'claimTokenManagementFromExternalMdm' },
  );
}
