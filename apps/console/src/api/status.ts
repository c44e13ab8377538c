export type LicenseState =
  | 'none'
  | 'waiting'
  | 'covered'
  | 'granted'
  | 'requested'
  | 'held'
  | 'found'
  | 'returning'
  | 'failed';

export const installStates = [
  'installed',
  'pendingInstall',
  'failed',
  'notInstalled',
  'uninstallFailed',
  'notApplicable',
  'unknown',
] as const;

export type InstallState = (typeof installStates)[number];

/** Why something is not done yet, who can mend it, and the next step. */
export interface Reason {
  readonly cause: string;
  readonly who: 'Apple' | 'device' | 'person' | 'administrator' | 'Allotment';
  readonly next: string;
}

/** One app on one device: license, command and installation are three states, never mixed. */
export interface InstallStatus {
  readonly license: {
    readonly state: LicenseState;
    readonly position?: number | null;
    readonly since: string | null;
    readonly failure?: { readonly number: number; readonly message: string | null } | null;
  };
  readonly command: { readonly state: string; readonly sentDateTime: string | null } | null;
  readonly installation: {
    readonly appleState: string;
    readonly reportedDateTime: string;
  } | null;
  readonly installState: InstallState;
  readonly installStateDetail: string;
  readonly errorCode: number;
  readonly hexErrorCode: string | null;
  readonly reason: Reason | null;
  readonly changedDateTime: string | null;
}

export interface AppDevice extends InstallStatus {
  readonly deviceId: string;
  readonly deviceName: string | null;
  readonly serialNumber: string;
  readonly userDisplayName: string | null;
  readonly userPrincipalName: string | null;
  readonly osVersion: string | null;
}

export interface DeviceApp extends InstallStatus {
  readonly appId: string;
  readonly appName: string;
  readonly bundleId: string | null;
}
