import { sql } from 'kysely';
import type { Trx } from '../db/connect.ts';
import { integers } from '../db/integers.ts';
import type { Scope } from './resolve.ts';

/**
 * Keeps in mind, of the scope that was resolved, where assignments want an app though its license was taken back by
 * hand: revoking is no reason to remove an app (behavior 60), so neither may the end of another assignment remove it.
 * Where they want it no more, delivery hears of it. Devices that are expected have no app yet.
 */
export async function keepHeldBack(trx: Trx, scope: Scope): Promise<void> {
  await sql`with wish as (
      select r.asset_id, o.holder_id, r.device_id, r.app_id, r.verdict = 'want' and not r.ahead as live
      from resolved r
      join devices.device dev on dev.id = r.device_id
      join grants.hold o on o.asset_id = r.asset_id
        and o.holder_id = case r.license_type when 'user' then r.person_holder_id else r.holder_id end
      where r.verdict in ('want', 'suspended')
    ), over as (
      delete from grants.held_back b
      where b.holder_id = any(${integers(scope.holderIds)}::int[]) and b.asset_id = any(${scope.assetIds}::int[])
        and not exists (select from wish
          where wish.asset_id = b.asset_id and wish.device_id = b.device_id and wish.holder_id = b.holder_id)
      returning b.asset_id, b.holder_id
    ), begun as (
      insert into grants.held_back (asset_id, holder_id, device_id, app_id)
      select asset_id, holder_id, device_id, app_id from wish where live order by asset_id, device_id
      on conflict (asset_id, device_id) do update set holder_id = excluded.holder_id, app_id = excluded.app_id
      where held_back.holder_id <> excluded.holder_id or held_back.app_id <> excluded.app_id
    )
    insert into db.note (room, kind, key)
    select distinct 'delivery', 'license', asset_id || ':' || holder_id from over`.execute(trx);
}

/**
 * The same for pairs that are being put on hold, while they are still wanted. What is still wanted may outlive its device
 * and its app: for the grace period, and as the history of a deleted token.
 */
export async function keepWishedOnes(trx: Trx, assetIds: readonly number[]): Promise<void> {
  await sql`insert into grants.held_back (asset_id, holder_id, device_id, app_id)
    select w.asset_id, w.holder_id, w.device_id, w.app_id
    from grants.wished w
    join grants.hold o on o.asset_id = w.asset_id and o.holder_id = w.holder_id
    join devices.device dev on dev.id = w.device_id
    join library.app on app.id = w.app_id
    where w.asset_id = any(${assetIds}::int[])
    order by w.asset_id, w.device_id
    on conflict do nothing`.execute(trx);
}
