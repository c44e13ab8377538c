import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';

/**
 * Users whom Apple says it does not know get a row of their own, as if they were being created: whether they are there
 * is found out by asking (Law 3). It is never sent. What an update was to tell of them is told anew afterwards. The
 * caller has locked them.
 *
 * @param requestId the request in which Apple said so
 */
export async function setUsersAside(
  context: Context,
  trx: Trx,
  requestId: number,
  holderIds: readonly number[],
  said: { readonly number: number; readonly message: string },
): Promise<void> {
  if (holderIds.length === 0) return;
  const now = context.clock.now();
  await sql`with aside as (
      insert into associations.apple_request
        (location_uid, op, epoch, state, asset_ids, holder_ids, error_number, error_message, created_at, next_check_at)
      select location_uid, 'createUsers', epoch, 'unknown', '{}', ${holderIds}::int[], ${said.number}, ${said.message}, ${now}, ${now}
      from associations.apple_request where id = ${requestId}
      returning id, location_uid)
    , refused as (select op = 'updateUsers' as untold from associations.apple_request where id = ${requestId})
    , told as (
      insert into db.note (room, kind, key) select 'associations', 'location', location_uid from aside)
    update associations.apple_user u
    set state = 'absent', request_id = aside.id, changed = nextval('db.change_order'), due = u.due or refused.untold,
      email = case when not refused.untold then u.email end,
      managed_apple_id = case when not refused.untold then u.managed_apple_id end
    from aside, refused where u.location_uid = aside.location_uid and u.holder_id = any(${holderIds}::int[])`.execute(
    trx,
  );
}
