import type { CheckinMessage, TokenUpdate } from '@allotment/device-management';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { hint } from '../db/hints.ts';
import { leaveNote, leaveNotes } from '../db/notes.ts';
import { refuseOtherTopic } from './claim.ts';
import { hasOpenCommands, wantPush } from './commands.ts';
import { type DeviceSender, type Enrollment, refusal } from './enrollment.ts';
import { askAccount } from './inventory.ts';
import { endOf } from './manage.ts';
import { noteSigned, refuseRecorded } from './replay.ts';

/**
 * The person signed in on a Mac has a channel of their own beside the Mac's, for what belongs to a person: user licenses,
 * invitations and books (behavior L53). It is an enrollment below that of the Mac, by whose certificate its messages are
 * known; a Mac has one at a time, of whoever showed a push token last.
 */

/**
 * How a check-in message ended: stored, or, on a person's channel, that the person is managed (which is answered with an
 * empty challenge) or not.
 */
export type CheckinOutcome = 'accepted' | 'userAccepted' | 'userNotManaged';

/** Who speaks on a person's channel. */
interface UserSender {
  readonly sender: DeviceSender;
  /** Of the device, locked. */
  readonly enrollment: Enrollment;
  readonly userId: string;
}

/**
 * Acts on a check-in message of a person's channel: of Macs that tell what they are, alone. Whether it is a recorded one
 * is judged by the messages of that channel: those of the Mac may overtake it.
 *
 * @throws Problem when the message is not accepted; nothing was changed then
 */
export async function takeUserMessage(
  context: Context,
  trx: Trx,
  { sender, enrollment, userId }: UserSender,
  message: CheckinMessage,
): Promise<CheckinOutcome> {
  const { deviceId } = enrollment;
  if (deviceId === null || !(await managesPeople(trx, deviceId))) return 'userNotManaged';
  if (enrollment.state !== 'enrolled')
    throw refusal('notEnrolled', 'The enrollment is not complete: its TokenUpdate has not come.');
  const device = { ...enrollment, deviceId };
  const now = context.clock.now();
  const before = await lockChannel(trx, enrollment, userId);
  if (before !== undefined) refuseRecorded(sender, before, message);
  switch (message.kind) {
    case 'tokenUpdate': {
      const channelId = await openChannel(context, trx, device, { ...message, userId });
      await noteSigned(trx, sender, channelId, now);
      return 'accepted';
    }
    case 'checkOut':
      await endChannels(trx, device, now, userId);
      if (before !== undefined) await noteSigned(trx, sender, before.id, now);
      return 'accepted';
    case 'other':
      if (message.messageType === 'UserAuthenticate') return 'userAccepted';
      break;
    case 'authenticate':
      break;
  }
  throw refusal('unsupportedMessage', 'This server does not take that message from a person.');
}

/** Of a Shared iPad and under User Enrollment, nobody is managed one by one. */
async function managesPeople(trx: Trx, deviceId: string): Promise<boolean> {
  const device = await trx
    .selectFrom('devices.device')
    .select(['family', 'userEnrollment'])
    .where('id', '=', deviceId)
    .executeTakeFirst();
  return device?.family === 'Mac' && !device.userEnrollment;
}

type DeviceEnrollment = Enrollment & { readonly deviceId: string };

/** Token and magic are replaced together. The channel takes the place of one that somebody else had there. @returns its id */
async function openChannel(
  context: Context,
  trx: Trx,
  { id, deviceId, udid, topic }: DeviceEnrollment,
  message: TokenUpdate & { readonly userId: string },
): Promise<string> {
  await refuseOtherTopic(trx, message.topic);
  const now = context.clock.now();
  const others = await trx
    .updateTable('devices.enrollment')
    .set({ state: 'replaced', pushToken: null, pushMagic: null })
    .where('deviceEnrollmentId', '=', id)
    .where('userId', '<>', message.userId)
    .where('state', '=', 'enrolled')
    .returning('id')
    .execute();
  await endAndTell(trx, others, now);
  const told = {
    state: 'enrolled',
    userShortName: message.userShortName ?? null,
    pushToken: message.token,
    pushMagic: message.pushMagic,
    tokenUpdatedAt: now,
    lastSeenAt: now,
  } as const;
  const channel = await trx
    .insertInto('devices.enrollment')
    .values({
      deviceEnrollmentId: id,
      userId: message.userId,
      deviceId,
      udid,
      topic,
      createdAt: now,
      ...told,
    })
    .onConflict((same) => same.columns(['deviceEnrollmentId', 'userId']).doUpdateSet(told))
    .returning('id')
    .executeTakeFirstOrThrow();
  const isNew = await noteChannel(trx, deviceId, true);
  if (isNew) context.log.info({ deviceId }, 'a Mac has a channel of its person');
  // What the channel before was to be told is told on this one.
  if (!isNew && others.length > 0) await leaveNote(trx, 'delivery', 'device', deviceId);
  if (isNew || others.length > 0) await askAccount(trx, [deviceId], now);
  if (await hasOpenCommands(trx, channel.id)) await wantPush(trx, [deviceId], now);
  return channel.id;
}

