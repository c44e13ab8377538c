import { recordAudit, system } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { leaveNote } from '../db/notes.ts';
import { cancelAll } from './commands.ts';
import { noteDeparture } from './departure.ts';
import { type Enrollment, lockOrder } from './enrollment.ts';
import { askInventory } from './inventory.ts';
import { tellOrganization } from './organization.ts';
import { handedOver, noteUsers } from './primary-user.ts';

/** An enrollment whose Authenticate has come. */
export interface BegunEnrollment extends Enrollment {
  readonly deviceId: string;
  readonly udid: string;
}

/**
 * The enrollment takes the place of the device's earlier ones. A UDID belongs to the hardware as the serial number
 * does: where the serial number comes with another one, that is recorded, and an alert points it out.
 */
export async function replaceEarlier(
  trx: Trx,
  enrollment: BegunEnrollment,
  now: Date,
): Promise<void> {
  await noteOtherHardware(trx, enrollment, now);
  await trx
    .selectFrom('devices.enrollment')
    .select('id')
    .where('deviceId', '=', enrollment.deviceId)
    .where('state', 'in', ['authenticated', 'enrolled'])
    .orderBy(lockOrder)
    .forUpdate()
    .execute();
  const earlier = await trx
    .updateTable('devices.enrollment')
    .set({ state: 'replaced', pushToken: null, pushMagic: null })
    .where('deviceId', '=', enrollment.deviceId)
    .where('id', '<>', enrollment.id)
    .where('state', 'in', ['authenticated', 'enrolled'])
    .returning('id')
    .execute();
  await endOf(
    trx,
    earlier.map((row) => row.id),
    now,
  );
}

async function noteOtherHardware(
  trx: Trx,
  { id, deviceId, udid }: BegunEnrollment,
  now: Date,
): Promise<void> {
  const before = await trx
    .selectFrom('devices.enrollment as enrollment')
    .innerJoin('devices.device as device', 'device.id', 'enrollment.deviceId')
    .select(['enrollment.udid', 'device.serialNumber'])
    .where('enrollment.deviceId', '=', deviceId)
    .where('enrollment.id', '<>', id)
    .where('enrollment.tokenUpdatedAt', 'is not', null)
    .orderBy('enrollment.tokenUpdatedAt', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (before === undefined || before.udid === udid) return;
  await trx
    .updateTable('devices.enrollment')
    .set({ replacedUdid: before.udid })
    .where('id', '=', id)
    .execute();
  await recordAudit(
    trx,
    now,
    system('the serial number was enrolled with another hardware identifier'),
    {
      action: 'replaceEnrollment',
      target: { kind: 'managedDevice', id: deviceId, name: before.serialNumber },
      detail: { udid, udidBefore: before.udid },
    },
  );
}

/** Nothing more is told under enrollments that are over or begin anew. @returns the commands that were open */
export async function endOf(
  trx: Trx,
  enrollmentIds: readonly string[],
  now: Date,
): Promise<readonly string[]> {
  if (enrollmentIds.length === 0) return [];
  const canceled = await cancelAll(trx, enrollmentIds, now);
  await trx.deleteFrom('devices.push').where('enrollmentId', 'in', enrollmentIds).execute();
  return canceled;
}

/**
 * The device is managed from now on, for the person of its link. Everything about its apps and its store account is
 * asked anew: what was known may be of the time before it was erased.
 */
export async function manage(
  context: Context,
  trx: Trx,
  { deviceId, linkId }: BegunEnrollment,
  now: Date,
): Promise<void> {
  const link = await trx
    .selectFrom('devices.enrollmentLink')
    .select(['personId', 'ownership', 'kiosk'])
    .where('id', '=', linkId)
    .executeTakeFirst();
  const personId = link?.personId ?? null;
  const before = await trx
    .selectFrom('devices.device')
    .select(['id', 'personId', 'managementState'])
    .where('id', '=', deviceId)
    .executeTakeFirst();
  if (before !== undefined && before.personId !== personId)
    await noteDeparture(trx, before, 'handedOver');
  await trx
    .updateTable('devices.device')
    .set({
      managementState: 'managed',
      enrolledAt: now,
      lastCheckInAt: now,
      personId,
      ownership: link?.ownership ?? 'unknown',
      kiosk: link?.kiosk ?? false,
      userChannel: false,
      storeAccountActive: null,
      storeAccountHash: null,
      leftAs: null,
      handedOverAt: handedOver(personId, now),
      claimedUdid: null,
      claimedAt: null,
    })
    .where('id', '=', deviceId)
    .execute();
  await trx.deleteFrom('devices.managedApp').where('deviceId', '=', deviceId).execute();
  await trx.deleteFrom('devices.installedApp').where('deviceId', '=', deviceId).execute();
  await askInventory(trx, [deviceId], now);
  await tellOrganization(context, trx, deviceId, now);
  const personBefore = before?.personId ?? null;
  await noteUsers(trx, deviceId, personBefore === personId ? [] : [personBefore, personId]);
  await leaveNote(trx, 'delivery', 'enrolled', deviceId);
  context.log.info({ deviceId }, 'a device enrolled');
}
