import type {
  DeviceReference,
  MessageSigner,
  SignerCertificate,
} from '@allotment/device-management';
import { type Selectable, sql } from 'kysely';
import type { Trx } from '../db/connect.ts';
import type { DevicesEnrollment } from '../db/generated/tables.ts';
import { Problem } from '../errors.ts';

export type Enrollment = Selectable<DevicesEnrollment>;

/**
 * SQL over `devices.enrollment`: the order in which whoever locks several of them does it. Devices come before the
 * channels of their people, as in a turn on such a channel.
 */
export const lockOrder = sql`enrollment.device_enrollment_id is not null, enrollment.id`;

/** Who sent a message. */
export interface DeviceSender extends MessageSigner {
  /** The enrollment that the code in the address it came to was made for. */
  readonly enrollmentId?: string | undefined;
}

/**
 * The enrollment a message belongs to, by the certificate that signed it, locked until the transaction ends: two
 * connections of one device take turns. A certificate not seen before is bound where `bind` allows it.
 *
 * @throws Problem when the certificate is none of ours, its enrollment has ended, or the message speaks for another
 * device than the one it was bound to
 */
export async function lockEnrollment(
  trx: Trx,
  sender: DeviceSender,
  device: DeviceReference,
): Promise<Enrollment> {
  const known = await trx
    .selectFrom('devices.enrollment')
    .selectAll()
    .where('certificateSha256', '=', sender.certificateSha256)
    .forUpdate()
    .executeTakeFirst();
  const enrollment = known ?? (await byCode(trx, sender));
  if (enrollment.state === 'replaced' || enrollment.state === 'checkedOut')
    throw refusal(
      'enrollmentEnded',
      'This enrollment has ended: enroll the device again with a new link.',
    );
  if (enrollment.udid !== null && enrollment.udid !== device.id)
    throw refusal('otherDevice', 'This device identity belongs to another device.');
  if (known === undefined) await bind(trx, enrollment, sender);
  return enrollment;
}

async function byCode(trx: Trx, { enrollmentId }: DeviceSender): Promise<Enrollment> {
  const enrollment =
    enrollmentId === undefined
      ? undefined
      : await trx
          .selectFrom('devices.enrollment')
          .selectAll()
          .where('id', '=', enrollmentId)
          .where('deviceEnrollmentId', 'is', null)
          .forUpdate()
          .executeTakeFirst();
  if (enrollment !== undefined) return enrollment;
  throw refusal('unknownIdentity', 'This device identity was not issued by this server.');
}

/**
 * Binds a certificate to the enrollment whose code its message brought: the first one of an enrollment by SCEP, or a
 * renewed one, of the same authority and subject and newer than the one before. A message that is refused for another
 * reason takes the binding back with it, so the first one is bound by an Authenticate.
 */
async function bind(trx: Trx, enrollment: Enrollment, sender: DeviceSender): Promise<void> {
  const { certificateFrom } = enrollment;
  const isFirst = enrollment.certificateSha256 === null;
  const isRenewed =
    enrollment.udid !== null &&
    enrollment.certificateAuthoritySha256 === sender.authoritySha256 &&
    enrollment.certificateSubject === sender.subject &&
    certificateFrom !== null &&
    certificateFrom < sender.notBefore;
  if (!isFirst && !isRenewed)
    throw refusal(
      'otherIdentity',
      'This enrollment is bound to another device identity: enroll the device with a link of its own.',
    );
  await trx
    .updateTable('devices.enrollment')
    .set(certificateColumns(sender))
    .where('id', '=', enrollment.id)
    .execute();
}

/** What is stored of the certificate that an enrollment is bound to. */
export function certificateColumns(
  certificate: SignerCertificate,
): Pick<
  Enrollment,
  | 'certificateSha256'
  | 'certificateAuthoritySha256'
  | 'certificateSubject'
  | 'certificateFrom'
  | 'certificateExpiresAt'
> {
  return {
    certificateSha256: certificate.certificateSha256,
    certificateAuthoritySha256: certificate.authoritySha256,
    certificateSubject: certificate.subject,
    certificateFrom: certificate.notBefore,
    certificateExpiresAt: certificate.notAfter,
  };
}

/** A message that is not accepted. The device is told with a status that leaves its enrollment alone, never 401. */
export function refusal(code: string, message: string): Problem {
  return new Problem('badRequest', code, message);
}
