import { isDictionary, type PlistDictionary } from '../plist/values.ts';
import { flag, integer, number, text } from '../messages/fields.ts';

// Apple's schema calls many of these keys required, and devices leave them out all the same:
// every field is optional, wrong types read as absent, and unknown names of states pass through.

/** Longer than any bundle identifier Apple takes, and short enough to be a key. */
const BUNDLE_ID_CHARACTERS = 256;

export interface InstallApplicationResult {
  bundleId: string | undefined;
  state: string | undefined;
  /** Can come with the status Acknowledged too, which then does not mean that the app installs. */
  rejectionReason: string | undefined;
}

/** Reads the answer to InstallApplication. */
export function readInstallApplication(payload: PlistDictionary): InstallApplicationResult {
  return {
    bundleId: text(payload, 'Identifier', BUNDLE_ID_CHARACTERS),
    state: text(payload, 'State', 64),
    rejectionReason: text(payload, 'RejectionReason', 64),
  };
}

export interface ManagedApplication {
  bundleId: string;
  /** One of Apple's names, such as Installing, Managed or Failed. */
  status: string | undefined;
  managementFlags: number | undefined;
  hasConfiguration: boolean | undefined;
  isValidated: boolean | undefined;
  externalVersionId: number | undefined;
}

/** Reads the answer to ManagedApplicationList, a dictionary by bundle identifier; absurd identifiers are skipped. */
export function readManagedApplicationList(payload: PlistDictionary): ManagedApplication[] {
  const list = payload['ManagedApplicationList'];
  if (!isDictionary(list)) return [];
  return Object.entries(list).flatMap(([bundleId, entry]) =>
    bundleId !== '' && bundleId.length <= BUNDLE_ID_CHARACTERS && isDictionary(entry)
      ? [
          {
            bundleId,
            status: text(entry, 'Status', 64),
            managementFlags: integer(entry, 'ManagementFlags'),
            hasConfiguration: flag(entry, 'HasConfiguration'),
            isValidated: flag(entry, 'IsValidated'),
            externalVersionId: integer(entry, 'ExternalVersionIdentifier'),
          },
        ]
      : [],
  );
}

export interface ManagedBook {
  /** As text, as the license service writes it. */
  adamId: string;
  /** One of Apple's names; books of the store end as Installed, not as Managed. */
  state: string | undefined;
}

/** Reads the answer to ManagedMediaList. Books that are not of the store have no Adam ID and are skipped. */
export function readManagedMediaList(payload: PlistDictionary): ManagedBook[] {
  const list = payload['Books'];
  if (!Array.isArray(list)) return [];
  return list.filter(isDictionary).flatMap((entry) => {
    const adamId = integer(entry, 'iTunesStoreID');
    return adamId === undefined || adamId <= 0
      ? []
      : [{ adamId: String(adamId), state: text(entry, 'State', 64) }];
  });
}

export interface InstalledApplication {
  bundleId: string;
  name: string | undefined;
  version: string | undefined;
  shortVersion: string | undefined;
  externalVersionId: number | undefined;
  bundleBytes: number | undefined;
  dynamicBytes: number | undefined;
  installing: boolean | undefined;
  isValidated: boolean | undefined;
  /** False for apps under a device license. */
  appStoreVendable: boolean | undefined;
  deviceLicensed: boolean | undefined;
  /** Refreshed by the device about once a day. */
  hasUpdateAvailable: boolean | undefined;
  downloadFailed: boolean | undefined;
  /** "Declarative Device Management" where declarations brought the app. */
  source: string | undefined;
}

/** Reads the answer to InstalledApplicationList. Entries without a bundle identifier are skipped. */
export function readInstalledApplicationList(payload: PlistDictionary): InstalledApplication[] {
  const list = payload['InstalledApplicationList'];
  if (!Array.isArray(list)) return [];
  return list.filter(isDictionary).flatMap((entry) => {
    const bundleId = text(entry, 'Identifier', BUNDLE_ID_CHARACTERS);
    return bundleId === undefined ? [] : [readInstalledApplication(bundleId, entry)];
  });
}

function readInstalledApplication(bundleId: string, entry: PlistDictionary): InstalledApplication {
  return {
    bundleId,
    name: text(entry, 'Name'),
    version: text(entry, 'Version'),
    shortVersion: text(entry, 'ShortVersion'),
    externalVersionId: integer(entry, 'ExternalVersionIdentifier'),
    bundleBytes: integer(entry, 'BundleSize'),
    dynamicBytes: integer(entry, 'DynamicSize'),
    installing: flag(entry, 'Installing'),
    isValidated: flag(entry, 'IsValidated'),
    appStoreVendable: flag(entry, 'AppStoreVendable'),
    deviceLicensed: flag(entry, 'DeviceBasedVPP'),
    hasUpdateAvailable: flag(entry, 'HasUpdateAvailable'),
    downloadFailed: flag(entry, 'DownloadFailed'),
    source: text(entry, 'Source'),
  };
}

export interface DeviceInformation {
  udid: string | undefined;
  serialNumber: string | undefined;
  deviceName: string | undefined;
  osVersion: string | undefined;
  buildVersion: string | undefined;
  productName: string | undefined;
  model: string | undefined;
  modelName: string | undefined;
  isSupervised: boolean | undefined;
  /** A Shared iPad. */
  isMultiUser: boolean | undefined;
  awaitingConfiguration: boolean | undefined;
  /** Gigabytes with fractions; of 10^9 bytes, before macOS 12 of 2^30. */
  capacity: number | undefined;
  availableCapacity: number | undefined;
  storeAccountIsActive: boolean | undefined;
  /** Equal to the license service's idHash when the same Apple Account is signed in. */
  storeAccountHash: string | undefined;
  /** A Mac with Apple silicon: apps for iPhone and iPad can be installed. */
  supportsIosApps: boolean | undefined;
}

/** Reads the answer to DeviceInformation. */
export function readDeviceInformation(payload: PlistDictionary): DeviceInformation {
  const responses = payload['QueryResponses'];
  const answers: PlistDictionary = isDictionary(responses) ? responses : {};
  return {
    udid: text(answers, 'UDID', 128),
    serialNumber: text(answers, 'SerialNumber', 64),
    deviceName: text(answers, 'DeviceName'),
    osVersion: text(answers, 'OSVersion', 64),
    buildVersion: text(answers, 'BuildVersion', 64),
    productName: text(answers, 'ProductName', 128),
    model: text(answers, 'Model', 128),
    modelName: text(answers, 'ModelName', 128),
    isSupervised: flag(answers, 'IsSupervised'),
    isMultiUser: flag(answers, 'IsMultiUser'),
    awaitingConfiguration: flag(answers, 'AwaitingConfiguration'),
    capacity: number(answers, 'DeviceCapacity'),
    availableCapacity: number(answers, 'AvailableDeviceCapacity'),
    storeAccountIsActive: flag(answers, 'iTunesStoreAccountIsActive'),
    storeAccountHash: text(answers, 'iTunesStoreAccountHash'),
    supportsIosApps: flag(answers, 'SupportsiOSAppInstalls'),
  };
}

/** Acknowledged only says that the invitation was shown, not that it was accepted. */
export function readInviteToProgram(payload: PlistDictionary): { result: string | undefined } {
  return { result: text(payload, 'InvitationResult', 64) };
}
