import { MessageError } from '../errors.ts';
import { isDictionary, type PlistDictionary } from '../plist/values.ts';
import { readPlist, type PlistLimits } from '../plist/read.ts';
import { requiredText, text } from './fields.ts';

/** Who sent a message. Apple promises no form for the identifiers: they are opaque strings. */
export interface DeviceReference {
  /** The UDID, or the EnrollmentID where a User Enrollment hides the UDID. */
  id: string;
  idKind: 'UDID' | 'EnrollmentID';
  /** Set when the message comes from a person's channel (Shared iPad, macOS), not the device's. */
  userId: string | undefined;
}

export function readDictionary(body: Uint8Array, limits?: PlistLimits): PlistDictionary {
  const value = readPlist(body, limits);
  if (!isDictionary(value))
    throw new MessageError('malformed', 'the body is a property list, but not a dictionary');
  return value;
}

export function readReference(message: PlistDictionary): DeviceReference {
  const idKind = 'UDID' in message || !('EnrollmentID' in message) ? 'UDID' : 'EnrollmentID';
  const userChannel = 'UserID' in message || 'EnrollmentUserID' in message;
  return {
    id: requiredText(message, idKind, 128),
    idKind,
    userId: userChannel
      ? (text(message, 'UserID', 128) ?? requiredText(message, 'EnrollmentUserID', 128))
      : undefined,
  };
}
