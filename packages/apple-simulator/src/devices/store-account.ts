import { createHash } from 'node:crypto';

import type { Person, World } from '../core/world.ts';
import type { Device } from './device.ts';

/** The person whose device it is. */
export function ownPerson({ licenses }: World, { traits }: Device): Person | undefined {
  return traits.personId === null ? undefined : licenses.person(traits.personId);
}

/** Whoever is signed in to the store; undefined: nobody. */
export function storeAccount(world: World, device: Device): Person | undefined {
  switch (device.traits.storeAccount) {
    case 'none':
      return undefined;
    case 'own':
      return ownPerson(world, device);
    case 'other':
      return somebodyElse(device);
  }
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
