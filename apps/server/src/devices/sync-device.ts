import { type Actor, recordAudit } from '../audit/record.ts';
import type { Context } from '../context.ts';
import { leaveNote } from '../db/notes.ts';
import { isGuid } from '../directory/index.ts';
import { Problem } from '../errors.ts';
import { askInventory } from './inventory.ts';

/**
 * Wakes a device and has it tell what it is and runs; apps that were given up on it are tried again.
 *
 * @throws Problem `managedDeviceNotFound`, `notManaged`
 */
export async function syncDevice(context: Context, id: string, actor: Actor): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    const device = isGuid(id)
      ? await trx
          .selectFrom('devices.device')
          .select(['id', 'serialNumber', 'managementState'])
          .where('id', '=', id)
          .executeTakeFirst()
      : undefined;
    if (device === undefined) {
      throw new Problem('notFound', 'managedDeviceNotFound', `There is no managedDevice ${id}.`);
    }
    if (device.managementState !== 'managed') {
      throw new Problem(
        'conflict',
        'notManaged',
        `The device ${device.serialNumber} is not managed any more; enroll it again to reach it.`,
      );
    }
    const now = context.clock.now();
    await askInventory(trx, [device.id], now);
    await leaveNote(trx, 'delivery', 'again', device.id);
    await recordAudit(trx, now, actor, {
      action: 'syncDevice',
      target: { kind: 'managedDevice', id: device.id, name: device.serialNumber },
    });
  });
}
