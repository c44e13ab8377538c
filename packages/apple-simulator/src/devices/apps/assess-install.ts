import type { DeviceFamily, StoreTitle } from '../../core/world.ts';
import type { Family, Traits } from '../traits.ts';
import type { DeviceApp, Entitlement } from './device-app.ts';

/** Why a device does not even begin (Apple: InstallApplicationResponse, RejectionReason). */
export type RejectionReason =
  | 'AppAlreadyInstalled'
  | 'AppAlreadyQueued'
  | 'AppStoreDisabled'
  | 'CouldNotVerifyAppID'
  | 'NotAnApp'
  | 'NotSupported';

export type Assessment =
  | { readonly kind: 'rejected'; readonly reason: RejectionReason }
  | { readonly kind: 'no-license' }
  /** Already there in this version: only configuration and attributes change. */
  | { readonly kind: 'refresh' }
  | Undertaking;

/** Something to be done on the device. */
export interface Undertaking {
  readonly kind: 'install' | 'update' | 'take-over';
  readonly entitlement: Entitlement;
  /** The person is asked before anything happens. */
  readonly asks: boolean;
}

export interface InstallSituation {
  readonly title: StoreTitle;
  readonly family: Family;
  readonly traits: Traits;
  readonly app: DeviceApp | undefined;
  /** The app is to be managed; only macOS also installs without. */
  readonly managing: boolean;
  /** ChangeManagementState was "Managed". */
  readonly takeOver: boolean;
  /** Undefined: none was found. */
  readonly entitlement: Entitlement | undefined;
}

/** Families of titles that each kind of device runs. */
const RUNS: Readonly<Record<Family, readonly DeviceFamily[]>> = {
  iPhone: ['iphone'],
  iPad: ['ipad', 'iphone'],
  Mac: ['mac'],
  AppleTV: ['tvos'],
};

/** Decides what a device does with InstallApplication (Apple: Install Application Command; who is asked: Intune's prompt table). */
export function assessInstall(situation: InstallSituation): Assessment {
  const { title, traits, app, entitlement } = situation;
  if (title.kind !== 'app') return { kind: 'rejected', reason: 'NotAnApp' };
  if (!runsHere(situation)) return { kind: 'rejected', reason: 'NotSupported' };
  if (app?.busy === true) return { kind: 'rejected', reason: 'AppAlreadyQueued' };
  const installed = app?.installed;
  const ours = app?.management !== undefined || !situation.managing;
  if (installed !== undefined && !ours && !situation.takeOver)
    return { kind: 'rejected', reason: 'AppAlreadyInstalled' };
  if (installed !== undefined && ours && installed.externalVersionId >= title.externalVersionId)
    return { kind: 'refresh' };
  if (entitlement === undefined) return { kind: 'no-license' };
  if (entitlement !== 'device' && traits.storeDisabled)
    return { kind: 'rejected', reason: 'AppStoreDisabled' };
  if (installed === undefined) return { kind: 'install', entitlement, asks: !traits.supervised };
  if (!ours) return { kind: 'take-over', entitlement, asks: !traits.supervised };
  const inUse = traits.appsInUse.includes(title.bundleId) || traits.singleApp === title.bundleId;
  return { kind: 'update', entitlement, asks: inUse };
}

/** Whether a device of this kind and system version can run the title. */
export function runsHere({ title, family, traits }: InstallSituation): boolean {
  return (
    RUNS[family].some((name) => title.families.includes(name)) &&
    !isOlder(traits.osVersion, title.minimumOsVersion)
  );
}

/** Compares versions such as 17.2 and 17.10 number by number. */
export function isOlder(version: string, than: string): boolean {
  const [left, right] = [version, than].map((text) => text.split('.').map(Number));
  for (let part = 0; part < 3; part++) {
    const difference = (left?.[part] ?? 0) - (right?.[part] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
