import type { Face } from '../call.ts';
import { listManagedDevices } from './list.ts';
import { registerSyncDevice } from './sync-device.ts';

export function registerManagedDevices(face: Face): void {
  listManagedDevices(face);
  registerSyncDevice(face);
}
