import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { hint } from '../db/hints.ts';
import { planAnew } from '../db/prepared.ts';
import { leaveTakeBacksToPerson, openTakeBacks } from './brake.ts';
import { keepHeldBack } from './held-back.ts';
import { letGo } from './leave.ts';
import { coverSiblings, grantFree, grantMore, withSiblings } from './line.ts';
import { withPeople } from './people.ts';
import { finishRemovals, placeLicenses } from './placements.ts';
import { type Scope, resolve } from './resolve.ts';
import { formLines, lockStock } from './stock.ts';
import { judge } from './verdict.ts';
import { clearWorkTables } from './work-tables.ts';
import { wantAgain, wantNew, wantRemoved } from './want.ts';

/** Of up to so many, the same plans serve. */
export const fewHolders = 1_000;

/**
 * Decides for some holders and assets who wants a license, who gets one, and whose goes back; writes the open changes
 * for Apple. Holds the rows of the assets from before it looks until it commits (Law 5), so that whoever decides about
 * the same assets next sees all of it, and nobody is decided from stale facts.
 *
 * @param toCome while a pass forms the line: how many holders it has still to decide, these included
 */
export async function decide(
  context: Context,
  trx: Trx,
  wanted: Scope,
  toCome?: number,
): Promise<void> {
  const { assetIds, siblings } = await withSiblings(trx, wanted.assetIds);
  if (assetIds.length === 0 || wanted.holderIds.length === 0) return;
  await lockStock(trx, assetIds);
  if (wanted.holderIds.length > fewHolders) await planAnew(trx);
  if (toCome !== undefined) await formLines(trx, assetIds, toCome);
  const now = context.clock.now();
  const { scope, people } = await withPeople(context, trx, { ...wanted, assetIds });
  await clearWorkTables(trx);
  await resolve(trx, scope);
  const found = await judge(trx, scope, people);
  if (found.holds) await keepHeldBack(trx, scope);
  const gone = found.known ? await letGo(context, trx, scope) : 0;
  const again = found.changed ? await wantAgain(trx, now) : 0;
  const { granted, waiting, urgent } = found.new
    ? await wantNew(trx, now, toCome !== undefined)
    : { granted: 0, waiting: 0, urgent: false };
  const removals = await wantRemoved(trx, scope, now);
  if (people) await placeLicenses(trx, scope);
  if (gone + again + waiting + removals > 0 || people) {
    await settleAssets(context, trx, assetIds, siblings);
  } else if (granted > 0 && (urgent || toCome === undefined)) await tellAssociations(trx, assetIds);
  if (gone + again + waiting + granted + removals > 0)
    await hint(trx, 'apps', 'status', 'locations');
}

/**
 * Moves the seats of some assets, whoever wants them: licenses go back, free seats go to the first in line, and what
 * is to be removed from devices is told to delivery. The caller holds the assets' rows, siblings included.
 */
export async function settleAssets(
  context: Context,
  trx: Trx,
  assetIds: readonly number[],
  siblings: boolean,
): Promise<void> {
  const now = context.clock.now();
  await sql`update grants.demand set retry_at = null
    where asset_id = any(${assetIds}::int[]) and retry_at <= ${now}`.execute(trx);
  if (siblings) await coverSiblings(trx, assetIds);
  await openTakeBacks(trx, assetIds, await leaveTakeBacksToPerson(trx, assetIds, now), now);
  await grantMore(trx, await grantFree(trx, assetIds, now));
  await finishRemovals(trx, assetIds);
  await tellAssociations(trx, assetIds);
}

/**
 * Grants a portion of an asset's line that a pass has formed, and lets single changes grant there again once all that
 * is free is granted.
 *
 * @returns whether there may be more to grant
 */
export async function serveLine(context: Context, trx: Trx, assetId: number): Promise<boolean> {
  const { assetIds } = await withSiblings(trx, [assetId]);
  await lockStock(trx, assetIds);
  const forming = await trx
    .selectFrom('grants.stock')
    .select('assetId')
    .where('assetId', '=', assetId)
    .where('lineFrom', 'is not', null)
    .executeTakeFirst();
  if (forming === undefined) return false;
  const full = await grantFree(trx, assetIds, context.clock.now(), true);
  await tellAssociations(trx, assetIds);
  if (full.length > 0) return true;
  await trx
    .updateTable('grants.stock')
    .set({ lineFrom: null })
    .where('assetId', '=', assetId)
    .execute();
  return false;
}

/**
 * A hint for the writers of the locations where something waits to be sent. What a step of a pass merely grants needs none,
 * unless a person waits for it: writers wait for the pass's end, so that all of it shares their requests.
 */
export async function tellAssociations(trx: Trx, assetIds: readonly number[]): Promise<void> {
  await sql`insert into db.note (room, kind, key)
    select distinct 'associations', 'location', a.location_uid from library.asset a
    cross join lateral (select from grants.open_change c where c.asset_id = a.id and c.request_id is null
      order by c.not_before limit 1) unsent
    where a.id = any(${assetIds}::int[])`.execute(trx);
}
