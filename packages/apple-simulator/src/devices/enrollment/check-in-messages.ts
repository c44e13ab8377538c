import type { Device, Enrollment } from '../device.ts';
import type { PlistInput } from '../messages/plist.ts';
import { RIGHT } from './access-rights.ts';
import { systemOf } from '../system.ts';

type Message = Readonly<Record<string, PlistInput | undefined>>;

/** Apple: Check-in, Authenticate. What identifies the hardware needs the right to device information. */
export function authenticateMessage(device: Device, { profile }: Enrollment): Message {
  const { family, traits } = device;
  const system = systemOf(device);
  const informs = (profile.accessRights & RIGHT.deviceInformation) !== 0;
  return {
    MessageType: 'Authenticate',
    Topic: profile.topic,
    UDID: device.udid,
    ...(informs && {
      OSVersion: traits.osVersion,
      BuildVersion: system.build,
      ProductName: traits.productName,
      SerialNumber: device.serialNumber,
      IMEI: system.imei,
    }),
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
  const mobile = device.family === 'iPhone' || device.family === 'iPad';
  const unlocks = mobile && (profile.accessRights & RIGHT.lockAndClearPasscode) !== 0;
  return {
    MessageType: 'TokenUpdate',
    Topic: profile.topic,
    UDID: device.udid,
    Token: Buffer.from(pushToken, 'hex'),
    PushMagic: pushMagic,
    UnlockToken: unlocks ? Buffer.from(`unlock ${device.udid}`) : undefined,
    AwaitingConfiguration: false,
  };
}

/** Apple: Check-in, CheckOut. */
export function checkOutMessage(device: Device, { profile }: Enrollment): Message {
  return { MessageType: 'CheckOut', Topic: profile.topic, UDID: device.udid };
}
