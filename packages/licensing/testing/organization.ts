import type {
  ComingEnd,
  Departure,
  DeviceTraits,
  EndReason,
  Graces,
  Intent,
  LicenseType,
  NotApplicableReason,
  OnUnassign,
  TitleRequirements,
} from '../src/index.ts';

/** Who holds a license: a device or a person, by id. */
export type Holder = `device:${string}` | `person:${string}`;

export interface Group {
  readonly id: string;
  readonly deleted: boolean;
  readonly personIds: readonly string[];
  readonly deviceIds: readonly string[];
  /** Groups that are members of this one; a group may come back to itself. */
  readonly groupIds: readonly string[];
}

export interface Person {
  readonly id: string;
  /** Left the organization. */
  readonly deleted: boolean;
  /** The organization made an Apple Account for them. */
  readonly managedAccount?: boolean;
  /** The latest of their devices that are theirs no more, or not managed any more; undefined: none ever was. */
  readonly departed?: Departure | undefined;
}

export interface Device extends Omit<DeviceTraits, 'primaryUser' | 'managedAccount'> {
  readonly id: string;
  readonly personId: string | null;
  readonly managed: boolean;
  readonly silent: boolean;
  /** When it fell silent, among all departures; without a meaning for the others. */
  readonly silentOrder?: number;
  /** Not enrolled yet: no more is known of it than its serial number and its groups. */
  readonly expected: boolean;
  readonly lastCheckInAt: Date | null;
}

/** A title bought under one location and pricing parameter; two with the same Adam ID are one title (Law 1). */
export interface Asset extends Omit<TitleRequirements, 'appPlatform'> {
  readonly id: string;
  readonly adamId: string;
  /** False for books: Apple never takes such a license back. */
  readonly revocable: boolean;
}

/** What assignments name: an asset on a platform, or a book. */
export interface App {
  readonly id: string;
  readonly assetId: string;
  readonly platform: 'ios' | 'macos' | 'book';
}

export interface Assignment {
  readonly appId: string;
  readonly target: 'group' | 'exclusionGroup' | 'allUsers' | 'allDevices';
  /** Null for the built-in targets. */
  readonly groupId: string | null;
  /** Without a meaning for exclusions. */
  readonly intent: Intent;
  readonly licenseType: LicenseType;
  readonly priority: number;
  /** Unique among all. */
  readonly position: number;
  readonly onUnassign: OnUnassign;
  /** The license is taken before anybody asks for the app, and before a device of the group has enrolled. */
  readonly licensesAhead: boolean;
}

/** A person asked for an available app on a device. */
export interface InstallRequest {
  readonly appId: string;
  readonly deviceId: string;
  readonly personId: string;
}

export interface Pair {
  readonly assetId: string;
  readonly holder: Holder;
}

/** A license that was wanted until now. */
export interface DemandRow extends Pair {
  readonly appId: string;
  /** The seat is taken. */
  readonly granted: boolean;
  /** Apple was asked for it, whatever came of that; only where granted. */
  readonly asked: boolean;
  /** Apple confirmed it; only where asked. */
  readonly held: boolean;
  readonly takenFor: TakenFor;
  /** Of the assignment that wanted it. */
  readonly onUnassign: OnUnassign;
  readonly coming: ComingEnd | undefined;
}

/** What a license was taken for: that it is Required, that its person asked, or for whoever may ask. */
export type TakenFor = 'required' | 'request' | 'ahead';

/** A device that a person's user license serves. */
export interface Served {
  readonly assetId: string;
  readonly deviceId: string;
  readonly personId: string;
}

/** One that it serves now. */
export interface ServedBefore extends Served {
  readonly takenFor: TakenFor;
}

/** All that decides who is to have which license. */
export interface Organization {
  readonly now: Date;
  readonly graces: Graces;
  readonly devicesPerPerson: number;
  readonly groups: readonly Group[];
  readonly people: readonly Person[];
  readonly devices: readonly Device[];
  readonly assets: readonly Asset[];
  readonly apps: readonly App[];
  readonly assignments: readonly Assignment[];
  readonly requests: readonly InstallRequest[];
  readonly holds: readonly Pair[];
  readonly rows: readonly DemandRow[];
  readonly served: readonly ServedBefore[];
  /** What Apple shows and is not ours. */
  readonly foreign: readonly Pair[];
}

/** Why a license is wanted; from suspended on, only because it is there. */
export type WantedBecause =
  | 'assigned'
  | 'ahead'
  | 'suspended'
  | 'kept'
  | 'offered'
  | 'grace'
  | 'appGone'
  | 'irrevocable';

export interface Wanted extends Pair {
  readonly appId: string;
  readonly because: WantedBecause;
  /** It is, or was, taken before anybody asked for the app: nothing is installed. */
  readonly ahead: boolean;
  /** Of the assignment that says how; null where none does any more. */
  readonly priority: number | null;
  /** The end of the grace period. */
  readonly until: Date | null;
}

export interface Placement extends Served {
  /** The license is taken before anybody asked for the app there. */
  readonly ahead: boolean;
  /** The app was Required there and is Available now. */
  readonly kept: boolean;
  /** One device too many for the license (behavior 27). */
  readonly refused: boolean;
}

/** Who is to have which license, and what is to go. */
export interface Demand {
  readonly wanted: readonly Wanted[];
  readonly placements: readonly Placement[];
  /** Apps to be removed from devices by Uninstall. */
  readonly uninstalls: readonly { readonly assetId: string; readonly deviceId: string }[];
  /** Wanted pairs that another asset of the same title serves. */
  readonly covered: readonly (Pair & { readonly by: string })[];
  readonly notApplicable: readonly {
    readonly assetId: string;
    readonly deviceId: string;
    readonly reason: NotApplicableReason;
  }[];
  /** Rows that end now. */
  readonly ended: readonly (Pair & { readonly reason: EndReason | 'suspended' })[];
}
