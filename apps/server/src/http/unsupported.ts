import { Problem } from '../errors.ts';

/** What is not acted upon yet must not look as if it were. @throws Problem `notYetSupported` */
export function refuseUnsupported(
  field: string,
  value: string | boolean | null | undefined,
  remedy = 'leave it out',
): void {
  if (value === undefined || value === null || value === false || value === '') return;
  throw new Problem(
    'badRequest',
    'notYetSupported',
    `${field} is not supported yet; ${remedy}. Nothing was saved.`,
    { field },
  );
}

const deviceSettings = [
  'vpnConfigurationId',
  'uninstallOnDeviceRemoval',
  'isRemovable',
  'preventManagedAppBackup',
  'preventAutoAppUpdate',
] as const;

/**
 * The settings of an assignment that devices are to obey: no command carries them yet.
 *
 * @throws Problem `notYetSupported`
 */
export function refuseDeviceSettings(
  settings: Readonly<Record<string, unknown>> | null | undefined,
): void {
  for (const name of deviceSettings) {
    const value = settings?.[name];
    refuseUnsupported(
      `settings/${name}`,
      value === true || typeof value === 'string' ? value : null,
    );
  }
}
