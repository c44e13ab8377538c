import type { Device, Enrollment, UserChannel } from '../device.ts';

/** What every message names its sender with. */
export type Ids = Readonly<Record<string, string | undefined>>;

/**
 * Names a device, and the person where the message comes on their channel (Apple: Check-in).
 * @param pretended a UDID that is not the device's own
 */
export function idsOf(
  device: Pick<Device, 'udid'>,
  { enrollmentId }: Pick<Enrollment, 'enrollmentId'>,
  user?: UserChannel,
  pretended?: string,
): Ids {
  const id =
    enrollmentId === undefined
      ? { UDID: pretended ?? device.udid }
      : { EnrollmentID: pretended ?? enrollmentId };
  if (user === undefined) return id;
  const { userId, shortName, longName } = user;
  const person = enrollmentId === undefined ? { UserID: userId } : { EnrollmentUserID: userId };
  return { ...id, ...person, UserShortName: shortName, UserLongName: longName };
}
