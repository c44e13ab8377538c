import type { Hit } from './intents.ts';

/** A value of an app's configuration, as a property list can carry it. */
export type ConfigurationValue =
  | string
  | number
  | boolean
  | ConfigurationValue[]
  | { [key: string]: ConfigurationValue };

/** What an assignment says about the app on the device (behavior L37); what is left out is the default. */
export interface DeviceSettings {
  /** The app goes when the device leaves management. */
  readonly uninstallOnDeviceRemoval?: boolean;
  /** The person may remove it. */
  readonly isRemovable?: boolean;
  readonly preventManagedAppBackup?: boolean;
  readonly preventAutoAppUpdate?: boolean;
  /** The UUID of the VPN payload whose connection the app uses. */
  readonly vpnConfigurationId?: string;
  /** The managed app configuration. */
  readonly configuration?: Record<string, ConfigurationValue>;
}

/** What holds on one device. */
export interface ResolvedSettings extends DeviceSettings {
  readonly uninstallOnDeviceRemoval: boolean;
  readonly isRemovable: boolean;
  readonly preventManagedAppBackup: boolean;
  readonly preventAutoAppUpdate: boolean;
}

/** One assignment of an app that reaches a device, with what it says. */
export interface SettingsOffer extends Hit {
  readonly priority: number;
  /** Orders what has the same priority, the first first. */
  readonly position: number;
  readonly settings: DeviceSettings;
}

/**
 * What holds for an app on a device that several assignments reach. An exclusion takes away those of its own kind
 * (behavior L39a). The app goes with the management only where all say so: in a conflict it is kept (L37). Otherwise the
 * stricter word counts, and of what cannot be stricter, that of the highest priority.
 */
export function deviceSettings(offers: readonly SettingsOffer[]): ResolvedSettings {
  const excluded = new Set(offers.filter(({ kind }) => kind === 'exclusion').map(({ of }) => of));
  const said = offers
    .filter(({ of, kind }) => !excluded.has(of) && wantsApp.has(kind))
    .toSorted((one, other) => other.priority - one.priority || one.position - other.position)
    .map(({ settings }) => settings);
  const vpn = said.find((one) => one.vpnConfigurationId !== undefined)?.vpnConfigurationId;
  const configuration = said.find((one) => one.configuration !== undefined)?.configuration;
  return {
    uninstallOnDeviceRemoval:
      said.length > 0 && said.every((one) => one.uninstallOnDeviceRemoval === true),
    isRemovable: said.every((one) => one.isRemovable !== false),
    preventManagedAppBackup: said.some((one) => one.preventManagedAppBackup === true),
    preventAutoAppUpdate: said.some((one) => one.preventAutoAppUpdate === true),
    ...(vpn === undefined ? {} : { vpnConfigurationId: vpn }),
    ...(configuration === undefined ? {} : { configuration }),
  };
}

const wantsApp: ReadonlySet<Hit['kind']> = new Set(['required', 'available']);
