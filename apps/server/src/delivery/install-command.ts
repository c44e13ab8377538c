import { installApplication, managementFlags } from '@allotment/device-management';
import type { ResolvedSettings } from '@allotment/licensing';
import type { NewCommand } from '../devices/index.ts';
import {
  type InstallOptions,
  installOptions,
  settingsDigest,
  settingsKey,
} from './app-settings.ts';
import type { Situation } from './situation.ts';

/** What a device is told of an app besides installing it. */
export interface SaidOfApp {
  /** As `settingsDigest` says it. */
  readonly settings: string | null;
  /** Apple's bits. */
  readonly flags: number | null;
}

export const nothingTold: SaidOfApp = { settings: null, flags: null };

/** A command with what the task is to know of it. */
export type TaskCommand = NewCommand & { readonly told: SaidOfApp };

/**
 * The install of the app that is wanted, with all that its assignments say of it; undefined where none is wanted. On a
 * Mac, that of a person's license goes to the person's channel (behavior L53).
 *
 * @param settings by `settingsKey`
 */
export function installCommand(
  { wanted, deviceId, bundleId, family, isIosAppOnMac }: Situation,
  settings: ReadonlyMap<string, ResolvedSettings>,
  takeOver: boolean,
): TaskCommand | undefined {
  if (wanted === undefined) return undefined;
  const { adamId, assetId, holderId, appId, ofPerson } = wanted;
  const said = appId === null ? undefined : settings.get(settingsKey({ deviceId, appId }));
  const options: InstallOptions = said === undefined ? {} : installOptions(said, family);
  const digest = settingsDigest(options);
  return {
    deviceId,
    channel: family === 'Mac' && ofPerson ? 'user' : undefined,
    command: installApplication({
      adamId,
      takeOver,
      // A Mac manages an app only when it is installed as managed.
      installAsManaged: family === 'Mac',
      iosApp: isIosAppOnMac,
      ...options,
    }),
    purpose: { assetId, holderId, bundleId, ...(digest === null ? {} : { settings: digest }) },
    told: { settings: digest, flags: managementFlags(options.management ?? {}) },
  };
}
