import type { Device } from '../device.ts';
import { RIGHT } from '../enrollment/access-rights.ts';
import type { CommandKind, Response } from './command.ts';

/** Apple: Managed Application Configuration Command. */
export const managedApplicationConfiguration: CommandKind = {
  requestType: 'ManagedApplicationConfiguration',
  right: RIGHT.manageApps,
  run({ device }, command) {
    const asked = command.required('Identifiers', 'strings');
    return { ApplicationConfigurations: entries(device, asked, 'Configuration', 'configuration') };
  },
};

/** Apple: Managed Application Attributes Command. */
export const managedApplicationAttributes: CommandKind = {
  requestType: 'ManagedApplicationAttributes',
  right: RIGHT.manageApps,
  families: ['iPhone', 'iPad', 'AppleTV', 'Vision'],
  run({ device }, command) {
    const asked = command.required('Identifiers', 'strings');
    return { ApplicationAttributes: entries(device, asked, 'Attributes', 'attributes') };
  },
};

/** One entry for each app that is asked for and managed, without the key where nothing was set. */
function entries(
  { apps }: Device,
  asked: readonly string[],
  key: string,
  of: 'configuration' | 'attributes',
): Response[] {
  return asked.flatMap((bundleId) => {
    const management = apps.get(bundleId)?.management;
    return management === undefined ? [] : [{ Identifier: bundleId, [key]: management[of] }];
  });
}
