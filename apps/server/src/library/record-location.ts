import type { ClientConfig } from '@allotment/apps-and-books';
import type { Context } from '../context.ts';
import type { Database } from '../db/connect.ts';
import { hint } from '../db/hints.ts';

/** Keeps what Apple says of a location. */
export async function recordLocation(db: Database, config: ClientConfig): Promise<void> {
  await db
    .updateTable('library.location')
    .set({
      name: config.locationName === '' ? config.uId : config.locationName,
      country: config.countryISO2ACode ?? null,
      defaultPlatform: config.defaultPlatform ?? null,
      websiteUrl: config.websiteURL ?? null,
    })
    .where('uid', '=', config.uId)
    .execute();
}

/** The token works and its location is ours; nothing is said of one that serves it no more. */
export async function recordValid(context: Context, tokenId: string): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    await trx
      .updateTable('library.token')
      .set({ state: 'valid', stateReason: null })
      .where('id', '=', tokenId)
      .where('serving', '=', true)
      .execute();
    await hint(trx, 'tokens');
  });
}
