import { sql } from 'kysely';
import type { Trx } from '../db/connect.ts';

/**
 * Takes over what the library now says of these assets: how many are owned, how many are assigned at Apple that are
 * not ours, and which of ours Apple no longer shows. Fresh counts reopen an asset that was closed for lack of
 * licenses. The caller holds the assets' rows.
 */
export async function refreshStock(
  trx: Trx,
  assetIds: readonly number[],
  now: Date,
): Promise<void> {
  await sql`update grants.stock s set
      total = case when a.unlimited then null when a.vanished_at is not null then 0 else a.total end,
      foreign_held = a.foreign_people + (
        select count(*)::int from library.license l
        left join grants.demand d on d.asset_id = l.asset_id and d.holder_id = l.holder_id
        where l.asset_id = a.id and l.present and not coalesce(d.granted, false)),
      closed_reason = case when s.closed_at <= a.read_at then null else s.closed_reason end,
      closed_at = case when s.closed_at <= a.read_at then null else s.closed_at end
    from library.asset a where a.id = s.asset_id and s.asset_id = any(${assetIds}::int[])`.execute(
    trx,
  );
  // Only rows whose mirror says "no longer there"; a pair that was never read is not lost. A wanted one keeps its seat
  // and is asked for again; one that was on its way back has arrived.
  await sql`with lost as (
      update grants.demand d set held = false, granted = d.wanted, changed_at = ${now}
      from library.license l
      where l.asset_id = d.asset_id and l.holder_id = d.holder_id and not l.present
        and d.asset_id = any(${assetIds}::int[]) and d.held
        and not exists (select from grants.open_change c where c.asset_id = d.asset_id and c.holder_id = d.holder_id)
      returning d.asset_id, d.holder_id)
    insert into db.note (room, kind, key) select 'delivery', 'license', asset_id || ':' || holder_id from lost`.execute(
    trx,
  );
}
