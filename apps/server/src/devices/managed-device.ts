import type { Selectable } from 'kysely';
import type { Trx } from '../db/connect.ts';
import type { DevicesDevice } from '../db/generated/tables.ts';
import { isGuid } from '../directory/index.ts';
import { Problem } from '../errors.ts';
import { lockOrder } from './enrollment.ts';

export type ManagedDevice = Selectable<DevicesDevice>;

/**
 * A device that is or was enrolled, locked until the transaction ends: after its enrollments, as a device that is just
 * checking in does.
 *
 * @throws Problem `managedDeviceNotFound`
 */
export async function lockManagedDevice(trx: Trx, id: string): Promise<ManagedDevice> {
  if (isGuid(id)) {
    await trx
      .selectFrom('devices.enrollment')
      .select('id')
      .where('deviceId', '=', id)
      .orderBy(lockOrder)
      .forUpdate()
      .execute();
    const device = await trx
      .selectFrom('devices.device')
      .selectAll()
      .where('id', '=', id)
      .where('managementState', '<>', 'discovered')
      .forUpdate()
      .executeTakeFirst();
    if (device !== undefined) return device;
  }
  throw new Problem('notFound', 'managedDeviceNotFound', `There is no managedDevice ${id}.`);
}

/** @throws Problem `notManaged` */
export function refuseUnmanaged(device: ManagedDevice): void {
  if (device.managementState === 'managed') return;
  throw new Problem(
    'conflict',
    'notManaged',
    `The device ${device.serialNumber} is not managed any more; enroll it again to reach it.`,
  );
}

/** What an entry of the audit is about. */
export function auditTarget({ id, serialNumber }: ManagedDevice) {
  return { kind: 'managedDevice', id, name: serialNumber } as const;
}
