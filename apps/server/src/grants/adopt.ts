import { sql } from 'kysely';
import { type Actor, recordAudit } from '../audit/record.ts';
import type { Context } from '../context.ts';
import { hint } from '../db/hints.ts';
import { lockStock, refreshStock } from './stock.ts';

/**
 * Makes found pairs of an asset ours: from now on they are taken back like any other (Law 8).
 *
 * @returns how many were adopted
 */
export async function adoptFound(
  context: Context,
  assetId: number,
  holderIds: readonly number[] | 'all',
  actor: Actor,
): Promise<number> {
  return context.db.transaction().execute(async (trx) => {
    const now = context.clock.now();
    await lockStock(trx, [assetId]);
    const which = holderIds === 'all' ? sql`true` : sql`d.holder_id = any(${holderIds}::int[])`;
    const adopted = sql`grants.demand d join library.license l on l.asset_id = d.asset_id and l.holder_id = d.holder_id and l.present
      where d.asset_id = ${assetId} and d.found and ${which}`;
    // The seats stop being foreign before they become ours: the sum never rises.
    await sql`update grants.stock set foreign_held = greatest(0, foreign_held - (select count(*) from ${adopted}))
      where asset_id = ${assetId}`.execute(trx);
    const { numAffectedRows } = await sql`
      update grants.demand set found = false, granted = true, held = true, changed_at = ${now}
      where asset_id = ${assetId} and holder_id in (select d.holder_id from ${adopted})`.execute(
      trx,
    );
    await refreshStock(trx, [assetId], now);
    await hint(trx, 'apps', 'status');
    const n = Number(numAffectedRows ?? 0n);
    await recordAudit(trx, now, actor, {
      action: 'adoptLicenses',
      target: { kind: 'asset', id: String(assetId) },
      detail: { adopted: n },
    });
    return n;
  });
}
