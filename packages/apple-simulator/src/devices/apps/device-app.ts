import type { PlistDictionary } from '../messages/plist.ts';

/** What ManagedApplicationList calls the status of an app (Apple: ManagedApplicationListResponse). */
export type ManagedState =
  | 'Queued'
  | 'Prompting'
  | 'PromptingForLogin'
  | 'PromptingForUpdate'
  | 'PromptingForUpdateLogin'
  | 'PromptingForManagement'
  | 'Installing'
  | 'Updating'
  | 'Managed'
  | 'ManagedButUninstalled'
  | 'UserInstalledApp'
  | 'UserRejected'
  | 'UpdateRejected'
  | 'ManagementRejected'
  | 'Failed';

/** Reported once, then gone. */
const ONE_TIME: ReadonlySet<ManagedState> = new Set<ManagedState>([
  'UserInstalledApp',
  'UserRejected',
  'UpdateRejected',
  'ManagementRejected',
  'Failed',
]);

/** What gives the right to run a title: a license, or the account of whoever is signed in. */
export type Entitlement = 'device' | 'user' | 'account';

/** What lies on the device. */
export interface InstalledVersion {
  readonly name: string;
  readonly version: string;
  readonly externalVersionId: number;
  readonly sizeBytes: number;
  /** What it was installed with. */
  readonly runsOn: Entitlement;
  /** What the device last found out about a newer version; it looks once a day. */
  updateCheck: { readonly at: number; readonly available: boolean };
}

/** What the server said about an app when it last installed it. */
export interface Management {
  readonly flags: number;
  configuration: PlistDictionary | undefined;
  attributes: PlistDictionary | undefined;
}

/** One app as a device knows it: installed, managed, or both. */
export class DeviceApp {
  readonly bundleId: string;
  /** Undefined for apps the store does not know. */
  readonly adamId: string | undefined;
  state: ManagedState | undefined;
  installed: InstalledVersion | undefined;
  /** Undefined: the person's own app, or not here at all. */
  management: Management | undefined;
  readonly promptsShown = { install: 0, account: 0, management: 0, update: 0 };
  /** Takes back what is under way. */
  work: AbortController | undefined;

  constructor(bundleId: string, adamId: string | undefined) {
    this.bundleId = bundleId;
    this.adamId = adamId;
  }

  /** True while an install, update or take-over is under way. */
  get busy(): boolean {
    return this.work !== undefined;
  }

  /** Breaks off what is under way. */
  stopWork(): void {
    this.work?.abort(new Error('The app was changed meanwhile.'));
    this.work = undefined;
  }

  /** The state as a list tells it: one-time states are gone afterwards. */
  reportState(): ManagedState | undefined {
    const { state } = this;
    if (state !== undefined && ONE_TIME.has(state)) this.state = this.#restingState();
    return state;
  }

  #restingState(): ManagedState | undefined {
    return this.management !== undefined && this.installed !== undefined ? 'Managed' : undefined;
  }
}
