import {
  type Command,
  type ConnectMessage,
  encodeCommand,
  readInstallApplication,
  readInviteToProgram,
  type SignerCertificate,
} from '@allotment/device-management';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { isGuid } from '../directory/index.ts';
import { type Enrollment, lockEnrollment, refusal } from './enrollment.ts';
import { type Guard, stillHolds } from './guard.ts';
import { storeInventory } from './inventory.ts';
import { takeQuickTurn } from './quick-turn.ts';
import {
  type AnsweredCommand,
  type CommandChange,
  contactDueSince,
  endSession,
  endUntold,
  hasEnded,
  type NextCommand,
  readTurn,
  type Turn,
  type WaitingCommand,
  writeContact,
  writeTurn,
} from './turn.ts';
import { lockOpenChannel } from './user-channel.ts';

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
  const now = context.clock.now();
  const taken =
    (await takeOrdinaryTurn(context, signer, message, guard, now)) ??
    (await context.db
      .transaction()
      .execute(async (trx) => takeTurn(context, trx, signer, message, guard, now)));
  if (taken.ended) context.hints.wake('delivery');
  if (taken.contact) context.hints.changed('devices');
  return taken.told && encodeCommand(taken.told.id, taken.told.command);
}

/** What became of a turn. */
interface Taken {
  readonly told: { readonly id: string; readonly command: Command } | undefined;
  /** The command that was answered has ended. */
  readonly ended: boolean;
  /** The time of the last contact was written. */
  readonly contact: boolean;
}

/** Undefined when the turn is not an ordinary one. */
async function takeOrdinaryTurn(
  context: Context,
  signer: SignerCertificate,
  message: ConnectMessage,
  guard: Guard,
  now: Date,
): Promise<Taken | undefined> {
  const id = answeredIdOf(message);
  const isUsual = message.userId === undefined && message.status !== 'CommandFormatError';
  if (!isUsual || (id === undefined && message.status !== 'Idle')) return undefined;
  const change = id === undefined ? undefined : changeOf(id, message);
  const turn = await takeQuickTurn(context.db, signer, message, change, guard, now);
  return turn && { told: turn, ended: hasEnded(change), contact: turn.contact };
}

async function takeTurn(
  context: Context,
  trx: Trx,
  signer: SignerCertificate,
  message: ConnectMessage,
  guard: Guard,
  now: Date,
): Promise<Taken> {
  const ofDevice = await lockEnrollment(trx, signer, message);
  const enrollment =
    message.userId === undefined ? ofDevice : await lockOpenChannel(trx, ofDevice, message.userId);
  if (enrollment === undefined) return { told: undefined, ended: false, contact: false };
  const { deviceId } = enrollment;
  if (ofDevice.state !== 'enrolled' || deviceId === null)
    throw refusal('notEnrolled', 'The enrollment is not complete: its TokenUpdate has not come.');
  const contact = isContactDue(enrollment, now);
  if (contact) await writeContact(trx, enrollment.id, deviceId, now);
  const look = async (): Promise<Turn> =>
    readTurn(
      trx,
      enrollment.id,
      answeredIdOf(message),
      message.status === 'Idle',
      stillHolds(guard),
      now,
    );
  const { answered, next } = await look();
  const change = answered && (await takeAnswer(context, trx, answered, message, now));
  const told = await choose(context, trx, next, guard, async () => (await look()).next);
  await writeTurn(trx, change, told?.id, now);
  if (told === undefined) await endSession(trx, enrollment.id, message.status === 'NotNow', now);
  return { told, ended: hasEnded(change), contact };
}

/** The command that a message speaks of; undefined when it speaks of none, or of one that cannot be ours. */
function answeredIdOf({ commandUuid }: ConnectMessage): string | undefined {
  return commandUuid !== undefined && isGuid(commandUuid) ? commandUuid : undefined;
}

function isContactDue({ lastSeenAt }: Enrollment, now: Date): boolean {
  return lastSeenAt === null || lastSeenAt < contactDueSince(now);
}

/** What the device's answer makes of its command; inventories are stored here. */
async function takeAnswer(
  context: Context,
  trx: Trx,
  { id, requestType, deviceId }: AnsweredCommand,
  message: ConnectMessage,
  now: Date,
): Promise<CommandChange> {
  if (message.status === 'CommandFormatError')
    context.log.error({ commandId: id, requestType }, 'a device does not understand our command');
  const summary =
    message.status === 'Acknowledged'
      ? await storeInventory(trx, deviceId, requestType, message, now)
      : undefined;
  return changeOf(id, message, summary);
}

/** @param told what is kept of the answer beside its status: by default, what one to an install or an invitation tells */
function changeOf(
  id: string,
  { status, errorChain, payload }: ConnectMessage,
  told: object = {
    ...readInstallApplication(payload),
    invitationResult: readInviteToProgram(payload).result,
  },
): CommandChange {
  if (status === 'NotNow') return { id, state: 'notNow' };
  const state = status === 'Acknowledged' ? 'acknowledged' : 'failed';
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
    const command = next.holds ? await complete(context, trx, next, guard) : undefined;
    if (command !== undefined) return { id, command };
    await endUntold(trx, { id, state: 'canceled' }, now);
  }
  return undefined;
}

async function complete(
  context: Context,
  trx: Trx,
  next: WaitingCommand,
  guard: Guard,
): Promise<Command | undefined> {
  const act = guard.complete[next.requestType];
  return act === undefined ? next.command : act(context, trx, next);
}

/** Stands in for the answer that never came. */
const noAnswer = {
  domain: 'Allotment',
  description: 'The device was given this command many times and never answered it.',
};
