import { RIGHT } from '../enrollment/access-rights.ts';
import { CommandError, managedApp, mdmError, type CommandKind } from './command.ts';

/** Apple: Remove Application Command. Only managed apps can be removed. */
export const removeApplication: CommandKind = {
  requestType: 'RemoveApplication',
  right: RIGHT.manageApps,
  notInUserEnrollment: ['Mac'],
  run({ installer, device }, command) {
    const bundleId = command.required('Identifier', 'string');
    managedApp(device, bundleId);
    if (device.traits.singleApp === bundleId)
      throw new CommandError([mdmError(12036, `The app “${bundleId}” cannot be removed now.`)]);
    installer.remove(device, bundleId);
    return {};
  },
};

/** Apple: Device Configured Command: ends AwaitingConfiguration. */
export const deviceConfigured: CommandKind = {
  requestType: 'DeviceConfigured',
  right: undefined,
  run({ device }) {
    if (!device.traits.awaitingConfiguration)
      throw new CommandError([mdmError(12080, 'The device does not await its configuration.')]);
    device.traits.awaitingConfiguration = false;
    return {};
  },
};

/** Apple: Profile List Command. */
export const profileList: CommandKind = {
  requestType: 'ProfileList',
  right: RIGHT.listProfiles,
  userFamilies: ['Mac', 'iPad'],
  run({ device, enrollment }, command) {
    command.optional('ManagedOnly', 'boolean');
    const managed = device.traits.supervised ? undefined : true;
    return { ProfileList: [{ ...enrollment.profile.listItem, IsManaged: managed }] };
  },
};
