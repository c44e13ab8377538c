import { sql } from 'kysely';
import type { Context } from '../context.ts';

const dayMs = 24 * 60 * 60 * 1000;
const devicesAtOnce = 1_000;

/**
 * Notes the devices that did not check in for as many days as the setting says, and those that did again.
 *
 * @returns whether there may be more
 */
export async function noteSilentDevices(context: Context): Promise<boolean> {
  const setting = await context.db
    .selectFrom('grants.setting')
    .select('silentDays')
    .executeTakeFirstOrThrow();
  const now = context.clock.now();
  const before =
    setting.silentDays === null ? null : new Date(now.getTime() - setting.silentDays * dayMs);
  const { rows } = await sql<{ n: number }>`
    with back as (
      delete from grants.silent_device s
      where ${before}::timestamptz is null
        or exists (select from devices.device dev where dev.id = s.device_id and dev.last_check_in_at > ${before})
      returning s.device_id
    ), silent as (
      insert into grants.silent_device (device_id, since)
      select dev.id, ${now} from devices.device dev
      where dev.last_check_in_at <= ${before} and dev.management_state = 'managed'
        and not exists (select from grants.silent_device s where s.device_id = dev.id)
      order by dev.id limit ${devicesAtOnce}
      on conflict do nothing
      returning device_id
    ), noted as (
      insert into db.note (room, kind, key)
      select 'grants', 'device', device_id::text from (select * from back union all select * from silent) changed)
    select count(*)::int as n from silent`.execute(context.db);
  return rows[0]?.n === devicesAtOnce;
}