/**
 * Ends the channels of a device's enrollment that is over or begins anew, or that of one person.
 */
export async function endChannels(
  trx: Trx,
  { id, deviceId }: Enrollment,
  now: Date,
  userId?: string,
): Promise<void> {
  if (deviceId === null) return;
  const ended = await trx
    .updateTable('devices.enrollment')
    .set({ state: 'checkedOut', pushToken: null, pushMagic: null })
    .where('deviceEnrollmentId', '=', id)
    .where('state', '=', 'enrolled')
    .$if(userId !== undefined, (update) => update.where('userId', '=', userId ?? ''))
    .returning('id')
    .execute();
  if (ended.length === 0) return;
  await endAndTell(trx, ended, now);
  await noteChannel(trx, deviceId, false);
}

/**
 * Ends a channel of which Apple says that nobody listens there any more: no Mac says so itself, only that its enrollment
 * is over. A newer push token opens it again.
 */
export async function endUnreachedChannel(context: Context, channelId: string): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    const ofDevice = await trx
      .selectFrom('devices.enrollment as device')
      .innerJoin('devices.enrollment as channel', 'channel.deviceEnrollmentId', 'device.id')
      .selectAll('device')
      .where('channel.id', '=', channelId)
      .forUpdate('device')
      .executeTakeFirst();
    if (ofDevice === undefined) return;
    const channel = await trx
      .selectFrom('devices.enrollment')
      .select(['userId', 'pushToken'])
      .where('id', '=', channelId)
      .executeTakeFirst();
    if (channel?.pushToken === null && channel.userId !== null)
      await endChannels(trx, ofDevice, context.clock.now(), channel.userId);
  });
}

/** What the channels were still to be told is looked at anew. */
async function endAndTell(
  trx: Trx,
  channels: readonly { readonly id: string }[],
  now: Date,
): Promise<void> {
  const canceled = await endOf(
    trx,
    channels.map(({ id }) => id),
    now,
  );
  await leaveNotes(
    trx,
    'delivery',
    canceled.map((key) => ({ kind: 'command', key })),
  );
}

/** Has looked at anew what the device can use. @returns whether that is new */
async function noteChannel(trx: Trx, deviceId: string, open: boolean): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('devices.device')
    .set({ userChannel: open })
    .where('id', '=', deviceId)
    .where('userChannel', '<>', open)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return false;
  await leaveNote(trx, 'grants', 'device', deviceId);
  await leaveNote(trx, 'delivery', 'device', deviceId);
  await hint(trx, 'devices');
  return true;
}

/** The channel of a person, locked after the device's enrollment; undefined when there never was one. */
async function lockChannel(
  trx: Trx,
  { id }: Enrollment,
  userId: string,
): Promise<Enrollment | undefined> {
  return trx
    .selectFrom('devices.enrollment')
    .selectAll()
    .where('deviceEnrollmentId', '=', id)
    .where('userId', '=', userId)
    .forUpdate()
    .executeTakeFirst();
}

/** The channel that a message of the command loop speaks on, locked; undefined when it is not open. */
export async function lockOpenChannel(
  trx: Trx,
  enrollment: Enrollment,
  userId: string,
): Promise<Enrollment | undefined> {
  const channel = await lockChannel(trx, enrollment, userId);
  return channel?.state === 'enrolled' ? channel : undefined;
}
