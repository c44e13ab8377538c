import { type Actor, recordAudit } from '../audit/record.ts';
import type { Context } from '../context.ts';
import { leaveNote } from '../db/notes.ts';
import { askInventory } from './inventory.ts';
import { auditTarget, lockManagedDevice, refuseUnmanaged } from './managed-device.ts';

/**
 * Wakes a device and has it tell what it is and runs; apps and books that were given up on it are tried again.
 *
 * @throws Problem `managedDeviceNotFound`, `notManaged`
 */
export async function syncDevice(context: Context, id: string, actor: Actor): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    const device = await lockManagedDevice(trx, id);
    refuseUnmanaged(device);
    const now = context.clock.now();
    await askInventory(trx, [device.id], now);
    await leaveNote(trx, 'delivery', 'again', device.id);
    await recordAudit(trx, now, actor, { action: 'syncDevice', target: auditTarget(device) });
  });
}
