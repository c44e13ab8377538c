import type { Authenticate, CheckinMessage, TokenUpdate } from '@allotment/device-management';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { knowDevice, refuseOtherTopic } from './claim.ts';
import { hasOpenCommands, wantPush } from './commands.ts';
import { type DeviceSender, type Enrollment, lockEnrollment, refusal } from './enrollment.ts';
import { endManagement } from './leave.ts';
import { endOf, manage, replaceEarlier } from './manage.ts';
import { noteClaim, OtherHardware, refuseOtherHardware } from './other-hardware.ts';
import { noteSigned, refuseRecorded } from './replay.ts';
import { type CheckinOutcome, endChannels, takeUserMessage } from './user-channel.ts';

/**
 * Acts on a check-in message whose signature holds, in one transaction.
 *
 * @throws Problem when the message is not accepted; nothing was changed then, but that a refused claim to a serial number
 * is pointed out
 */
export async function handleCheckin(
  context: Context,
  sender: DeviceSender,
  message: CheckinMessage,
): Promise<CheckinOutcome> {
  try {
    return await context.db
      .transaction()
      .execute(async (trx) => takeCheckin(context, trx, sender, message));
  } catch (error) {
    if (error instanceof OtherHardware) await noteClaim(context, error);
    throw error;
  }
}

async function takeCheckin(
  context: Context,
  trx: Trx,
  sender: DeviceSender,
  message: CheckinMessage,
): Promise<CheckinOutcome> {
  const enrollment = await lockEnrollment(trx, sender, message);
  const { userId } = message;
  if (userId !== undefined)
    return takeUserMessage(context, trx, { sender, enrollment, userId }, message);
  refuseRecorded(sender, enrollment, message);
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
  await noteSigned(trx, sender, enrollment.id, context.clock.now());
  return 'accepted';
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
  const userEnrollment = await isForUserEnrollment(trx, enrollment);
  const deviceId = await knowDevice(trx, message, userEnrollment, now);
  if (enrollment.deviceId !== null && enrollment.deviceId !== deviceId)
    throw refusal('otherDevice', 'This device identity belongs to another serial number.');
  await refuseOtherHardware(trx, { deviceId, udid: message.id }, now);
  await endOf(trx, [enrollment.id], now);
  await endChannels(trx, enrollment, now);
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

async function isForUserEnrollment(trx: Trx, { linkId }: Enrollment): Promise<boolean> {
  const link = await trx
    .selectFrom('devices.enrollmentLink')
    .select('userEnrollment')
    .where('id', '=', linkId)
    .executeTakeFirst();
  return link?.userEnrollment === true;
}

/** Token and magic are replaced together. The first of an enrollment makes the device a managed one. */
async function updateToken(
  context: Context,
  trx: Trx,
  enrollment: Enrollment,
  message: TokenUpdate,
): Promise<void> {
  const { deviceId, udid } = enrollment;
  if (deviceId === null || udid === null)
    throw refusal('notAuthenticated', 'A TokenUpdate came before the enrollment’s Authenticate.');
  await refuseOtherTopic(trx, message.topic);
  const now = context.clock.now();
  const begins = enrollment.state !== 'enrolled';
  if (begins) {
    await refuseOtherHardware(trx, { deviceId, udid }, now);
    await replaceEarlier(trx, { ...enrollment, deviceId, udid }, now);
  }
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
  if (begins) await manage(context, trx, { ...enrollment, deviceId, udid }, now);
  else if (await hasOpenCommands(trx, enrollment.id)) await wantPush(trx, [deviceId], now);
}

/** The profile was removed: the device leaves by itself. */
async function checkOut(context: Context, trx: Trx, enrollment: Enrollment): Promise<void> {
  const now = context.clock.now();
  await trx
    .updateTable('devices.enrollment')
    .set({ state: 'checkedOut', pushToken: null, pushMagic: null, lastSeenAt: now })
    .where('id', '=', enrollment.id)
    .execute();
  await endOf(trx, [enrollment.id], now);
  await endChannels(trx, enrollment, now);
  if (enrollment.state !== 'enrolled' || enrollment.deviceId === null) return;
  await endManagement(trx, enrollment.deviceId, 'retired', now);
  context.log.info({ deviceId: enrollment.deviceId }, 'a device left management');
}
