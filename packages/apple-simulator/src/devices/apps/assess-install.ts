import type { DeviceFamily, StoreTitle } from '../../core/world.ts';
import type { Family, Traits } from '../traits.ts';
import type { DeviceApp, Entitlement } from './device-app.ts';

/** Why a device does not even begin (Apple: InstallApplicationResponse, RejectionReason). */
export type RejectionReason =
  | 'AppAlreadyInstalled'
  | 'AppAlreadyQueued'
  | 'AppStoreDisabled'
  | 'CouldNotVerifyAppID'
  | 'ManagementChangeNotSupported'
  | 'NotAnApp'
  | 'NotSupported'
  | 'PurchaseMethodNotSupported'
  | 'PurchaseMethodNotSupportedInMultiUser';

export type Assessment =
  | { readonly kind: 'rejected'; readonly reason: RejectionReason }
  | { readonly kind: 'no-license' }
  /** In Setup Assistant nobody is signed in yet. */
  | { readonly kind: 'no-account' }
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
  /** PurchaseMethod 1. */
  readonly licensed: boolean;
  /** The command says that the title is an iOS app for a Mac. */
  readonly iosApp: boolean;
  readonly shared: boolean;
  readonly userEnrollment: boolean;
  /** Undefined: none was found. */
  readonly entitlement: Entitlement | undefined;
}

/** Families of titles that each kind of device runs; what a Mac runs depends on the command. */
const RUNS: Readonly<Record<Exclude<Family, 'Mac'>, readonly DeviceFamily[]>> = {
  iPhone: ['iphone'],
  iPad: ['ipad', 'iphone'],
  AppleTV: ['tvos'],
  Vision: ['realityDevice'],
};

/** Decides what a device does with InstallApplication (Apple: Install Application Command; who is asked: Intune's prompt table). */
export function assessInstall(situation: InstallSituation): Assessment {
  const { title, traits, app, entitlement, family } = situation;
  const reason = refuse(situation);
  if (reason !== undefined) return { kind: 'rejected', reason };
  const installed = app?.installed;
  const ours = isOurs(situation);
  if (installed !== undefined && ours && installed.externalVersionId >= title.externalVersionId)
    return { kind: 'refresh' };
  if (entitlement === undefined) return { kind: 'no-license' };
  if (entitlement !== 'device' && traits.awaitingConfiguration) return { kind: 'no-account' };
  if (entitlement !== 'device' && traits.storeDisabled)
    return { kind: 'rejected', reason: 'AppStoreDisabled' };
  // macOS asks nobody.
  const asks = !traits.supervised && family !== 'Mac';
  if (installed === undefined) return { kind: 'install', entitlement, asks };
  if (!ours) return { kind: 'take-over', entitlement, asks };
  const inUse = traits.appsInUse.includes(title.bundleId) || traits.singleApp === title.bundleId;
  return { kind: 'update', entitlement, asks: inUse };
}

/** What stands against the command as such, whatever licenses there are; undefined: nothing. */
function refuse(situation: InstallSituation): RejectionReason | undefined {
  const { title, app, shared, userEnrollment, licensed, entitlement } = situation;
  if (title.absentIn.includes(situation.traits.storefront.toLowerCase()))
    return 'CouldNotVerifyAppID';
  if (title.kind !== 'app') return 'NotAnApp';
  if (!runsHere(situation)) return 'NotSupported';
  if (shared && (!licensed || entitlement === 'user'))
    return 'PurchaseMethodNotSupportedInMultiUser';
  if (userEnrollment && !licensed) return 'PurchaseMethodNotSupported';
  if (userEnrollment && situation.takeOver) return 'ManagementChangeNotSupported';
  if (app?.busy === true) return 'AppAlreadyQueued';
  const others = app?.installed !== undefined && !isOurs(situation);
  return others && !situation.takeOver ? 'AppAlreadyInstalled' : undefined;
}

function isOurs({ app, managing }: InstallSituation): boolean {
  return app?.management !== undefined || !managing;
}

/** Whether a device of this kind and system version can run the title. */
function runsHere({ title, family, traits, iosApp }: InstallSituation): boolean {
  const runs =
    family === 'Mac'
      ? title.families.includes('mac') && (isForMacs(title) || iosApp)
      : RUNS[family].some((name) => title.families.includes(name));
  return runs && !isOlder(traits.osVersion, minimumOsVersion(title, family));
}

/** The version a title needs on a kind of device; the store names only that of the system it was made for. */
export function minimumOsVersion(title: StoreTitle, family: Family): string {
  const made = title.families.every((name) => name === 'mac')
    ? 'Mac'
    : title.families.every((name) => name === 'realityDevice')
      ? 'Vision'
      : 'mobile';
  const needs = family === 'Mac' || family === 'Vision' ? family : 'mobile';
  return made === needs ? title.minimumOsVersion : '';
}

/** Made for macOS; other titles that a Mac runs are iOS apps. */
function isForMacs({ families }: StoreTitle): boolean {
  return families.every((name) => name === 'mac');
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
