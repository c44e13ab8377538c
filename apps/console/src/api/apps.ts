import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { type Page, get, getAll, nextSkip, put } from './http.ts';
import type { AppDevice, InstallState, InstallStatus, Reason } from './status.ts';

export interface App {
  readonly id: string;
  readonly tokenId: string;
  readonly tokenName: string;
  readonly platform: 'ios' | 'macos';
  readonly adamId: string;
  readonly pricingParam: string;
  readonly name: string;
  readonly artistName: string | null;
  readonly bundleId: string | null;
  readonly version: string | null;
  readonly minimumOsVersion: string | null;
  readonly deviceFamilies: readonly string[];
  readonly genres: readonly string[];
  readonly description: string | null;
  readonly price: string | null;
  readonly storeUrl: string | null;
  readonly iconUrl: string | null;
  readonly isCustomApp: boolean;
  readonly deviceAssignable: boolean;
  readonly unlimited: boolean;
  /** Licenses owned; null when unlimited. */
  readonly owned: number | null;
  /** Ours, confirmed by Apple. */
  readonly held: number;
  /** Ours, taken but not yet confirmed, or on their way back. */
  readonly changing: number;
  /** Wanted here, and assigned at Apple by somebody else: no license of ours needed. */
  readonly found: number;
  readonly waiting: number;
  /** Assigned at Apple, but not ours. */
  readonly foreign: number;
  readonly available: number | null;
  readonly installed: number;
  readonly failed: number;
  readonly pending: number;
  readonly removalFailed: number;
  readonly assignedGroups: number;
  /** Apple no longer lists it. */
  readonly vanishedAt: string | null;
  /** Why nothing more is granted now, in Apple's words. */
  readonly closedReason: string | null;
}

export type TargetKind = 'group' | 'exclusionGroup' | 'allUsers' | 'allDevices';

/** What happens when no assignment wants the title any more. */
export type OnUnassign = 'keep' | 'reclaim' | 'reclaimAndRemove';

/** How an assignment is carried out; what is left out is the default. */
export interface AssignmentSettings {
  readonly onUnassign?: OnUnassign;
  readonly licensesAhead?: boolean;
  readonly onMacs?: boolean;
  readonly isRemovable?: boolean;
  readonly uninstallOnDeviceRemoval?: boolean;
  readonly preventManagedAppBackup?: boolean;
  readonly preventAutoAppUpdate?: boolean;
  readonly vpnConfigurationId?: string;
  /** The managed app configuration that the app reads on the device. */
  readonly configuration?: Readonly<Record<string, unknown>>;
}

/** Settings as they are asked for: what is left out stays as it is saved, null is the default again. */
export type SettingsPatch = {
  readonly [Name in keyof AssignmentSettings]?: AssignmentSettings[Name] | null;
};

export interface Assignment {
  readonly id: string;
  readonly intent: 'required' | 'available' | 'uninstall';
  readonly licenseType: 'device' | 'user';
  /** Orders the line for licenses, the highest first. */
  readonly priority: number;
  readonly settings: AssignmentSettings;
  readonly target: {
    readonly kind: TargetKind;
    /** Null for the built-in targets. */
    readonly groupId: string | null;
    readonly groupName: string | null;
    /** The group was deleted: the assignment gives nothing new. */
    readonly groupDeleted: boolean;
    readonly members: number;
  };
}

export interface AppDetail extends App {
  readonly assignments: readonly Assignment[];
}

/** All apps of all tokens: at most some thousands, searched and sorted here. */
export const appsQuery = queryOptions({
  queryKey: ['apps', 'list'],
  queryFn: async ({ signal }) => getAll<App>('/api/apps', signal),
});

export const appQuery = (id: string) =>
  queryOptions({
    queryKey: ['apps', 'one', id],
    queryFn: async ({ signal }) => get<AppDetail>(`/api/apps/${id}`, {}, signal),
  });

const devicesPerPage = 200;

export const appDevicesQuery = (id: string, state: InstallState | undefined) =>
  infiniteQueryOptions({
    queryKey: ['status', 'app', id, state ?? 'all'],
    queryFn: async ({ signal, pageParam }) =>
      get<Page<AppDevice>>(
        `/api/apps/${id}/devices`,
        { state, top: devicesPerPage, skip: pageParam },
        signal,
      ),
    initialPageParam: 0,
    getNextPageParam: nextSkip,
  });

/** A device that is known by its serial number and has not enrolled: its license was taken ahead. */
export interface ExpectedDevice {
  readonly serialNumber: string;
  readonly knownSinceDateTime: string;
  readonly license: InstallStatus['license'];
  readonly reason: Reason;
}

export const expectedDevicesQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ['status', 'app', id, 'expected'],
    queryFn: async ({ signal, pageParam }) =>
      get<Page<ExpectedDevice>>(
        `/api/apps/${id}/expected-devices`,
        { top: devicesPerPage, skip: pageParam },
        signal,
      ),
    initialPageParam: 0,
    getNextPageParam: nextSkip,
  });

export interface AssignmentInput {
  readonly intent: Assignment['intent'];
  readonly licenseType: Assignment['licenseType'];
  readonly priority: number;
  readonly settings: SettingsPatch;
  readonly target: { readonly kind: TargetKind; readonly groupId?: string };
}

/** Replaces the assignments of an app. */
export async function saveAssignments(
  appId: string,
  assignments: readonly AssignmentInput[],
): Promise<void> {
  await put(`/api/apps/${appId}/assignments`, { assignments });
}
