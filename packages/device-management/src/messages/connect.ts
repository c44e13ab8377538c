import { MessageError } from '../errors.ts';
import type { PlistDictionary } from '../plist/values.ts';
import type { PlistLimits } from '../plist/read.ts';
import { type DeviceErrorLink, readErrorChain } from './error-chain.ts';
import { requiredText } from './fields.ts';
import { readDictionary, readReference, type DeviceReference } from './reference.ts';

const STATUSES = ['Idle', 'Acknowledged', 'Error', 'CommandFormatError', 'NotNow'] as const;

export type CommandStatus = (typeof STATUSES)[number];

/** What a device says when it asks for its next command. */
export interface ConnectMessage extends DeviceReference {
  status: CommandStatus;
  /** The command this answers; undefined exactly when the status is Idle. */
  commandUuid: string | undefined;
  errorChain: DeviceErrorLink[];
  /** The whole message, for the readers of each command's result. */
  payload: PlistDictionary;
}

/**
 * Reads the body of a request to the server URL.
 * @throws MessageError
 * @see https://developer.apple.com/documentation/devicemanagement/implementing_device_management/sending_mdm_commands_to_a_device
 */
export function parseConnect(body: Uint8Array, limits?: PlistLimits): ConnectMessage {
  const message = readDictionary(body, limits);
  const status = readStatus(message);
  return {
    ...readReference(message),
    status,
    commandUuid: status === 'Idle' ? undefined : requiredText(message, 'CommandUUID', 128),
    errorChain: readErrorChain(message),
    payload: message,
  };
}

function readStatus(message: PlistDictionary): CommandStatus {
  const value = requiredText(message, 'Status', 64);
  const status = STATUSES.find((known) => known === value);
  if (!status)
    throw new MessageError('invalidField', `Status must be one of ${STATUSES.join(', ')}`);
  return status;
}
