import type { Authenticate, CheckinMessage, TokenUpdate } from '@allotment/device-management';
import { type Expression, type RawBuilder, sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { hint } from '../db/hints.ts';
import { leaveNote } from '../db/notes.ts';
import { ensureDevices } from '../directory/index.ts';
import { cancelAll, hasOpenCommands, wantPush } from './commands.ts';
import { type DeviceSender, type Enrollment, lockEnrollment, refusal } from './enrollment.ts';
import { familyOf } from './family.ts';
import { askInventory } from './inventory.ts';
import { pushCertificate } from './push-certificate.ts';

/** How a check-in message ended: stored, or for a person's channel, which this server does not manage. */
export type CheckinOutcome = 'accepted' | 'userNotManaged';

/**
 * Acts on a check-in message whose signature holds, in one transaction.
 *
 * @throws Problem when the message is not accepted; nothing was changed then
 */
export async function handleCheckin(
  context: Context,
  sender: DeviceSender,
  message: CheckinMessage,
): Promise<CheckinOutcome> {
  return context.db.transaction().execute(async (trx) => {
    const enrollment = await lockEnrollment(trx, sender, message);
    if (message.userId !== undefined) return 'userNotManaged';
    switch (message.kind) {
      case 'authenticate':
        await authenticate(context, trx, enrollment, message);
        break;
      case 'tokenUpdate':
        await updateToken(context, trx, enrollment, message);
        break;
      case 'checkOut':
        await checkOut(context, trx, enrollment);
        break;
      case 'other':
        throw refusal(
          'unsupportedMessage',
          `This server does not take the message ${message.messageType}.`,
        );
    }
    return 'accepted';
  });
}

/**
 * An enrollment begins. What the device says of itself is taken for a device that is not managed now; a managed one
 * keeps its enrollment and its data until the new enrollment has shown a push token.
 */
async function authenticate(
  context: Context,
  trx: Trx,
  enrollment: Enrollment,
  message: Authenticate,
): Promise<void> {
  const now = context.clock.now();
  await refuseOtherTopic(trx, message.topic);
  const deviceId = await knowDevice(trx, message, now);
  if (enrollment.deviceId !== null && enrollment.deviceId !== deviceId)
    throw refusal('otherDevice', 'This device identity belongs to another serial number.');
  await endOf(trx, [enrollment.id], now);
  await trx
    .updateTable('devices.enrollment')
    .set({
      state: 'authenticated',
      udid: message.id,
      topic: message.topic,
      deviceId,
      lastSeenAt: now,
    })
    .where('id', '=', enrollment.id)
    .execute();
}

/** A topic stored as a device says it would make the renewal of the push certificate look like a change of topic. */
async function refuseOtherTopic(trx: Trx, topic: string): Promise<void> {
  const certificate = await pushCertificate(trx);
  if (certificate?.topic !== topic)
    throw refusal('otherTopic', 'The enrollment names another push topic than this server’s.');
}

async function knowDevice(trx: Trx, message: Authenticate, now: Date): Promise<string> {
  const serialNumber = message.serialNumber?.toUpperCase();
  if (serialNumber === undefined)
    throw refusal(
      'noSerialNumber',
      'The device did not tell its serial number, which device licenses are tied to.',
    );
  const directoryDeviceId = (await ensureDevices(trx, [serialNumber], now)).get(serialNumber);
  if (directoryDeviceId === undefined) throw new Error('the directory did not take the device');
  const told = {
    family: familyOf(message.productName) ?? null,
    name: message.deviceName ?? null,
    model: message.modelName ?? message.model ?? null,
    productName: message.productName ?? null,
    osVersion: message.osVersion ?? null,
  };
  const { id } = await trx
    .insertInto('devices.device')
    .values({
      directoryDeviceId,
      serialNumber,
      ...told,
      firstSeen: sql<number>`nextval('db.change_order')`,
      createdAt: now,
    })
    .onConflict((conflict) =>
      conflict.column('serialNumber').doUpdateSet((row) => ({
        family: unlessManaged('family', row.ref('excluded.family')),
        productName: unlessManaged('product_name', row.ref('excluded.productName')),
        osVersion: unlessManaged('os_version', row.ref('excluded.osVersion')),
      })),
    )
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

function unlessManaged(column: string, value: Expression<string | null>): RawBuilder<string> {
  return sql<string>`case when device.management_state = 'managed' then ${sql.ref(`device.${column}`)} else ${value} end`;
}

/** Token and magic are replaced together. The first of an enrollment makes the device a managed one. */
async function updateToken(
  context: Context,
  trx: Trx,
  enrollment: Enrollment,
  message: TokenUpdate,
): Promise<void> {
  const { deviceId } = enrollment;
  if (deviceId === null || enrollment.udid === null)
    throw refusal('notAuthenticated', 'A TokenUpdate came before the enrollment’s Authenticate.');
  await refuseOtherTopic(trx, message.topic);
  const now = context.clock.now();
  const begins = enrollment.state !== 'enrolled';
  if (begins) await replaceEarlier(trx, deviceId, enrollment.id, now);
  await trx
    .updateTable('devices.enrollment')
    .set({
      state: 'enrolled',
      pushToken: message.token,
      pushMagic: message.pushMagic,
      tokenUpdatedAt: now,
      lastSeenAt: now,
    })
    .where('id', '=', enrollment.id)
    .execute();
  if (begins) await manage(context, trx, deviceId, enrollment, now);
  else if (await hasOpenCommands(trx, enrollment.id)) await wantPush(trx, [deviceId], now);
}

async function replaceEarlier(
  trx: Trx,
  deviceId: string,
  enrollmentId: string,
  now: Date,
): Promise<void> {
  const earlier = await trx
    .updateTable('devices.enrollment')
    .set({ state: 'replaced', pushToken: null, pushMagic: null })
    .where('deviceId', '=', deviceId)
    .where('id', '<>', enrollmentId)
    .where('state', 'in', ['authenticated', 'enrolled'])
    .returning('id')
    .execute();
  await endOf(
    trx,
    earlier.map((row) => row.id),
    now,
  );
}

async function endOf(trx: Trx, enrollmentIds: readonly string[], now: Date): Promise<void> {
  if (enrollmentIds.length === 0) return;
  await cancelAll(trx, enrollmentIds, now);
  await trx.deleteFrom('devices.push').where('enrollmentId', 'in', enrollmentIds).execute();
}

/** The device is managed from now on, for the person of its link, and everything about its apps is asked anew. */
async function manage(
  context: Context,
  trx: Trx,
  deviceId: string,
  enrollment: Enrollment,
  now: Date,
): Promise<void> {
  const link = await trx
    .selectFrom('devices.enrollmentLink')
    .select(['personId', 'ownership', 'kiosk'])
    .where('id', '=', enrollment.linkId)
    .executeTakeFirst();
  const personId = link?.personId ?? null;
  await trx
    .updateTable('devices.device')
    .set({
      managementState: 'managed',
      enrolledAt: now,
      lastCheckInAt: now,
      personId,
      ownership: link?.ownership ?? 'unknown',
      kiosk: link?.kiosk ?? false,
      // The store account on it may still be that of the person before.
      handedOverAt: sql<Date | null>`case when person_id = ${personId}::uuid then handed_over_at
        when person_id is not null and ${personId}::uuid is not null then ${now}::timestamptz end`,
    })
    .where('id', '=', deviceId)
    .execute();
  await trx.deleteFrom('devices.managedApp').where('deviceId', '=', deviceId).execute();
  await trx.deleteFrom('devices.installedApp').where('deviceId', '=', deviceId).execute();
  await askInventory(trx, [deviceId], now);
  await leaveNote(trx, 'grants', 'device', deviceId);
  await leaveNote(trx, 'delivery', 'enrolled', deviceId);
  await hint(trx, 'devices');
  context.log.info({ deviceId }, 'a device enrolled');
}

/** The profile was removed. Licenses stay with the serial number; apps and data are the device's business. */
async function checkOut(context: Context, trx: Trx, enrollment: Enrollment): Promise<void> {
  const now = context.clock.now();
  await trx
    .updateTable('devices.enrollment')
    .set({ state: 'checkedOut', pushToken: null, pushMagic: null, lastSeenAt: now })
    .where('id', '=', enrollment.id)
    .execute();
  await endOf(trx, [enrollment.id], now);
  if (enrollment.state !== 'enrolled' || enrollment.deviceId === null) return;
  await trx
    .updateTable('devices.device')
    .set({ managementState: 'unenrolled', inventoryDueAt: null })
    .where('id', '=', enrollment.deviceId)
    .execute();
  await leaveNote(trx, 'grants', 'device', enrollment.deviceId);
  await leaveNote(trx, 'delivery', 'unenrolled', enrollment.deviceId);
  await hint(trx, 'devices');
  context.log.info({ deviceId: enrollment.deviceId }, 'a device left management');
}
