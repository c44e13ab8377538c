import {
  type Command,
  type ConnectMessage,
  encodeCommand,
  readInstallApplication,
  type SignerCertificate,
} from '@allotment/device-management';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { hint } from '../db/hints.ts';
import { leaveNote } from '../db/notes.ts';
import { isGuid } from '../directory/index.ts';
import { type Enrollment, lockEnrollment, refusal } from './enrollment.ts';
import { storeInventory } from './inventory.ts';

/** A command about to be handed to a device. */
export interface WaitingCommand {
  readonly id: string;
  readonly requestType: string;
  readonly command: Command;
  readonly purpose: Readonly<Record<string, unknown>>;
}

/**
 * Asked when a command is handed out: what the device is given, usually the command as it is; undefined when what it
 * is for does not hold any more. Must not write.
 */
export type Guard = (
  context: Context,
  trx: Trx,
  command: WaitingCommand,
) => Promise<Command | undefined>;

/** How often at most the time of the last contact is written. */
const contactEveryMs = 5_000;
/** A device that answered other commands after its NotNow does not come by itself. */
const afterNotNowMs = 15 * 60_000;

/**
 * One turn of the command loop, in one transaction: stores what the device answers and takes its next command.
 *
 * @returns the body for the device; undefined when nothing is left, which is a body of zero bytes
 * @throws Problem when the message is not accepted; nothing was changed then
 */
export async function handleConnect(
  context: Context,
  signer: SignerCertificate,
  message: ConnectMessage,
  guard: Guard,
): Promise<Buffer | undefined> {
  return context.db.transaction().execute(async (trx) => {
    const enrollment = await lockEnrollment(trx, signer, message);
    const { deviceId } = enrollment;
    if (message.userId !== undefined) return undefined;
    if (enrollment.state !== 'enrolled' || deviceId === null)
      throw refusal('notEnrolled', 'The enrollment is not complete: its TokenUpdate has not come.');
    const now = context.clock.now();
    await noteContact(trx, enrollment, deviceId, now);
    if (message.commandUuid !== undefined)
      await storeAnswer(context, trx, enrollment, message, message.commandUuid);
    const newSession = message.status === 'Idle';
    const next = await takeNext(context, trx, enrollment.id, newSession, guard);
    if (next !== undefined) return encodeCommand(next.id, next.command);
    await endSession(trx, enrollment.id, message.status === 'NotNow', now);
    return undefined;
  });
}

async function noteContact(
  trx: Trx,
  enrollment: Enrollment,
  deviceId: string,
  now: Date,
): Promise<void> {
  if (
    enrollment.lastSeenAt !== null &&
    now.getTime() - enrollment.lastSeenAt.getTime() < contactEveryMs
  )
    return;
  await trx
    .updateTable('devices.enrollment')
    .set({ lastSeenAt: now })
    .where('id', '=', enrollment.id)
    .execute();
  await trx
    .updateTable('devices.device')
    .set({ lastCheckInAt: now })
    .where('id', '=', deviceId)
    .execute();
  await hint(trx, 'devices');
}

/** A result can arrive twice, and for commands already ended: only the first one for an open command counts. */
async function storeAnswer(
  context: Context,
  trx: Trx,
  enrollment: Enrollment,
  message: ConnectMessage,
  commandId: string,
): Promise<void> {
  if (!isGuid(commandId)) return;
  const now = context.clock.now();
  const command = await trx
    .selectFrom('devices.command')
    .select(['id', 'requestType', 'deviceId'])
    .where('id', '=', commandId)
    .where('enrollmentId', '=', enrollment.id)
    .where('state', 'in', ['sent', 'notNow'])
    .executeTakeFirst();
  if (command === undefined) return;
  if (message.status === 'NotNow') {
    await trx
      .updateTable('devices.command')
      .set({ state: 'notNow' })
      .where('id', '=', command.id)
      .execute();
    return;
  }
  const acknowledged = message.status === 'Acknowledged';
  if (message.status === 'CommandFormatError')
    context.log.error(
      { commandId, requestType: command.requestType },
      'a device does not understand our command',
    );
  const summary = acknowledged
    ? await storeInventory(trx, command.deviceId, command.requestType, message, now)
    : undefined;
  const result = {
    status: message.status,
    errorChain: message.errorChain,
    ...(summary ?? readInstallApplication(message.payload)),
  };
  await trx
    .updateTable('devices.command')
    .set({
      state: acknowledged ? 'acknowledged' : 'failed',
      answeredAt: now,
      result: JSON.stringify(result),
    })
    .where('id', '=', command.id)
    .execute();
  await leaveNote(trx, 'delivery', 'command', command.id);
}

/**
 * The next command by priority and age. One that was sent and never answered is sent again. One that was answered
 * NotNow is offered again only in a new session, which begins with Idle: otherwise the loop would never end.
 */
async function takeNext(
  context: Context,
  trx: Trx,
  enrollmentId: string,
  newSession: boolean,
  guard: Guard,
): Promise<{ readonly id: string; readonly command: Command } | undefined> {
  const now = context.clock.now();
  const states = newSession ? ['queued', 'sent', 'notNow'] : ['queued', 'sent'];
  for (;;) {
    const row = await trx
      .selectFrom('devices.command')
      .select(['id', 'requestType', 'command', 'purpose'])
      .where('enrollmentId', '=', enrollmentId)
      .where('state', 'in', states)
      .orderBy('priority', 'desc')
      .orderBy('position')
      .limit(1)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    const command = await guard(context, trx, row as WaitingCommand);
    await trx
      .updateTable('devices.command')
      .set((one) =>
        command !== undefined
          ? { state: 'sent', sentAt: now, deliveries: one('deliveries', '+', 1) }
          : { state: 'canceled', answeredAt: now },
      )
      .where('id', '=', row.id)
      .execute();
    if (command !== undefined) return { id: row.id, command };
    await leaveNote(trx, 'delivery', 'command', row.id);
  }
}

/**
 * The device has everything it will take now, so the wish to wake it is fulfilled. When something was put off, it
 * comes by itself only if its last word was NotNow; otherwise it is woken again later.
 */
async function endSession(
  trx: Trx,
  enrollmentId: string,
  lastWordWasNotNow: boolean,
  now: Date,
): Promise<void> {
  await trx.deleteFrom('devices.push').where('enrollmentId', '=', enrollmentId).execute();
  if (lastWordWasNotNow) return;
  await sql`insert into devices.push (enrollment_id, wanted_since, due_at)
    select ${enrollmentId}, ${now}, ${new Date(now.getTime() + afterNotNowMs)}
    where exists (select from devices.command where enrollment_id = ${enrollmentId} and state = 'notNow')`.execute(
    trx,
  );
}
