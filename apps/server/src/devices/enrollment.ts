import type { DeviceReference, SignerCertificate } from '@allotment/device-management';
import type { Selectable } from 'kysely';
import type { Trx } from '../db/connect.ts';
import type { DevicesEnrollment } from '../db/generated/tables.ts';
import { Problem } from '../errors.ts';

export type Enrollment = Selectable<DevicesEnrollment>;

/**
 * The enrollment a message belongs to, by the certificate that signed it, locked until the transaction ends: two
 * connections of one device take turns.
 *
 * @throws Problem when the certificate is none of ours, its enrollment has ended, or the message speaks for another
 * device than the one it was bound to
 */
export async function lockEnrollment(
  trx: Trx,
  signer: SignerCertificate,
  sender: DeviceReference,
): Promise<Enrollment> {
  const enrollment = await trx
    .selectFrom('devices.enrollment')
    .selectAll()
    .where('certificateSha256', '=', signer.certificateSha256)
    .forUpdate()
    .executeTakeFirst();
  if (enrollment === undefined)
    throw refusal('unknownIdentity', 'This device identity was not issued by this server.');
  if (enrollment.state === 'replaced' || enrollment.state === 'checkedOut')
    throw refusal(
      'enrollmentEnded',
      'This enrollment has ended: enroll the device again with a new link.',
    );
  if (enrollment.udid !== null && enrollment.udid !== sender.id)
    throw refusal('otherDevice', 'This device identity belongs to another device.');
  return enrollment;
}

/** A message that is not accepted. The device is told with a status that leaves its enrollment alone, never 401. */
export function refusal(code: string, message: string): Problem {
  return new Problem('badRequest', code, message);
}
