import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { enqueueSync } from '../library/index.ts';

/** Has Apple read with the token that serves a location, if there is one: no other is read. */
export async function readServing(context: Context, trx: Trx, locationUid: string): Promise<void> {
  const token = await trx
    .selectFrom('library.token')
    .select('id')
    .where('locationUid', '=', locationUid)
    .where('serving', '=', true)
    .forUpdate()
    .executeTakeFirst();
  if (token !== undefined) await enqueueSync(context, trx, token.id, 'manual');
}
