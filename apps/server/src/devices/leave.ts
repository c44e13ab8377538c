import { type Actor, recordAudit } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { hint } from '../db/hints.ts';
import { leaveNote } from '../db/notes.ts';
import { noteDeparture } from './departure.ts';
import { endOf } from './manage.ts';
import { auditTarget, lockManagedDevice, refuseUnmanaged } from './managed-device.ts';

/** How a device left, in the words of the grace periods for its licenses. */
export type Leaving = 'retired' | 'wiped';

/**
 * The device is not managed any more. Its licenses stay with its serial number for the grace period of the way it
 * left, and so do those of its person if they use no other device; apps and data are the device's business.
 */
export async function endManagement(
  trx: Trx,
  deviceId: string,
  leftAs: Leaving,
  now: Date,
): Promise<void> {
  const ended = await trx
    .updateTable('devices.enrollment')
    .set({ state: 'checkedOut', pushToken: null, pushMagic: null })
    .where('deviceId', '=', deviceId)
    .where('state', 'in', ['authenticated', 'enrolled'])
    .returning('id')
    .execute();
  await endOf(
    trx,
    ended.map((row) => row.id),
    now,
  );
  const device = await trx
    .selectFrom('devices.device')
    .select(['id', 'personId', 'managementState'])
    .where('id', '=', deviceId)
    .forUpdate()
    .executeTakeFirstOrThrow();
  await noteDeparture(trx, device, leftAs);
  await trx
    .updateTable('devices.device')
    .set({ managementState: 'unenrolled', leftAs, inventoryDueAt: null, userChannel: false })
    .where('id', '=', deviceId)
    .execute();
  await leaveNote(trx, 'grants', 'device', deviceId);
  await leaveNote(trx, 'delivery', 'unenrolled', deviceId);
  await hint(trx, 'devices');
}

/**
 * Ends the management of a device from here. The device keeps the profile until somebody removes it or erases the
 * device: to take it away would need the right to install profiles. Its messages are refused from now on.
 *
 * @throws Problem `managedDeviceNotFound`, `notManaged`
 */
export async function retireDevice(context: Context, id: string, actor: Actor): Promise<void> {
  await leave(context, id, 'retired', actor);
}

/**
 * Notes that a device was erased, by hand or by another tool: no device tells. It comes back by enrolling again.
 *
 * @throws Problem `managedDeviceNotFound`, `notManaged`
 */
export async function noteWiped(context: Context, id: string, actor: Actor): Promise<void> {
  await leave(context, id, 'wiped', actor);
}

async function leave(context: Context, id: string, leftAs: Leaving, actor: Actor): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    const device = await lockManagedDevice(trx, id);
    refuseUnmanaged(device);
    const now = context.clock.now();
    await endManagement(trx, device.id, leftAs, now);
    await recordAudit(trx, now, actor, {
      action: leftAs === 'retired' ? 'retireDevice' : 'noteDeviceWiped',
      target: auditTarget(device),
    });
  });
}

/**
 * Forgets a device with all it told and was told. Its serial number stays known to the directory, in its groups, and
 * keeps its licenses for the grace period of deleted devices; enrolled again before that, it has them still.
 *
 * @throws Problem `managedDeviceNotFound`
 */
export async function deleteDevice(context: Context, id: string, actor: Actor): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    const device = await lockManagedDevice(trx, id);
    await trx.deleteFrom('devices.enrollment').where('deviceId', '=', device.id).execute();
    await trx.deleteFrom('devices.device').where('id', '=', device.id).execute();
    await noteDeparture(trx, device, 'deleted');
    const holder = await trx
      .selectFrom('library.holder')
      .select('id')
      .where('kind', '=', 'device')
      .where('key', '=', device.serialNumber)
      .executeTakeFirst();
    if (holder !== undefined) await leaveNote(trx, 'grants', 'holder', String(holder.id));
    if (device.personId !== null) await leaveNote(trx, 'grants', 'person', device.personId);
    await hint(trx, 'devices');
    await recordAudit(trx, context.clock.now(), actor, {
      action: 'deleteDevice',
      target: auditTarget(device),
    });
  });
}
