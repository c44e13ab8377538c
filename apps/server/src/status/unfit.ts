import { type LicenseType, type NotApplicableReason, installView } from '@allotment/licensing';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { reasonsNotApplicable, unfitDevices } from '../grants/index.ts';
import { type DeviceAppStatus, deviceStatuses } from './devices.ts';
import { pairs } from './pairs.ts';
import { unfit } from './unfit-reasons.ts';

interface UnfitRow extends Pick<
  DeviceAppStatus,
  | 'appId'
  | 'appName'
  | 'bundleId'
  | 'deviceId'
  | 'deviceName'
  | 'serialNumber'
  | 'userId'
  | 'userDisplayName'
  | 'userPrincipalName'
  | 'osVersion'
  | 'family'
  | 'lastCheckInAt'
> {
  readonly count: number;
  readonly licenseType: LicenseType;
}

interface Page {
  readonly top?: number;
  readonly skip?: number;
}

/**
 * The devices that an app is meant for and that cannot use it, each with the reason; a page of them by name, with the
 * number in all. First those that no license is for, then those that found out for themselves. Those that have not
 * enrolled are not among them: what they can use is known once they have.
 */
export async function notApplicableStatuses(
  context: Context,
  appId: string,
  page: Page,
): Promise<{ readonly count: number; readonly value: readonly DeviceAppStatus[] }> {
  const { top, skip = 0 } = page;
  const { count: unfitCount, rows } = await readPage(context, appId, page);
  const room = top === undefined ? undefined : top - rows.length;
  const installState = 'notApplicable';
  const later = await deviceStatuses(context.db, {
    appId,
    installState,
    skip: Math.max(0, skip - unfitCount),
    ...(room === undefined ? {} : { top: Math.max(1, room) }),
  });
  const reasons = await reasonsNotApplicable(context.db, appId, rows);
  return {
    count: unfitCount + later.count,
    value: [
      ...rows.map((row, i) => toStatus(row, reasons[i] ?? null)),
      ...(room === 0 ? [] : later.value),
    ],
  };
}

async function readPage(
  context: Context,
  appId: string,
  { top, skip }: Page,
): Promise<{ readonly count: number; readonly rows: readonly UnfitRow[] }> {
  const devices = await unfitDevices(context, appId);
  const { rows } = await sql<UnfitRow & { total: number }>`
    with one as materialized (
      select u.device_id, u.license_type, lower(coalesce(dev.name, dev.serial_number)) as place
      from unnest(${devices.map((each) => each.deviceId)}::uuid[], ${devices.map((each) => each.licenseType)}::text[]) u (device_id, license_type)
      join devices.device dev on dev.id = u.device_id
      where not exists (
        select from ${pairs} d where d.device_id = u.device_id
          and d.asset_id = (select asset_id from library.app where id = ${appId}))
    ), page as (
      select * from one order by place, device_id limit ${top ?? null}::int offset ${skip ?? 0}::int
    )
    select (select count(*)::int from one) as count, page.license_type,
      app.id as app_id, coalesce(t.name, a.adam_id) as app_name, t.bundle_id,
      dev.id as device_id, dev.name as device_name, dev.serial_number, dev.os_version, dev.family, dev.last_check_in_at,
      p.id as user_id, p.display_name as user_display_name, p.user_principal_name
    from library.app app
    join library.asset a on a.id = app.asset_id
    left join library.title t on t.location_uid = a.location_uid and t.adam_id = a.adam_id
    left join (page join devices.device dev on dev.id = page.device_id) on true
    left join directory.person p on p.id = dev.person_id
    where app.id = ${appId}
    order by page.place, page.device_id`.execute(context.db);
  return { count: rows[0]?.count ?? 0, rows: rows.filter((row) => row.deviceId !== null) };
}

function toStatus(row: UnfitRow, reason: NotApplicableReason | null): DeviceAppStatus {
  const { count: _count, licenseType: _licenseType, ...shown } = row;
  const view = installView({
    demand: undefined,
    task: undefined,
    applicable: false,
    notApplicableReason: reason,
  });
  return {
    ...shown,
    license: { state: view.license, position: null, since: null, failure: null },
    command: null,
    installation: null,
    installState: view.installState,
    installStateDetail: view.installStateDetail,
    errorCode: view.errorCode,
    reason: reason === null ? null : unfit[reason],
    changedAt: null,
  };
}
