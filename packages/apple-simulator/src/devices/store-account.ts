import { createHash } from 'node:crypto';

import type { Person, World } from '../core/world.ts';
import type { Device } from './device.ts';

/** The person whose device it is. */
export function ownPerson({ licenses }: World, { traits }: Device): Person | undefined {
  return traits.personId === null ? undefined : licenses.person(traits.personId);
}

/** The Managed Apple Account of the device's person; undefined: they have none. */
export function managedAccount(world: World, device: Device): Person | undefined {
  const { managedAccountId } = device.traits;
  const person =
    managedAccountId === null ? ownPerson(world, device) : world.licenses.person(managedAccountId);
  return person?.managedBy === undefined ? undefined : person;
}

/** Whoever is signed in to the store; undefined: nobody. In User Enrollment work has an account of its own. */
export function storeAccount(world: World, device: Device): Person | undefined {
  if (device.enrollment?.workAccount !== undefined) return device.enrollment.workAccount;
  switch (device.traits.storeAccount) {
    case 'none':
      return undefined;
    case 'own':
      return ownPerson(world, device);
    case 'managed':
      return managedAccount(world, device);
    case 'other':
      return somebodyElse(device);
  }
}

/** Whether nobody is signed in where the apps of work come from. */
export function isSignedOut({ enrollment, traits }: Device): boolean {
  return enrollment?.workAccount === undefined && traits.storeAccount === 'none';
}

/** Whether the account that is signed in holds a license for a book; books are never licensed to devices. */
export function bookLicensed(world: World, device: Device, adamId: string): boolean {
  const idHash = storeAccount(world, device)?.idHash;
  if (idHash === undefined) return false;
  const { propagationMs } = device.traits;
  const delay = propagationMs === null ? {} : { propagationMs };
  return world.licenses.licenseFor({ adamId, idHash, ...delay }) !== undefined;
}

function somebodyElse({ serialNumber }: Device): Person {
  const idHash = createHash('sha1').update(`other account of ${serialNumber}`).digest('base64');
  return { personId: `other-${serialNumber}`, name: 'Somebody else', idHash };
}
