import { sql } from 'kysely';
import type { Database } from './connect.ts';

/** What a screen may show: names used by the live updates of the console. */
export type Topic =
  | 'apps'
  | 'tokens'
  | 'sync'
  | 'devices'
  | 'status'
  | 'locations'
  | 'groups'
  | 'alerts'
  | 'audit';

export const changedChannel = 'allotment_changed';
export const wakeChannel = 'allotment_wake';

/** Tells open consoles, at commit, that something on a topic changed. A hint: what changed is read anew. */
export async function hint(db: Database, ...topics: readonly Topic[]): Promise<void> {
  await sql`select pg_notify(${changedChannel}, topic) from unnest(${topics}::text[]) as topic`.execute(
    db,
  );
}
