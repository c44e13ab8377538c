import { CommandError } from '../errors.ts';
import type { PlistDictionary } from '../plist/values.ts';
import { writePlist } from '../plist/write.ts';

/** The inner part of an MDM command, ready for `encodeCommand`. */
export interface Command extends PlistDictionary {
  RequestType: string;
}

/** What happens to an app's data and to the app itself, by Apple's bits. */
export interface ManagementFlags {
  removeWithProfile?: boolean;
  preventBackup?: boolean;
}

export interface InstallApplicationOptions {
  /** Apple's identifier of the app, as text; Apple wants an integer here and text elsewhere. */
  adamId: string;
  management?: ManagementFlags;
  /** Left out on a repeated install, the device forgets the earlier one: always send it again. */
  configuration?: PlistDictionary;
  /** As `configuration`: always send it again. */
  attributes?: PlistDictionary;
  /** Take over an app the person installed. */
  takeOver?: boolean;
  /** macOS only: manage the installed app. */
  installAsManaged?: boolean;
  /** macOS only: the app is an iOS app. */
  iosApp?: boolean;
}

/**
 * Installs or updates an app under a license the organization assigned.
 * @throws CommandError when the Adam ID is none
 * @see https://developer.apple.com/documentation/devicemanagement/installapplicationcommand
 */
export function installApplication(options: InstallApplicationOptions): Command {
  const command: Command = {
    RequestType: 'InstallApplication',
    iTunesStoreID: adamIdAsInteger(options.adamId),
    // 1 means "by an assigned license"; without it the device asks the person to buy the app.
    Options: { PurchaseMethod: 1 },
  };
  const flags = managementFlags(options.management ?? {});
  if (flags !== 0) command['ManagementFlags'] = flags;
  if (options.configuration) command['Configuration'] = options.configuration;
  if (options.attributes) command['Attributes'] = options.attributes;
  if (options.takeOver) command['ChangeManagementState'] = 'Managed';
  if (options.installAsManaged) command['InstallAsManaged'] = true;
  if (options.iosApp) command['iOSApp'] = true;
  return command;
}

/**
 * Removes a managed app; the device answers Error for any other.
 * @see https://developer.apple.com/documentation/devicemanagement/removeapplicationcommand
 */
export function removeApplication(bundleId: string): Command {
  return { RequestType: 'RemoveApplication', Identifier: bundleId };
}

export interface AppListOptions {
  /** Ask about these alone; all apps when left out. */
  bundleIds?: readonly string[];
}

/**
 * Asks for the state of managed apps. Reading it uses up states the device reports only once.
 * @see https://developer.apple.com/documentation/devicemanagement/managedapplicationlistcommand
 */
export function managedApplicationList(options: AppListOptions = {}): Command {
  return { RequestType: 'ManagedApplicationList', ...identifiers(options) };
}

export interface InstalledApplicationListOptions extends AppListOptions {
  managedAppsOnly?: boolean;
  /** Only these keys of each app, by Apple's names; all of them when left out. */
  items?: readonly string[];
}

/** @see https://developer.apple.com/documentation/devicemanagement/installedapplicationlistcommand */
export function installedApplicationList(options: InstalledApplicationListOptions = {}): Command {
  const command: Command = { RequestType: 'InstalledApplicationList', ...identifiers(options) };
  if (options.managedAppsOnly !== undefined) command['ManagedAppsOnly'] = options.managedAppsOnly;
  if (options.items) command['Items'] = [...options.items];
  return command;
}

/**
 * Sends a book of the store, under a license of the person whose Apple Account is on the device.
 * @param adamId Apple's identifier of the book, as text
 * @throws CommandError when the Adam ID is none
 * @see https://developer.apple.com/documentation/devicemanagement/installmediacommand
 */
export function installMedia(adamId: string): Command {
  return {
    RequestType: 'InstallMedia',
    MediaType: 'Book',
    iTunesStoreID: adamIdAsInteger(adamId),
  };
}

/**
 * Asks for the state of managed books. Reading it uses up states the device reports only once.
 * @see https://developer.apple.com/documentation/devicemanagement/managedmedialistcommand
 */
export function managedMediaList(): Command {
  return { RequestType: 'ManagedMediaList' };
}

/** Who is signed in to the store; on a Mac, that is for the channel of its person to tell. */
export const ACCOUNT_QUERIES = ['iTunesStoreAccountIsActive', 'iTunesStoreAccountHash'] as const;

/** What license management needs to know of a device; a query the device does not know is left out of its answer. */
export const DEVICE_QUERIES = [
  'UDID',
  'SerialNumber',
  'DeviceName',
  'OSVersion',
  'BuildVersion',
  'ProductName',
  'Model',
  'ModelName',
  'IsSupervised',
  'IsMultiUser',
  'AwaitingConfiguration',
  'DeviceCapacity',
  'AvailableDeviceCapacity',
  ...ACCOUNT_QUERIES,
  'SupportsiOSAppInstalls',
] as const;

/** @see https://developer.apple.com/documentation/devicemanagement/deviceinformationcommand */
export function deviceInformation(queries: readonly string[] = DEVICE_QUERIES): Command {
  if (queries.length === 0)
    throw new CommandError('invalidArgument', 'DeviceInformation needs at least one query');
  return { RequestType: 'DeviceInformation', Queries: [...queries] };
}

/**
 * Invites the person using the device to accept licenses with an Apple Account.
 * @see https://developer.apple.com/documentation/devicemanagement/invitetoprogramcommand
 */
export function inviteToProgram(invitationUrl: string): Command {
  if (!URL.canParse(invitationUrl))
    throw new CommandError('invalidArgument', 'InviteToProgram needs the invitation as a URL');
  return {
    RequestType: 'InviteToProgram',
    ProgramID: 'com.apple.cloudvpp',
    InvitationURL: invitationUrl,
  };
}

/** The body a device gets for its next command. Nothing to do is a body of zero bytes, not this. */
export function encodeCommand(commandUuid: string, command: Command): Buffer {
  return writePlist({ Command: command, CommandUUID: commandUuid });
}

function adamIdAsInteger(adamId: string): number {
  if (!/^[1-9][0-9]{0,14}$/.test(adamId))
    throw new CommandError('invalidAdamId', 'an Adam ID is a whole number of 1 to 15 digits');
  return Number(adamId);
}

/** Apple's bits for them. */
export function managementFlags(flags: ManagementFlags): number {
  return (flags.removeWithProfile ? 1 : 0) | (flags.preventBackup ? 4 : 0);
}

function identifiers(options: AppListOptions): PlistDictionary {
  return options.bundleIds ? { Identifiers: [...options.bundleIds] } : {};
}
