import {
  type InstallView,
  type LicenseState,
  type StatusFacts,
  installView,
} from '@allotment/licensing';
import { sql } from 'kysely';
import type { Database } from '../db/connect.ts';
import { explain } from '../delivery/index.ts';
import { type Reason, licenseReason } from './reasons.ts';

/** One app on one device: license, command and installation apart (Law 2), and what Graph makes of them. */
export interface DeviceAppStatus {
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
  readonly license: {
    readonly state: LicenseState;
    /** Place in the line, from 1; null unless waiting. */
    readonly position: number | null;
    readonly since: Date;
    readonly failure: { readonly number: number; readonly message: string | null } | null;
  };
  readonly command: { readonly state: string; readonly sentAt: Date | null } | null;
  readonly installation: { readonly appleState: string; readonly reportedAt: Date } | null;
  readonly installState: InstallView['installState'];
  readonly installStateDetail: string;
  readonly errorCode: number;
  readonly reason: Reason | null;
  readonly changedAt: Date;
}

export interface StatusQuery {
  readonly appId?: string;
  readonly deviceId?: string;
  readonly installState?: InstallView['installState'];
  readonly top?: number;
  readonly skip?: number;
}

interface Row {
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
  readonly wanted: boolean;
  readonly granted: boolean;
  readonly held: boolean;
  readonly found: boolean;
  readonly failure: number | null;
  readonly failureMessage: string | null;
  readonly requested: boolean;
  readonly paused: boolean;
  readonly position: number | null;
  readonly since: Date;
  readonly changedAt: Date;
  readonly taskState: NonNullable<StatusFacts['task']>['state'] | null;
  readonly taskReason: string | null;
  readonly taskError: number | null;
  readonly commandState: string | null;
  readonly commandSentAt: Date | null;
  readonly appleState: string | null;
  readonly reportedAt: Date | null;
}

/** The status of an app on its devices, or of a device's apps; a page of it, with the number in all. */
export async function deviceStatuses(
  db: Database,
  query: StatusQuery,
): Promise<{ readonly count: number; readonly value: readonly DeviceAppStatus[] }> {
  const filtered = query.installState !== undefined;
  const { rows } = await sql<Row>`
    select count(*) over ()::int as count, app.id as app_id, coalesce(t.name, a.adam_id) as app_name, t.bundle_id,
      dev.id as device_id, dev.name as device_name, dev.serial_number, dev.os_version, dev.family, dev.last_check_in_at,
      p.id as user_id, p.display_name as user_display_name, p.user_principal_name,
      d.wanted, d.granted, d.held, d.found, d.failure, d.failure_message, d.since,
      c.request_id is not null as requested, loc.paused_at is not null as paused,
      case when d.wanted and not d.granted and not d.found then (
        select 1 + count(*)::int from grants.demand w
        where w.asset_id = d.asset_id and w.wanted and not w.granted and not w.found
          and (w.priority > d.priority or (w.priority = d.priority and w.position < d.position))) end as position,
      greatest(d.changed_at, k.changed_at) as changed_at,
      k.state as task_state, k.reason as task_reason, k.error_code as task_error,
      m.state as command_state, m.sent_at as command_sent_at,
      r.status as apple_state, r.reported_at
    from grants.demand d
    join library.holder h on h.id = d.holder_id and h.kind = 'device'
    join devices.device dev on dev.serial_number = h.key
    join library.asset a on a.id = d.asset_id
    join library.location loc on loc.uid = a.location_uid
    join lateral (
      select id from library.app where asset_id = a.id and (${query.appId ?? null}::uuid is null or id = ${query.appId ?? null}::uuid)
      order by (id = d.app_id) desc nulls last, created_at limit 1) app on true
    left join library.title t on t.location_uid = a.location_uid and t.adam_id = a.adam_id
    left join directory.person p on p.id = dev.person_id
    left join grants.open_change c on c.asset_id = d.asset_id and c.holder_id = d.holder_id
    left join delivery.task k on k.device_id = dev.id and k.asset_id = a.id
    left join devices.command m on m.id = k.command_id
    left join devices.managed_app r on r.device_id = dev.id and r.bundle_id = t.bundle_id
    where (${query.deviceId ?? null}::uuid is null or dev.id = ${query.deviceId ?? null}::uuid)
    order by ${query.deviceId === undefined ? sql`lower(coalesce(dev.name, dev.serial_number)), dev.id` : sql`lower(coalesce(t.name, a.adam_id)), a.id`}
    limit ${filtered ? null : (query.top ?? null)}::int offset ${filtered ? 0 : (query.skip ?? 0)}::int`.execute(
    db,
  );
  const all = rows.map(toStatus);
  if (!filtered) return { count: rows[0]?.count ?? 0, value: all };
  const matching = all.filter((status) => status.installState === query.installState);
  const skip = query.skip ?? 0;
  return {
    count: matching.length,
    value: matching.slice(skip, query.top === undefined ? undefined : skip + query.top),
  };
}

function toStatus(row: Row): DeviceAppStatus {
  const demand = {
    wanted: row.wanted,
    granted: row.granted,
    held: row.held,
    found: row.found,
    failure: row.failure,
    requested: row.requested,
  };
  const view = installView({
    demand,
    task:
      row.taskState === null
        ? undefined
        : {
            state: row.taskState,
            errorCode: row.taskError,
            stateDetail: row.taskReason === null ? null : (stateDetails[row.taskReason] ?? null),
          },
    applicable: true,
    notApplicableReason: null,
  });
  return {
    appId: row.appId,
    appName: row.appName,
    bundleId: row.bundleId,
    deviceId: row.deviceId,
    deviceName: row.deviceName,
    serialNumber: row.serialNumber,
    userId: row.userId,
    userDisplayName: row.userDisplayName,
    userPrincipalName: row.userPrincipalName,
    osVersion: row.osVersion,
    family: row.family,
    lastCheckInAt: row.lastCheckInAt,
    license: {
      state: view.license,
      position: row.position,
      since: row.since,
      failure: row.failure === null ? null : { number: row.failure, message: row.failureMessage },
    },
    command:
      row.commandState === null ? null : { state: row.commandState, sentAt: row.commandSentAt },
    installation:
      row.appleState === null || row.reportedAt === null
        ? null
        : { appleState: row.appleState, reportedAt: row.reportedAt },
    installState: view.installState,
    installStateDetail: view.installStateDetail,
    errorCode: view.errorCode,
    reason: reasonOf(row, view.license),
    changedAt: row.changedAt,
  };
}

function reasonOf(row: Row, license: LicenseState): Reason | null {
  if (license !== 'held' && license !== 'found') {
    return licenseReason(license, {
      position: row.position,
      paused: row.paused,
      failure: row.failure,
      failureMessage: row.failureMessage,
    });
  }
  if (row.taskReason === null || row.taskState === 'installed') return null;
  const reason = explain(row.taskReason);
  return reason === undefined ? null : { cause: reason.cause, who: reason.who, next: reason.next };
}

/** Graph's resultantAppStateDetail where it has a word for the reason; else the error code speaks. */
const stateDetails: Readonly<Record<string, string>> = {
  userRejected: 'userRejectedInstall',
  managementRejected: 'userRejectedInstall',
  updateRejected: 'userRejectedUpdate',
  signInNeeded: 'userIsNotLoggedIntoAppStore',
  removedByPerson: 'managedAppNoLongerPresent',
  notSupported: 'platformNotApplicable',
};
