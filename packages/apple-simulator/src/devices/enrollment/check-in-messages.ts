import type { Device, Enrollment, UserChannel } from '../device.ts';
import type { PlistInput } from '../messages/plist.ts';
import { isShared, systemOf } from '../system.ts';
import { RIGHT } from './access-rights.ts';
import { idsOf } from './ids.ts';

type Message = Readonly<Record<string, PlistInput | undefined>>;

/**
 * Apple: Check-in, Authenticate. What identifies the hardware needs the right to device information, and is
 * never told in User Enrollment.
 */
export function authenticateMessage(device: Device, enrollment: Enrollment): Message {
  const { family, traits } = device;
  const { profile } = enrollment;
  const system = systemOf(device);
  const informs = (profile.accessRights & RIGHT.deviceInformation) !== 0;
  return {
    MessageType: 'Authenticate',
    Topic: profile.topic,
    ...idsOf(device, enrollment),
    ...(informs && {
      OSVersion: traits.osVersion,
      BuildVersion: system.build,
      ProductName: traits.productName,
    }),
    ...(informs &&
      !profile.userEnrollment && { SerialNumber: device.serialNumber, IMEI: system.imei }),
    ...(family === 'Mac' && {
      DeviceName: traits.name,
      Model: traits.productName,
      ModelName: system.modelName,
    }),
  };
}

/** Apple: Check-in, TokenUpdate of the device channel. */
export function tokenUpdateMessage(device: Device, enrollment: Enrollment): Message {
  const { profile, pushToken, pushMagic } = enrollment;
  return {
    MessageType: 'TokenUpdate',
    Topic: profile.topic,
    ...idsOf(device, enrollment),
    Token: Buffer.from(pushToken, 'hex'),
    PushMagic: pushMagic,
    UnlockToken: unlocks(device, enrollment) ? Buffer.from(`unlock ${device.udid}`) : undefined,
    AwaitingConfiguration: device.traits.awaitingConfiguration,
  };
}

/** Apple: UserAuthenticate. */
export function userAuthenticateMessage(
  { udid }: Device,
  { userId }: Pick<UserChannel, 'userId'>,
): Message {
  return { MessageType: 'UserAuthenticate', UDID: udid, UserID: userId };
}

/** Apple: Check-in, TokenUpdate of the channel of a person. */
export function userTokenUpdateMessage(
  device: Device,
  enrollment: Enrollment,
  user: UserChannel,
): Message {
  return {
    MessageType: 'TokenUpdate',
    Topic: enrollment.profile.topic,
    ...idsOf(device, enrollment, user),
    Token: Buffer.from(user.pushToken, 'hex'),
    PushMagic: user.pushMagic,
    NotOnConsole: device.family === 'Mac' ? false : undefined,
  };
}

/** Apple: Check-in, CheckOut. */
export function checkOutMessage(device: Device, enrollment: Enrollment): Message {
  const { topic } = enrollment.profile;
  return { MessageType: 'CheckOut', Topic: topic, ...idsOf(device, enrollment) };
}

/** Whether the device hands out what clears its passcode. */
function unlocks(device: Device, { profile }: Enrollment): boolean {
  const mobile = ['iPhone', 'iPad', 'Vision'].includes(device.family);
  const allowed = (profile.accessRights & RIGHT.lockAndClearPasscode) !== 0;
  return mobile && allowed && !profile.userEnrollment && !isShared(device);
}
