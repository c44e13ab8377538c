import {
  type Command,
  type ConnectMessage,
  encodeCommand,
  readInstallApplication,
  type SignerCertificate,
} from '@allotment/device-management';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { hint } from '../db/hints.ts';
import { isGuid } from '../directory/index.ts';
import { type Enrollment, lockEnrollment, refusal } from './enrollment.ts';
import { storeInventory } from './inventory.ts';
import {
  type AnsweredCommand,
  type CommandChange,
  endSession,
  endUntold,
  type NextCommand,
  readTurn,
  type Turn,
  type WaitingCommand,
  writeContact,
  writeTurn,
} from './turn.ts';

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
    const { commandUuid = '' } = message;
    const answeredId = isGuid(commandUuid) ? commandUuid : undefined;
    const look = async (): Promise<Turn> =>
      readTurn(trx, enrollment.id, answeredId, message.status === 'Idle', now);
    const { answered, next } = await look();
    const change = answered && (await changeBy(context, trx, answered, message, now));
    const told = await choose(context, trx, next, guard, async () => (await look()).next);
    await writeTurn(trx, change, told?.id, now);
    if (told !== undefined) return encodeCommand(told.id, told.command);
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
  const before = enrollment.lastSeenAt?.getTime() ?? -Infinity;
  if (now.getTime() - before < contactEveryMs) return;
  await writeContact(trx, enrollment.id, deviceId, now);
  await hint(trx, 'devices');
}

/** What the device's answer makes of its command; inventories are stored here. */
async function changeBy(
  context: Context,
  trx: Trx,
  command: AnsweredCommand,
  message: ConnectMessage,
  now: Date,
): Promise<CommandChange> {
  const { id, requestType, deviceId } = command;
  const { status, errorChain } = message;
  if (status === 'NotNow') return { id, state: 'notNow' };
  if (status === 'CommandFormatError')
    context.log.error({ commandId: id, requestType }, 'a device does not understand our command');
  const acknowledged = status === 'Acknowledged';
  const summary = acknowledged
    ? await storeInventory(trx, deviceId, requestType, message, now)
    : undefined;
  const told = summary ?? readInstallApplication(message.payload);
  const state = acknowledged ? 'acknowledged' : 'failed';
  return { id, state, result: { status, errorChain, ...told } };
}

/** The first command that holds, as the device is to be given it; those before it end. */
async function choose(
  context: Context,
  trx: Trx,
  first: NextCommand | undefined,
  guard: Guard,
  more: () => Promise<NextCommand | undefined>,
): Promise<{ readonly id: string; readonly command: Command } | undefined> {
  const now = context.clock.now();
  for (let next = first; next !== undefined; next = await more()) {
    const { id } = next;
    if (next.lost) {
      const result = { status: 'Error', errorChain: [noAnswer] };
      await endUntold(trx, { id, state: 'failed', result }, now);
      continue;
    }
    const command = await guard(context, trx, next);
    if (command !== undefined) return { id, command };
    await endUntold(trx, { id, state: 'canceled' }, now);
  }
  return undefined;
}

/** Stands in for the answer that never came. */
const noAnswer = {
  domain: 'Allotment',
  description: 'The device was given this command many times and never answered it.',
};
