import type { PlistDictionary } from '../plist/values.ts';
import type { PlistLimits } from '../plist/read.ts';
import { writePlist } from '../plist/write.ts';
import { data, flag, requiredData, requiredText, text } from './fields.ts';
import { readDictionary, readReference, type DeviceReference } from './reference.ts';

/** The device begins an enrollment; it counts as enrolled only at its first TokenUpdate. */
export interface Authenticate extends DeviceReference {
  kind: 'authenticate';
  topic: string;
  /** Absent in a User Enrollment, or without the right to read device information. */
  serialNumber: string | undefined;
  osVersion: string | undefined;
  buildVersion: string | undefined;
  /** Such as iPad8,12. */
  productName: string | undefined;
  imei: string | undefined;
  meid: string | undefined;
  deviceName: string | undefined;
  model: string | undefined;
  modelName: string | undefined;
}

/** Where and how the device can be pushed to from now on: token and magic change together. */
export interface TokenUpdate extends DeviceReference {
  kind: 'tokenUpdate';
  topic: string;
  token: Buffer;
  pushMagic: string;
  /** A message without one does not take back an earlier one. */
  unlockToken: Buffer | undefined;
  awaitingConfiguration: boolean | undefined;
  /** On a Mac, the short name of the person whose channel it is. */
  userShortName: string | undefined;
}

/** The person removed the management profile. Sent once, and easily lost. */
export interface CheckOut extends DeviceReference {
  kind: 'checkOut';
  topic: string;
}

/** A check-in message this package has no type for, such as UserAuthenticate or DeclarativeManagement. */
export interface OtherCheckin extends DeviceReference {
  kind: 'other';
  messageType: string;
  payload: PlistDictionary;
}

export type CheckinMessage = Authenticate | TokenUpdate | CheckOut | OtherCheckin;

/**
 * Reads the body of a request to the check-in URL.
 * @throws MessageError
 * @see https://developer.apple.com/documentation/devicemanagement/check-in
 */
export function parseCheckin(body: Uint8Array, limits?: PlistLimits): CheckinMessage {
  const message = readDictionary(body, limits);
  const messageType = requiredText(message, 'MessageType', 64);
  const reference = readReference(message);
  switch (messageType) {
    case 'Authenticate':
      return readAuthenticate(message, reference);
    case 'TokenUpdate':
      return readTokenUpdate(message, reference);
    case 'CheckOut':
      return { kind: 'checkOut', ...reference, topic: requiredText(message, 'Topic') };
    default:
      return { kind: 'other', ...reference, messageType, payload: message };
  }
}

/**
 * The answer to a UserAuthenticate: whoever is signed in needs no further proof, because the message is bound to the
 * identity of the Mac.
 * @see https://developer.apple.com/documentation/devicemanagement/userauthenticate
 */
export function userChannelChallenge(): Buffer {
  return writePlist({ DigestChallenge: '' });
}

function readAuthenticate(message: PlistDictionary, reference: DeviceReference): Authenticate {
  return {
    kind: 'authenticate',
    ...reference,
    topic: requiredText(message, 'Topic'),
    serialNumber: 'SerialNumber' in message ? requiredText(message, 'SerialNumber', 64) : undefined,
    osVersion: text(message, 'OSVersion', 64),
    buildVersion: text(message, 'BuildVersion', 64),
    productName: text(message, 'ProductName', 128),
    imei: text(message, 'IMEI', 64),
    meid: text(message, 'MEID', 64),
    deviceName: text(message, 'DeviceName'),
    model: text(message, 'Model', 128),
    modelName: text(message, 'ModelName', 128),
  };
}

function readTokenUpdate(message: PlistDictionary, reference: DeviceReference): TokenUpdate {
  return {
    kind: 'tokenUpdate',
    ...reference,
    topic: requiredText(message, 'Topic'),
    token: requiredData(message, 'Token', 256),
    pushMagic: requiredText(message, 'PushMagic'),
    unlockToken: data(message, 'UnlockToken', 64 * 1024),
    awaitingConfiguration: flag(message, 'AwaitingConfiguration'),
    userShortName: text(message, 'UserShortName', 256),
  };
}
