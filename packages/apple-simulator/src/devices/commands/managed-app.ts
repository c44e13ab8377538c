import type { Management } from '../apps/device-app.ts';
import type { Device } from '../device.ts';
import { RIGHT } from '../enrollment/access-rights.ts';
import type { PlistDictionary } from '../messages/plist.ts';
import type { CommandKind, Response } from './command.ts';

/** Apple: Managed Application Configuration Command. */
export const managedApplicationConfiguration: CommandKind = {
  requestType: 'ManagedApplicationConfiguration',
  right: RIGHT.manageApps,
  run({ device }, command) {
    const asked = command.required('Identifiers', 'strings');
    const read = ({ configuration }: Management): PlistDictionary | undefined => configuration;
    return { ApplicationConfigurations: entries(device, asked, 'Configuration', read) };
  },
};

/** Apple: Managed Application Attributes Command. */
export const managedApplicationAttributes: CommandKind = {
  requestType: 'ManagedApplicationAttributes',
  right: RIGHT.manageApps,
  families: ['iPhone', 'iPad', 'AppleTV', 'Vision'],
  run({ device }, command) {
    const asked = command.required('Identifiers', 'strings');
    const read = ({ attributes }: Management): PlistDictionary | undefined => attributes;
    return { ApplicationAttributes: entries(device, asked, 'Attributes', read) };
  },
};

/** One entry for each app that is asked for and managed, without the key where nothing was set. */
function entries(
  { apps }: Device,
  asked: readonly string[],
  key: string,
  read: (management: Management) => PlistDictionary | undefined,
): Response[] {
  return asked.flatMap((bundleId) => {
    const management = apps.get(bundleId)?.management;
    return management === undefined ? [] : [{ Identifier: bundleId, [key]: read(management) }];
  });
}
