import type { Face } from '../call.ts';
import { registerLeave } from './leave.ts';
import { listManagedDevices } from './list.ts';
import { registerPrimaryUser } from './primary-user.ts';
import { registerSyncDevice } from './sync-device.ts';

export function registerManagedDevices(face: Face): void {
  listManagedDevices(face);
  registerSyncDevice(face);
  registerLeave(face);
  registerPrimaryUser(face);
}
