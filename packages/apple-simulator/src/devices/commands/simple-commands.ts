import { RIGHT } from '../enrollment/access-rights.ts';
import { CommandError, managedApp, mdmError, type CommandKind } from './command.ts';

/** Apple: Remove Application Command. Only managed apps can be removed. */
export const removeApplication: CommandKind = {
  requestType: 'RemoveApplication',
  right: RIGHT.manageApps,
  run({ installer, device }, command) {
    const bundleId = command.required('Identifier', 'string');
    managedApp(device, bundleId);
    if (device.traits.singleApp === bundleId)
      throw new CommandError([mdmError(12036, `The app “${bundleId}” cannot be removed now.`)]);
    installer.remove(device, bundleId);
    return {};
  },
};

/** Apple: Profile List Command. */
export const profileList: CommandKind = {
  requestType: 'ProfileList',
  right: RIGHT.listProfiles,
  run({ device, enrollment }, command) {
    command.optional('ManagedOnly', 'boolean');
    const managed = device.traits.supervised ? undefined : true;
    return { ProfileList: [{ ...enrollment.profile.listItem, IsManaged: managed }] };
  },
};
