import type { AssignmentSettings, OnUnassign, SettingsPatch } from '../api/apps.ts';
import type { AssignmentType } from './assignment-draft.ts';

export type SettingName = keyof AssignmentSettings;

/** What each setting is when nothing is said. */
const defaults: Readonly<Required<AssignmentSettings>> = {
  onUnassign: 'reclaimAndRemove',
  licensesAhead: false,
  onMacs: false,
  isRemovable: true,
  uninstallOnDeviceRemoval: false,
  preventManagedAppBackup: false,
  preventAutoAppUpdate: false,
  vpnConfigurationId: '',
  configuration: {},
};

/** The settings without those that say no more than the default, in one order: two that mean the same are equal. */
export function meaningOf(settings: SettingsPatch): string {
  const said = Object.entries(settings).filter(
    ([name, value]) => !Object.hasOwn(defaults, name) || !isDefault(name as SettingName, value),
  );
  return JSON.stringify(inOrder(Object.fromEntries(said)));
}

function isDefault(name: SettingName, value: unknown): boolean {
  return value === null || JSON.stringify(inOrder(value)) === JSON.stringify(defaults[name]);
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, one]) => [name, inOrder(one)]),
  );
}

const intentsOf: Readonly<Record<SettingName, readonly AssignmentType[]>> = {
  onUnassign: ['required', 'available'],
  licensesAhead: ['required', 'available'],
  onMacs: ['required', 'available'],
  isRemovable: ['required'],
  uninstallOnDeviceRemoval: ['required', 'available'],
  preventManagedAppBackup: ['required', 'available'],
  preventAutoAppUpdate: ['required', 'available'],
  vpnConfigurationId: ['required', 'available'],
  configuration: ['required', 'available'],
};

/** Whether a setting says something for an assignment of this type; others are kept and not shown. */
export function appliesTo(name: SettingName, type: AssignmentType): boolean {
  return intentsOf[name].includes(type);
}

export const unassignNames: Readonly<Record<OnUnassign, string>> = {
  reclaimAndRemove: 'Take the license back and remove the app',
  reclaim: 'Take the license back, leave the app',
  keep: 'Keep the license and the app',
};

const words: Readonly<Record<Exclude<SettingName, 'onUnassign'>, string>> = {
  licensesAhead: 'Licenses ahead',
  onMacs: 'On Macs, too',
  isRemovable: 'Not removable',
  uninstallOnDeviceRemoval: 'Removed with management',
  preventManagedAppBackup: 'No backup',
  preventAutoAppUpdate: 'No automatic updates',
  vpnConfigurationId: 'VPN',
  configuration: 'Configured',
};

const unassignWords: Readonly<Record<OnUnassign, string>> = {
  reclaimAndRemove: '',
  reclaim: 'App stays when unassigned',
  keep: 'Kept when unassigned',
};

/** What differs from the default, in a few words each: "Priority 5", "No backup". */
export function wordsOf(
  { priority, settings }: { readonly priority: number; readonly settings: SettingsPatch },
  type: AssignmentType,
  offered: ReadonlySet<SettingName>,
): readonly string[] {
  const told = (Object.keys(intentsOf) as SettingName[]).filter(
    (name) =>
      offered.has(name) &&
      appliesTo(name, type) &&
      settings[name] !== undefined &&
      !isDefault(name, settings[name]),
  );
  return [
    ...(priority === 0 ? [] : [`Priority ${priority}`]),
    ...told.map((name) =>
      name === 'onUnassign' ? unassignWords[settings.onUnassign ?? 'keep'] : words[name],
    ),
  ];
}
