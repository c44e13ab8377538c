import type { LicenseQuery, StoreTitle } from '../../core/world.ts';
import type { Device } from '../device.ts';
import type { Environment } from '../environment.ts';
import { isSignedOut, ownPerson, storeAccount } from '../store-account.ts';
import type { DeviceApp, Entitlement } from './device-app.ts';

/** Apple: an app goes on working for this long after its license was taken back. */
const GRACE_MS = 30 * 86_400_000;

/**
 * Asks the license service for the right to run a title, as the store does on behalf of a device: by serial
 * number and by the account signed in. When nobody is signed in, the person's own license counts too: the
 * device will ask them to sign in before it can use it.
 * @param licensed PurchaseMethod 1; otherwise the account that is signed in acquires the title
 * @param forUser the command came on the channel of a person
 */
export function findEntitlement(
  environment: Environment,
  device: Device,
  { adamId }: Pick<StoreTitle, 'adamId'>,
  licensed: boolean,
  forUser = false,
): Entitlement | undefined {
  if (!licensed) return 'account';
  const query = queryFor(environment, device, adamId);
  // A Mac keeps the two apart: device licenses on the channel of the device, user licenses on that of the person.
  const { serialNumber, idHash, ...rest } = query;
  const mac = forUser ? { ...rest, idHash } : { ...rest, serialNumber };
  return environment.licenses.licenseFor(device.family === 'Mac' ? mac : query)?.kind;
}

/**
 * Until when an installed app works; undefined: no end in sight. Nothing happens at that time by itself: the
 * device finds out when somebody opens the app or asks about it, and a license that is back is found too.
 * @returns simulated ms
 */
export function worksUntil(
  environment: Environment,
  device: Device,
  { adamId, installed }: DeviceApp,
): number | undefined {
  if (adamId === undefined || installed === undefined || installed.runsOn === 'account')
    return undefined;
  const query = queryFor(environment, device, adamId);
  const { licenses } = environment;
  if (licenses.licenseFor({ ...query, propagationMs: 0 }) !== undefined) return undefined;
  const lostAt = licenses.lostAt(query);
  return lostAt === undefined ? undefined : lostAt + GRACE_MS;
}

/** Whether the app lies on the device and would start. */
export function isUsable(environment: Environment, device: Device, app: DeviceApp): boolean {
  const end = worksUntil(environment, device, app);
  return app.installed !== undefined && (end === undefined || environment.clock.now() < end);
}

function queryFor(environment: Environment, device: Device, adamId: string): LicenseQuery {
  const { serialNumber, traits, enrollment } = device;
  const person = isSignedOut(device)
    ? ownPerson(environment, device)
    : storeAccount(environment, device);
  const delay = traits.propagationMs === null ? {} : { propagationMs: traits.propagationMs };
  // Nothing that names the hardware leaves a device in User Enrollment.
  const hardware = enrollment?.enrollmentId === undefined ? { serialNumber } : {};
  return { adamId, ...hardware, idHash: person?.idHash, ...delay };
}
