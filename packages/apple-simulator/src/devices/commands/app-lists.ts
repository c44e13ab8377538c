import { isOlder, minimumOsVersion } from '../apps/assess-install.ts';
import type { DeviceApp, InstalledVersion } from '../apps/device-app.ts';
import { isUsable } from '../apps/entitlement.ts';
import type { Device } from '../device.ts';
import { RIGHT } from '../enrollment/access-rights.ts';
import type { Environment } from '../environment.ts';
import type { PlistInput } from '../messages/plist.ts';
import type { CommandKind } from './command.ts';

/** Apple: a device finds out about newer versions daily. */
const UPDATE_CHECK_MS = 86_400_000;

/** What InstalledApplicationList can be asked for (Apple: rangelist of Items). */
const ITEMS = new Set(
  (
    'AdHocCodeSigned AppStoreVendable BetaApp BundleSize DeviceBasedVPP DistributorIdentifier ' +
    'DynamicSize ExternalVersionIdentifier HasUpdateAvailable Identifier Installing IsAppClip ' +
    'IsValidated Name ShortVersion Version'
  ).split(' '),
);

/** Apple: Installed Application List Command. */
export const installedApplicationList: CommandKind = {
  requestType: 'InstalledApplicationList',
  right: RIGHT.listApps,
  userFamilies: ['Mac'],
  notInUserEnrollment: ['Mac'],
  run({ environment, device, enrollment }, command) {
    const wanted = command.optional('Identifiers', 'strings');
    const onlyManaged = command.optional('ManagedAppsOnly', 'boolean') ?? false;
    // The person's own apps are nobody's business in User Enrollment.
    const managedOnly = onlyManaged || enrollment.enrollmentId !== undefined;
    const items = command.optional('Items', 'strings');
    const unknown = items?.find((item) => !ITEMS.has(item));
    if (unknown !== undefined) throw command.wrong('Items', `knows no "${unknown}"`);
    const list: PlistInput[] = [];
    for (const app of device.apps.values()) {
      if (wanted !== undefined && !wanted.includes(app.bundleId)) continue;
      if (managedOnly && app.management === undefined) continue;
      const entry = installedEntry(environment, device, app);
      if (entry !== undefined) list.push(items === undefined ? entry : pick(entry, items));
    }
    return { InstalledApplicationList: list };
  },
};

/** Apple: Managed Application List Command. Telling a one-time state uses it up. */
export const managedApplicationList: CommandKind = {
  requestType: 'ManagedApplicationList',
  right: RIGHT.manageApps,
  userFamilies: ['Mac'],
  run({ environment, device }, command) {
    const wanted = command.optional('Identifiers', 'strings');
    const list: Record<string, PlistInput> = {};
    for (const app of device.apps.values()) {
      if (wanted !== undefined && !wanted.includes(app.bundleId)) continue;
      const state = app.reportState();
      if (state === undefined) continue;
      list[app.bundleId] = {
        Status: state,
        ManagementFlags: app.management?.flags ?? 0,
        HasConfiguration: app.management?.configuration !== undefined,
        HasFeedback: false,
        IsValidated: device.family === 'Mac' ? undefined : isUsable(environment, device, app),
        ExternalVersionIdentifier: app.installed?.externalVersionId,
      };
    }
    return { ManagedApplicationList: list };
  },
};

type Entry = Record<string, PlistInput | undefined>;

function installedEntry(
  environment: Environment,
  device: Device,
  app: DeviceApp,
): Entry | undefined {
  const { installed } = app;
  const loading = app.state === 'Installing' || app.state === 'Updating';
  if (installed === undefined)
    return loading ? { Identifier: app.bundleId, Installing: true } : undefined;
  const common = {
    Identifier: app.bundleId,
    Name: installed.name,
    Version: installed.version,
    ShortVersion: installed.version,
    BundleSize: installed.sizeBytes,
    ExternalVersionIdentifier: installed.externalVersionId,
    Installing: loading,
    HasUpdateAvailable: hasUpdate(environment, device, app, installed),
  };
  if (device.family === 'Mac') return common;
  return {
    ...common,
    DynamicSize: Math.floor(installed.sizeBytes / 20),
    IsValidated: isUsable(environment, device, app),
    AppStoreVendable: installed.runsOn !== 'device',
    DeviceBasedVPP: installed.runsOn === 'device',
    BetaApp: false,
    AdHocCodeSigned: false,
    IsAppClip: false,
  };
}

/** What the device knows about a newer version: it looked within the last day, or it looks now. */
function hasUpdate(
  { clock, catalog }: Environment,
  device: Device,
  { adamId }: DeviceApp,
  installed: InstalledVersion,
): boolean {
  const now = clock.now();
  if (now - installed.updateCheck.at >= UPDATE_CHECK_MS) {
    const title = adamId === undefined ? undefined : catalog.title(adamId);
    const available =
      title !== undefined &&
      title.externalVersionId > installed.externalVersionId &&
      !isOlder(device.traits.osVersion, minimumOsVersion(title, device.family));
    installed.updateCheck = { at: now, available };
  }
  return installed.updateCheck.available;
}

function pick(entry: Entry, items: readonly string[]): Entry {
  return Object.fromEntries(
    Object.entries(entry).filter(([key]) => key === 'Identifier' || items.includes(key)),
  );
}
