import type { Device } from '../device.ts';
import { idsOf } from '../enrollment/ids.ts';
import { FieldError, PlistFields } from '../messages/plist-fields.ts';
import { parsePlist } from '../messages/plist-reader.ts';
import { buildPlist, isDictionary } from '../messages/plist.ts';
import { isShared } from '../system.ts';
import { installedApplicationList, managedApplicationList } from './app-lists.ts';
import {
  CommandError,
  errorChain,
  mdmError,
  type CommandContext,
  type CommandKind,
  type Response,
} from './command.ts';
import { deviceInformation } from './device-information.ts';
import { installApplication } from './install-application.ts';
import { inviteToProgram } from './invite-to-program.ts';
import { installMedia, managedMediaList, removeMedia } from './media.ts';
import { settings } from './settings.ts';
import { managedApplicationAttributes, managedApplicationConfiguration } from './managed-app.ts';
import { deviceConfigured, profileList, removeApplication } from './simple-commands.ts';

export type ResultStatus = 'Acknowledged' | 'Error' | 'CommandFormatError' | 'NotNow';

/** A command as it arrived, as far as it can be answered at all. */
export interface Command {
  readonly uuid: string;
  readonly requestType: string | undefined;
  readonly fields: PlistFields | undefined;
}

/** A device's result for one command. */
export interface Result {
  readonly commandUuid: string;
  readonly status: ResultStatus;
  /** The whole message, XML. */
  readonly body: Buffer;
  /** For the journal: the message's keys. */
  readonly response: Response;
}

const KINDS: ReadonlyMap<string, CommandKind> = new Map(
  [
    installApplication,
    removeApplication,
    installedApplicationList,
    managedApplicationList,
    deviceInformation,
    inviteToProgram,
    installMedia,
    removeMedia,
    managedMediaList,
    managedApplicationConfiguration,
    managedApplicationAttributes,
    deviceConfigured,
    profileList,
    settings,
  ].map((kind) => [kind.requestType, kind]),
);

/** Reads the body of a server's answer. @throws FieldError or PlistError when it holds no command that could be answered */
export function readCommand(body: Buffer): Command {
  const document = parsePlist(body.toString('utf8'));
  if (!isDictionary(document)) throw new FieldError('A command must be a dictionary.');
  const outer = new PlistFields(document, 'message');
  const uuid = outer.required('CommandUUID', 'string');
  if (uuid === '') throw outer.wrong('CommandUUID', 'must not be empty');
  const command = document['Command'];
  if (!isDictionary(command)) return { uuid, requestType: undefined, fields: undefined };
  const requestType = command['RequestType'];
  return {
    uuid,
    requestType: typeof requestType === 'string' ? requestType : undefined,
    fields: new PlistFields(command, 'Command'),
  };
}

/** Which app or book a command is about, as far as it says so. */
export function subjectOf({ fields }: Command): { adamId?: string; bundleId?: string } {
  const adamId = fields?.value('iTunesStoreID');
  const bundleId = fields?.value('Identifier');
  return {
    ...(typeof adamId === 'number' || typeof adamId === 'string' ? { adamId: String(adamId) } : {}),
    ...(typeof bundleId === 'string' ? { bundleId } : {}),
  };
}

/** Runs a command on a device and words the result. */
export function answerCommand(context: CommandContext, command: Command): Result {
  const { status, response } = run(context, command);
  const { device, enrollment, user } = context;
  const message = {
    ...idsOf(device, enrollment, user),
    CommandUUID: command.uuid,
    Status: status,
    ...response,
  };
  return {
    commandUuid: command.uuid,
    status,
    body: Buffer.from(buildPlist(message)),
    response,
  };
}

function run(
  context: CommandContext,
  { requestType, fields }: Command,
): { readonly status: ResultStatus; readonly response: Response } {
  try {
    if (fields === undefined || requestType === undefined)
      throw new FieldError('The message has no Command with a RequestType.');
    const kind = allowedKind(context, requestType);
    if (kind.waitsForPerson === true && isWaiting(context.device, kind))
      return { status: 'NotNow', response: {} };
    const response = kind.run(context, fields);
    noteUnknownKeys(context, fields);
    return { status: 'Acknowledged', response };
  } catch (error) {
    if (error instanceof FieldError)
      return { status: 'CommandFormatError', response: malformed(error) };
    if (!(error instanceof CommandError)) throw error;
    const response = { ...error.response, ErrorChain: errorChain(error.chain) };
    return { status: 'Error', response };
  }
}

/** An Apple TV has no lock. */
function isWaiting(device: Device, kind: CommandKind): boolean {
  const { locked, awaitingConfiguration } = device.traits;
  if (locked && device.family !== 'AppleTV') return true;
  return awaitingConfiguration && kind.runsInSetup?.(device) !== true;
}

/** Whether a device knows a command at all, by Apple's schema files. */
function isUnderstood(kind: CommandKind, { device, enrollment, user }: CommandContext): boolean {
  const { family } = device;
  const byUser = enrollment.enrollmentId !== undefined;
  if (byUser && kind.notInUserEnrollment?.includes(family) === true) return false;
  if (user !== undefined) return kind.userFamilies?.includes(family) === true;
  if (kind.notForSharedDevice === true && isShared(device)) return false;
  return kind.families?.includes(family) !== false;
}

function allowedKind(context: CommandContext, requestType: string): CommandKind {
  const { enrollment } = context;
  const kind = KINDS.get(requestType);
  if (kind === undefined || !isUnderstood(kind, context))
    throw new CommandError([mdmError(12021, `“${requestType}” is not a valid request type.`)]);
  if (kind.right !== undefined && (enrollment.profile.accessRights & kind.right) === 0)
    throw new CommandError([mdmError(12007, `The server lacks the right to “${requestType}”.`)]);
  return kind;
}

function malformed(error: FieldError): Response {
  return { ErrorChain: errorChain([mdmError(12008, error.message)]) };
}

/** Devices pass over keys they do not know; here it is told, because it is mostly a slip of the pen. */
function noteUnknownKeys({ environment, device }: CommandContext, fields: PlistFields): void {
  fields.optional('RequestType', 'string');
  fields.optional('RequestRequiresNetworkTether', 'boolean');
  const keys = fields.unknownKeys();
  if (keys.length === 0) return;
  environment.counters.add('command.unknown-keys', device.serialNumber, keys.length);
  environment.journal.write('command.unknown-keys', { serialNumber: device.serialNumber, keys });
}
