import type { Device, Enrollment } from '../device.ts';
import { RIGHT } from '../enrollment/access-rights.ts';
import { PlistFields } from '../messages/plist-fields.ts';
import { isDictionary } from '../messages/plist.ts';
import {
  CommandError,
  errorChain,
  managedApp,
  mdmError,
  type CommandKind,
  type Response,
} from './command.ts';
import { checkAttributes } from './install-application.ts';

/** Applies one item. @throws CommandError when the device cannot */
type Setting = (device: Device, item: PlistFields, enrollment: Enrollment) => void;

/** Items that a license product uses; a device answers the rest with an error each. */
const SETTINGS: Readonly<Record<string, Setting>> = {
  ApplicationConfiguration(device, item, enrollment) {
    requireAppRight(enrollment);
    const { management } = managedApp(device, item.required('Identifier', 'string'));
    if (management !== undefined)
      management.configuration = item.optional('Configuration', 'dictionary');
  },
  ApplicationAttributes(device, item, enrollment) {
    requireAppRight(enrollment);
    if (device.family === 'Mac') throw new CommandError([mdmError(12021, 'A Mac has none.')]);
    const { management } = managedApp(device, item.required('Identifier', 'string'));
    const attributes = item.optional('Attributes', 'dictionary');
    if (attributes !== undefined) checkAttributes(attributes);
    if (management !== undefined) management.attributes = attributes;
  },
  OrganizationInfo(device, item) {
    const info = item.optional('OrganizationInfo', 'dictionary');
    device.organizationName =
      info === undefined
        ? undefined
        : new PlistFields(info, 'OrganizationInfo').required('OrganizationName', 'string');
  },
  DeviceName(device, item, { enrollmentId }) {
    const name = item.required('DeviceName', 'string');
    const restricted =
      device.family === 'iPhone' || device.family === 'iPad' || device.family === 'Vision';
    if (enrollmentId !== undefined || (restricted && !device.traits.supervised))
      throw new CommandError([
        mdmError(12077, 'The device name can be set on supervised devices.'),
      ]);
    device.traits.name = name;
  },
  MDMOptions({ family }, item) {
    item.required('MDMOptions', 'dictionary');
    if (family === 'AppleTV')
      throw new CommandError([mdmError(12021, 'An Apple TV knows no MDMOptions.')]);
  },
};

/** Apple: Settings Command. Every item succeeds or fails for itself. */
export const settings: CommandKind = {
  requestType: 'Settings',
  right: RIGHT.settings,
  run({ device, enrollment }, command) {
    const items = command.required('Settings', 'array').map((entry, position) => {
      if (!isDictionary(entry))
        throw command.wrong(`Settings[${position}]`, 'must be a dictionary');
      return new PlistFields(entry, `Command.Settings[${position}]`);
    });
    return { Settings: items.map((item) => apply(device, enrollment, item)) };
  },
};

function apply(device: Device, enrollment: Enrollment, item: PlistFields): Response {
  const name = item.required('Item', 'string');
  const identifier = item.optional('Identifier', 'string');
  try {
    const setting = Object.hasOwn(SETTINGS, name) ? SETTINGS[name] : undefined;
    if (setting === undefined)
      throw new CommandError([mdmError(12021, `“${name}” is not a valid setting.`)]);
    setting(device, item, enrollment);
    return { Status: 'Acknowledged', Identifier: identifier };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return {
      Status: 'Error',
      Identifier: identifier,
      ErrorChain: errorChain(error.chain),
    };
  }
}

function requireAppRight({ profile }: Enrollment): void {
  if ((profile.accessRights & RIGHT.manageApps) === 0)
    throw new CommandError([mdmError(12007, 'The server lacks the right to manage apps.')]);
}
