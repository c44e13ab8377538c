import { type InstallView, type LicenseState, installView } from '@allotment/licensing';
import type { Database } from '../db/connect.ts';
import { factsOf } from './facts.ts';
import {
  type Reason,
  awaitsPerson,
  deliveryReason,
  licenseReason,
  takenByHand,
  takenByHandGivenByOther,
  tooManyDevices,
} from './reasons.ts';
import { type StatusRow, readStatusRows } from './status-rows.ts';

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
    /** Null where there is none and never was. */
    readonly since: Date | null;
    readonly failure: { readonly number: number; readonly message: string | null } | null;
  };
  readonly command: { readonly state: string; readonly sentAt: Date | null } | null;
  readonly installation: { readonly appleState: string; readonly reportedAt: Date } | null;
  readonly installState: InstallView['installState'];
  readonly installStateDetail: string;
  readonly errorCode: number;
  readonly reason: Reason | null;
  readonly changedAt: Date | null;
}

export interface StatusQuery {
  readonly appId?: string;
  readonly deviceId?: string;
  readonly installState?: InstallView['installState'];
  readonly top?: number;
  readonly skip?: number;
}

/** The status of an app on its devices, or of a device's apps; a page of it, with the number in all. */
export async function deviceStatuses(
  db: Database,
  query: StatusQuery,
): Promise<{ readonly count: number; readonly value: readonly DeviceAppStatus[] }> {
  const rows = await readStatusRows(db, query);
  return { count: rows[0]?.count ?? 0, value: rows.map(toStatus) };
}

function toStatus(row: StatusRow): DeviceAppStatus {
  const view = installView(
    factsOf(row, {
      errorCode: row.taskError,
      stateDetail: row.taskReason === null ? null : (stateDetails[row.taskReason] ?? null),
    }),
  );
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

function reasonOf(row: StatusRow, license: LicenseState): Reason | null {
  if (row.refused === 'deviceLimit') return tooManyDevices;
  if (row.holdReason !== null && (license === 'none' || license === 'found'))
    return (license === 'none' ? takenByHand : takenByHandGivenByOther)(
      row.heldBy ?? '',
      row.holdReason,
    );
  const goes = row.taskState === 'removing' || row.taskState === 'removalFailed';
  if (license !== 'held' && license !== 'found' && !goes) {
    return licenseReason(license, row);
  }
  if (row.personState !== null && row.personState !== 'associated') return awaitsPerson;
  return deliveryReason(row.taskReason);
}

/** Graph's resultantAppStateDetail where it has a word for the reason; else the error code speaks. */
const stateDetails: Readonly<Record<string, string>> = {
  userRejected: 'userRejectedInstall',
  managementRejected: 'userRejectedInstall',
  updateRejected: 'userRejectedUpdate',
  updating: 'vppAppHasUpdateAvailable',
  waitingForUpdate: 'vppAppHasUpdateAvailable',
  updateOff: 'vppAppHasUpdateAvailable',
  updatePrevented: 'vppAppHasUpdateAvailable',
  updateUnassigned: 'vppAppHasUpdateAvailable',
  updateInKiosk: 'vppAppHasUpdateAvailable',
  updateNeedsSystem: 'vppAppHasUpdateAvailable',
  updateWaits: 'vppAppHasUpdateAvailable',
  updateFailed: 'iosAppStoreUpdateFailedToInstall',
  signInNeeded: 'userIsNotLoggedIntoAppStore',
  removedByPerson: 'managedAppNoLongerPresent',
  optionalRemoved: 'managedAppNoLongerPresent',
  notSupported: 'platformNotApplicable',
};
