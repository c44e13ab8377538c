import { sql } from 'kysely';
import type { Trx } from '../db/connect.ts';
import type { ManagedDevice } from './managed-device.ts';

type LeavingDevice = Pick<ManagedDevice, 'id' | 'personId' | 'managementState'>;

/**
 * Keeps in mind how a device left its person: whoever uses no other one keeps their licenses for the grace period of
 * that. Only a managed device was in use; the record of one that left before leaves once more only by being deleted, and
 * where a later one left the person since, that one counts.
 *
 * @param device as it was before
 */
export async function noteDeparture(
  trx: Trx,
  device: LeavingDevice,
  leftAs: 'retired' | 'wiped' | 'deleted' | 'handedOver',
): Promise<void> {
  const { id: deviceId, personId, managementState } = device;
  if (personId === null) return;
  if (managementState === 'managed') {
    await trx
      .insertInto('devices.departure')
      .values({ personId, deviceId, leftAs })
      .onConflict((known) =>
        known.column('personId').doUpdateSet({
          deviceId,
          leftAs,
          position: sql<number>`excluded.position`,
        }),
      )
      .execute();
  } else if (leftAs === 'deleted') {
    await trx
      .updateTable('devices.departure')
      .set({ leftAs })
      .where('personId', '=', personId)
      .where('deviceId', '=', deviceId)
      .execute();
  }
}
