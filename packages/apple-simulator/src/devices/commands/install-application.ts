import type { StoreTitle } from '../../core/world.ts';
import { isOlder, type RejectionReason } from '../apps/assess-install.ts';
import { RIGHT } from '../enrollment/access-rights.ts';
import { FieldError, PlistFields } from '../messages/plist-fields.ts';
import type { PlistDictionary } from '../messages/plist.ts';
import {
  CommandError,
  mdmError,
  type CommandContext,
  type CommandKind,
  type ErrorLink,
  type Response,
} from './command.ts';

/** Codes that devices give with a refusal; old vendor tables, so numbers are a hint only. */
const REFUSALS: Readonly<Record<RejectionReason, ErrorLink>> = {
  AppAlreadyInstalled: mdmError(12025, 'The app is already installed.'),
  AppAlreadyQueued: mdmError(12026, 'The app is already scheduled for management.'),
  AppStoreDisabled: mdmError(12031, 'App installation is disabled on the device.'),
  CouldNotVerifyAppID: mdmError(12023, 'The app’s identifier could not be validated.'),
  NotAnApp: mdmError(12027, 'The item is not an app.'),
  NotSupported: mdmError(12035, 'The app cannot be installed on this device.'),
  ManagementChangeNotSupported: mdmError(12035, 'The management of the app cannot be changed.'),
  PurchaseMethodNotSupported: mdmError(12035, 'The purchase method is not supported.'),
  PurchaseMethodNotSupportedInMultiUser: mdmError(
    12035,
    'The purchase method is not supported on a shared iPad.',
  ),
};

/** Apple: Install Application Command. */
export const installApplication: CommandKind = {
  requestType: 'InstallApplication',
  right: RIGHT.manageApps,
  userFamilies: ['Mac'],
  waitsForPerson: true,
  // Apple: from iOS and tvOS 16 on, on supervised devices.
  runsInSetup: ({ family, traits }) =>
    family === 'Mac' ||
    (traits.supervised && (family === 'Vision' || !isOlder(traits.osVersion, '16.0'))),
  run(context, command) {
    const wanted = readCommand(command);
    const { device, environment, installer } = context;
    const title =
      wanted.adamId === undefined
        ? environment.catalog.titleByBundleId(wanted.bundleId)
        : environment.catalog.title(wanted.adamId);
    if (title === undefined) return refuse(context, 'CouldNotVerifyAppID', undefined);
    const mac = device.family === 'Mac';
    const managed = !mac || wanted.installAsManaged;
    const { flags, configuration, attributes } = wanted;
    const decision = installer.order(device, {
      title,
      licensed: wanted.purchaseMethod === 1,
      forUser: context.user !== undefined,
      iosApp: wanted.iosApp,
      takeOver: wanted.takeOver && managed,
      management: managed ? { flags, configuration, attributes } : undefined,
    });
    if (decision.kind === 'rejected') return refuse(context, decision.reason, title);
    if (decision.kind === 'no-account')
      throw new CommandError([mdmError(12040, 'Nobody is signed in to the store yet.')]);
    if (decision.kind === 'no-license' && !mac && device.traits.missingLicense === 'error')
      throw new CommandError(missingLicense(title));
    return { Identifier: title.bundleId, State: device.apps.get(title.bundleId)?.state };
  },
};

interface Wanted {
  /** One of the two is set; bundleId is empty when adamId is. */
  readonly adamId: string | undefined;
  readonly bundleId: string;
  readonly purchaseMethod: number;
  readonly flags: number;
  readonly configuration: PlistDictionary | undefined;
  readonly attributes: PlistDictionary | undefined;
  readonly takeOver: boolean;
  readonly installAsManaged: boolean;
  readonly iosApp: boolean;
}

function readCommand(command: PlistFields): Wanted {
  const storeId = command.optional('iTunesStoreID', 'integer');
  const bundleId = command.optional('Identifier', 'string');
  const manifest = command.optional('ManifestURL', 'string');
  const named = [storeId, bundleId, manifest].filter((value) => value !== undefined);
  if (named.length !== 1)
    throw new FieldError(
      `Command: exactly one of iTunesStoreID, Identifier and ManifestURL is wanted, not ${named.length}.`,
    );
  if (manifest !== undefined)
    throw new CommandError([mdmError(12024, 'The app’s manifest could not be validated.')]);
  const change = command.optional('ChangeManagementState', 'string');
  if (change !== undefined && change !== 'Managed')
    throw command.wrong('ChangeManagementState', 'can only be "Managed"');
  const flags = command.optional('ManagementFlags', 'integer') ?? 0;
  if (![0, 1, 4, 5].includes(flags)) throw command.wrong('ManagementFlags', 'must be 0, 1, 4 or 5');
  const attributes = command.optional('Attributes', 'dictionary');
  if (attributes !== undefined) checkAttributes(attributes);
  return {
    adamId: storeId === undefined ? undefined : String(storeId),
    bundleId: bundleId ?? '',
    purchaseMethod: readPurchaseMethod(command),
    flags,
    configuration: command.optional('Configuration', 'dictionary'),
    attributes,
    takeOver: change === 'Managed',
    installAsManaged: command.optional('InstallAsManaged', 'boolean') ?? false,
    iosApp: command.optional('iOSApp', 'boolean') ?? false,
  };
}

function readPurchaseMethod(command: PlistFields): number {
  const options = command.optional('Options', 'dictionary');
  if (options === undefined) return 0;
  const fields = new PlistFields(options, 'Command.Options');
  const method = fields.optional('PurchaseMethod', 'integer') ?? 0;
  if (method !== 0 && method !== 1) throw fields.wrong('PurchaseMethod', 'must be 0 or 1');
  return method;
}

/** Checks the types of an app's attributes. @throws FieldError */
export function checkAttributes(attributes: PlistDictionary): void {
  const fields = new PlistFields(attributes, 'Command.Attributes');
  for (const key of ['VPNUUID', 'ContentFilterUUID', 'DNSProxyUUID', 'RelayUUID'])
    fields.optional(key, 'string');
  fields.optional('CellularSliceUUID', 'string');
  fields.optional('AssociatedDomains', 'strings');
  for (const key of ['AssociatedDomainsEnableDirectDownloads', 'Removable', 'TapToPayScreenLock'])
    fields.optional(key, 'boolean');
  for (const key of ['Hideable', 'Lockable']) fields.optional(key, 'boolean');
}

/** The chain seen in the field when the store finds no license for the device or its account. */
function missingLicense({ adamId }: StoreTitle): ErrorLink[] {
  return [
    mdmError(12064, `Could not retrieve the license for the app with iTunes Store ID ${adamId}.`),
    { domain: 'ASDServerErrorDomain', code: 9610, text: 'License not found' },
  ];
}

function refuse(
  { device }: CommandContext,
  reason: RejectionReason,
  title: StoreTitle | undefined,
): Response {
  const app = title === undefined ? undefined : device.apps.get(title.bundleId);
  const response = {
    Identifier: title?.bundleId,
    State: app?.busy === true ? app.state : undefined,
    // macOS knows no other reason.
    RejectionReason: device.family === 'Mac' ? 'Other' : reason,
  };
  if (device.traits.refusal === 'error') throw new CommandError([REFUSALS[reason]], response);
  return response;
}
