import { AppsAndBooksError, type LocationClient } from '@allotment/apps-and-books';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Database } from '../db/connect.ts';
import { leaveNotes } from '../db/notes.ts';
import { readCounts } from './assets.ts';
import { credentialFor } from './credentials.ts';
import { readAssignments } from './read-assignments.ts';
import { markCredential } from './token-states.ts';

/** What is to be read again of single assets. */
type Reading = 'counts' | 'assignments';

/** Asks for fresh counts of these assets soon: after 9709, after a purchase. */
export async function requestCounts(db: Database, assetIds: readonly number[]): Promise<void> {
  await request(db, 'counts', assetIds);
}

/** Asks for a fresh look at who holds these assets: after somebody else changed it. */
export async function requestAssignments(db: Database, assetIds: readonly number[]): Promise<void> {
  await request(db, 'assignments', assetIds);
}

async function request(db: Database, reading: Reading, assetIds: readonly number[]): Promise<void> {
  await leaveNotes(
    db,
    'library',
    [...new Set(assetIds)].map((id) => ({ kind: reading, key: String(id) })),
  );
}

interface Wanted {
  readonly kind: Reading;
  readonly id: number;
  readonly adamId: string;
  readonly pricingParam: string;
}

/**
 * Reads again what was asked for. The notes go only when it was read; those of a location that Apple does not answer
 * for stay until it does.
 *
 * @returns false: what is left waits for the next time
 */
export async function readRequested(context: Context, signal: AbortSignal): Promise<boolean> {
  const { rows: locations } = await sql<{ locationUid: string }>`
    select distinct a.location_uid from db.note n join library.asset a on a.id = n.key::int
    where n.room = 'library' and n.kind in ('counts', 'assignments')`.execute(context.db);
  const failures: unknown[] = [];
  for (const { locationUid } of locations) {
    const credential = await credentialFor(context, locationUid);
    if (!credential.usable) continue;
    try {
      await readRequestedOf(context, locationUid, credential.client, signal);
    } catch (error) {
      if (!(error instanceof AppsAndBooksError)) throw error;
      await markCredential(context, locationUid, error, credential.tokenId);
      failures.push(error);
    }
  }
  // Thrown, so that the next time comes after a growing pause.
  if (failures.length > 0)
    throw new AggregateError(failures, 'Apple did not answer for some locations.');
  return false;
}

async function readRequestedOf(
  context: Context,
  locationUid: string,
  client: LocationClient,
  signal: AbortSignal,
): Promise<void> {
  const { lastNote, wanted } = await wantedOf(context, locationUid);
  const of = (kind: Reading): Wanted[] => wanted.filter((one) => one.kind === kind);
  await readCounts(context, client, locationUid, of('counts'), signal);
  const ids = of('assignments').map((one) => one.id);
  await readAssignments(context, client, locationUid, ids, signal);
  await sql`delete from db.note n
    using unnest(${wanted.map((one) => one.kind)}::text[], ${wanted.map((one) => String(one.id))}::text[]) as done (kind, key)
    where n.room = 'library' and n.kind = done.kind and n.key = done.key and n.id <= ${lastNote}`.execute(
    context.db,
  );
}

async function wantedOf(
  context: Context,
  locationUid: string,
): Promise<{ readonly lastNote: number; readonly wanted: readonly Wanted[] }> {
  const { rows } = await sql<Wanted & { readonly lastNote: number }>`
    select n.kind, a.id, a.adam_id, a.pricing_param, max(n.id) as last_note
    from db.note n join library.asset a on a.id = n.key::int
    where n.room = 'library' and n.kind in ('counts', 'assignments') and a.location_uid = ${locationUid}
    group by n.kind, a.id order by a.id limit 200`.execute(context.db);
  return { lastNote: Math.max(0, ...rows.map((row) => row.lastNote)), wanted: rows };
}
