import { sql } from 'kysely';
import type { Database } from '../db/connect.ts';
import { placesInLine } from '../grants/index.ts';
import type { StatusQuery } from './devices.ts';
import { type PairFacts, kindsOfState, taskState } from './facts.ts';
import { obstacleColumns } from './license-facts.ts';
import { pairs } from './pairs.ts';
import type { ReasonFacts } from './reasons.ts';

/** One app on one device as the rooms' tables have it. */
export interface StatusRow extends PairFacts, ReasonFacts {
  /** Rows in all, of which this is one of a page. */
  readonly count: number;
  readonly appId: string;
  readonly appName: string;
  readonly bundleId: string | null;
  readonly deviceId: string;
  readonly deviceName: string | null;
  readonly serialNumber: string;
  readonly userId: string | null;
  readonly userDisplayName: string | null;
  readonly userPrincipalName: string | null;
  readonly osVersion: string | null;
  readonly family: string | null;
  readonly lastCheckInAt: Date | null;
  /** Why the person's license does not serve this device. */
  readonly refused: string | null;
  /** Why the license was taken back by hand, and by whom; null: it was not. */
  readonly holdReason: string | null;
  readonly heldBy: string | null;
  /** By a person's license: what Apple says of the person; null by the device's own. */
  readonly personState: string | null;
  readonly since: Date;
  readonly changedAt: Date;
  readonly taskReason: string | null;
  readonly taskError: number | null;
  readonly commandState: string | null;
  readonly commandSentAt: Date | null;
  readonly appleState: string | null;
  readonly reportedAt: Date | null;
}

/**
 * Reads a page: chosen and ordered by the little that this takes, then filled in for its rows alone. Of a device its
 * apps by name, otherwise the devices by name.
 */
export async function readStatusRows(
  db: Database,
  query: StatusQuery,
): Promise<readonly StatusRow[]> {
  const { rows } = await sql<StatusRow>`
    with page as materialized (
      select count(*) over ()::int as count, d.*, ${nameOf(query)} as name
      from ${pairs} d
      join devices.device dev on dev.id = d.device_id
      left join delivery.task k on k.device_id = d.device_id and k.asset_id = d.asset_id
      where ${chosenBy(query)}
      order by name, d.asset_id, d.device_id
      limit ${query.top ?? null}::int offset ${query.skip ?? 0}::int
    ), line as materialized (
      ${placesInLine(sql`select asset_id from page where wanted and not granted and not found`)}
    )
    select page.count, app.id as app_id, coalesce(t.name, a.adam_id) as app_name, t.bundle_id,
      dev.id as device_id, dev.name as device_name, dev.serial_number, dev.os_version, dev.family, dev.last_check_in_at,
      p.id as user_id, p.display_name as user_display_name, p.user_principal_name,
      page.wanted, page.granted, page.held, page.found, page.failure, page.refused, d.failure_message,
      coalesce(d.since, o.created_at) as since, o.reason as hold_reason, o.created_by as held_by,
      ${obstacleColumns},
      case when own.kind = 'person' then coalesce(u.state, 'absent') end as person_state,
      greatest(d.changed_at, k.changed_at) as changed_at,
      ${taskState} as task_state, k.reason as task_reason, k.error_code as task_error,
      m.state as command_state, m.sent_at as command_sent_at,
      r.status as apple_state, r.reported_at
    from page
    left join grants.demand d on d.asset_id = page.asset_id and d.holder_id = page.holder_id
    left join grants.stock s on s.asset_id = page.asset_id
    left join grants.hold o on o.asset_id = page.asset_id and o.holder_id = page.holder_id
    join devices.device dev on dev.id = page.device_id
    join library.asset a on a.id = page.asset_id
    join library.location loc on loc.uid = a.location_uid
    join lateral (
      select id from library.app where asset_id = page.asset_id and (${query.appId ?? null}::uuid is null or id = ${query.appId ?? null}::uuid)
      order by (id = d.app_id) desc nulls last, created_at limit 1) app on true
    join library.holder own on own.id = page.holder_id
    left join associations.apple_user u on u.location_uid = a.location_uid and u.holder_id = page.holder_id
    left join line on page.wanted and line.asset_id = page.asset_id and line.holder_id = page.holder_id
    left join library.title t on t.location_uid = a.location_uid and t.adam_id = a.adam_id
    left join directory.person p on p.id = dev.person_id
    left join grants.open_change c on c.asset_id = page.asset_id and c.holder_id = page.holder_id
    left join delivery.task k on k.device_id = page.device_id and k.asset_id = page.asset_id
    left join devices.command m on m.id = k.command_id
    left join devices.managed_app r on r.device_id = page.device_id and r.bundle_id = t.bundle_id
    order by page.name, page.asset_id, page.device_id`.execute(db);
  return rows;
}

function nameOf(query: StatusQuery) {
  return query.deviceId === undefined
    ? sql`lower(coalesce(dev.name, dev.serial_number))`
    : sql`(select lower(coalesce(t.name, a.adam_id)) from library.asset a
        left join library.title t on t.location_uid = a.location_uid and t.adam_id = a.adam_id where a.id = d.asset_id)`;
}

function chosenBy({ appId, deviceId, installState }: StatusQuery) {
  const conditions = [sql<boolean>`exists (select from library.app where asset_id = d.asset_id)`];
  if (appId !== undefined)
    conditions.push(sql`d.asset_id = (select asset_id from library.app where id = ${appId})`);
  if (deviceId !== undefined) conditions.push(sql`d.device_id = ${deviceId}`);
  if (installState !== undefined) {
    const kinds = kindsOfState(installState);
    conditions.push(sql`(d.wanted, d.granted, d.held, d.found, d.covered, d.failure is null, coalesce(${taskState}, '')) in (
      select * from unnest(${kinds.map((kind) => kind.wanted)}::bool[], ${kinds.map((kind) => kind.granted)}::bool[],
        ${kinds.map((kind) => kind.held)}::bool[], ${kinds.map((kind) => kind.found)}::bool[],
        ${kinds.map((kind) => kind.covered)}::bool[], ${kinds.map((kind) => kind.failure === null)}::bool[], ${kinds.map((kind) => kind.taskState ?? '')}::text[]))`);
  }
  return sql.join(conditions, sql` and `);
}
