import { sql } from 'kysely';
import type { Trx } from '../db/connect.ts';

/** Advisory lock: one process at a time looks after the installs, so that nothing is commanded twice. */
const deliveryLock = 4_219_003;

/** Held until the transaction ends. */
export async function lockDelivery(trx: Trx): Promise<void> {
  await sql`select pg_advisory_xact_lock(${deliveryLock})`.execute(trx);
}
