import type { StoreTitle } from '../../core/world.ts';
import type { Device } from '../device.ts';
import type { Environment } from '../environment.ts';
import { ownPerson, storeAccount } from '../store-account.ts';
import type { Entitlement } from './assess-install.ts';

/**
 * Asks the license service for the right to run a title, as the store does on behalf of a device: by serial
 * number and by the account signed in. When nobody is signed in, the person's own license counts too: the
 * device will ask them to sign in before it can use it.
 * @param licensed PurchaseMethod 1; otherwise the account that is signed in acquires the title
 */
export function findEntitlement(
  environment: Environment,
  device: Device,
  { adamId }: StoreTitle,
  licensed: boolean,
): Entitlement | undefined {
  if (!licensed) return 'account';
  const { serialNumber, traits } = device;
  const { propagationMs } = traits;
  const delay = propagationMs === null ? {} : { propagationMs };
  const person =
    traits.storeAccount === 'none'
      ? ownPerson(environment, device)
      : storeAccount(environment, device);
  const query = { adamId, serialNumber, idHash: person?.idHash, ...delay };
  return environment.licenses.licenseFor(query)?.kind;
}
