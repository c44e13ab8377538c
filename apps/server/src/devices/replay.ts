import type { CheckinMessage } from '@allotment/device-management';
import type { Trx } from '../db/connect.ts';
import { type DeviceSender, type Enrollment, refusal } from './enrollment.ts';

/**
 * Refuses a check-in message that somebody recorded and sends again: an Authenticate would begin the enrollment anew, a
 * TokenUpdate put an old push token back. A message signed before the last one accepted is one; so is an Authenticate
 * of the same second, once its enrollment is complete. What a device sends again because no answer came is neither. A
 * signature without a time, or a certificate shown in the TLS handshake, cannot be judged by it.
 *
 * @throws Problem `oldMessage`
 */
export function refuseRecorded(
  { signedAt }: DeviceSender,
  { checkInSignedAt, state }: Enrollment,
  message: CheckinMessage,
): void {
  if (signedAt === undefined || checkInSignedAt === null) return;
  const begins = message.kind === 'authenticate' && state === 'enrolled';
  const isLater = begins ? signedAt > checkInSignedAt : signedAt >= checkInSignedAt;
  if (isLater) return;
  throw refusal(
    'oldMessage',
    'The message was signed before one that this server accepted already.',
  );
}

/** A clock that runs ahead is believed only as far as ours, so that the device is heard once it is put right. */
export async function noteSigned(
  trx: Trx,
  { signedAt }: DeviceSender,
  enrollmentId: string,
  now: Date,
): Promise<void> {
  if (signedAt === undefined) return;
  await trx
    .updateTable('devices.enrollment')
    .set({ checkInSignedAt: signedAt < now ? signedAt : now })
    .where('id', '=', enrollmentId)
    .execute();
}
