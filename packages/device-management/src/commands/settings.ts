import { type DeviceErrorLink, readErrorChain } from '../messages/error-chain.ts';
import { text } from '../messages/fields.ts';
import { isDictionary, type PlistDictionary } from '../plist/values.ts';
import type { Command } from './build.ts';

/** One of the things that the command Settings sets. */
export interface Setting extends PlistDictionary {
  Item: string;
}

/**
 * Sets things on a device; each stands for itself: the command can succeed while one of them fails.
 * @see https://developer.apple.com/documentation/devicemanagement/settingscommand
 */
export function settings(items: readonly Setting[]): Command {
  return { RequestType: 'Settings', Settings: [...items] };
}

/** The name that prompts on the device show, such as the one that asks whether an app may be installed. */
export function organizationInfo(organization: string): Setting {
  return { Item: 'OrganizationInfo', OrganizationInfo: { OrganizationName: organization } };
}

/** The configuration of a managed app that is installed; left out, it has none any more. */
export function applicationConfiguration(
  bundleId: string,
  configuration?: PlistDictionary,
): Setting {
  return {
    Item: 'ApplicationConfiguration',
    Identifier: bundleId,
    ...(configuration === undefined ? {} : { Configuration: configuration }),
  };
}

/** The attributes of a managed app that is installed, such as its VPN; left out, it has none any more. Not on macOS. */
export function applicationAttributes(bundleId: string, attributes?: PlistDictionary): Setting {
  return {
    Item: 'ApplicationAttributes',
    Identifier: bundleId,
    ...(attributes === undefined ? {} : { Attributes: attributes }),
  };
}

/** What became of one thing that was to be set. */
export interface SettingResult {
  item: string | undefined;
  /** The app it was about. */
  bundleId: string | undefined;
  status: string | undefined;
  errorChain: DeviceErrorLink[];
}

/** More than any command of ours sets. */
const MAX_RESULTS = 64;

/** Reads the answer to Settings: Apple's schema calls it a dictionary, devices send a list of them. */
export function readSettings(payload: PlistDictionary): SettingResult[] {
  const results = payload['Settings'];
  const list = Array.isArray(results) ? results : results === undefined ? [] : [results];
  return list
    .slice(0, MAX_RESULTS)
    .filter(isDictionary)
    .map((result) => ({
      item: text(result, 'Item', 64),
      bundleId: text(result, 'Identifier', 256),
      status: text(result, 'Status', 64),
      errorChain: readErrorChain(result),
    }));
}
