import type { Database } from '../db/connect.ts';
import { leaveNotes } from '../db/notes.ts';

/** Tells grants that counts, or who holds what, changed for these assets. */
export async function leaveStockNotes(db: Database, assetIds: readonly number[]): Promise<void> {
  await leaveNotes(
    db,
    'grants',
    [...new Set(assetIds)].map((id) => ({ kind: 'stock', key: String(id) })),
  );
}
