import { createHmac, timingSafeEqual } from 'node:crypto';
import type { SecretBox } from '../config/secret-box.ts';
import { isGuid } from '../directory/index.ts';

/**
 * The secret in the addresses of an enrollment's profile: it tells the enrollment of a device whose certificate is not
 * known yet. Made from the enrollment's id, so that a renewed profile has the same addresses: Apple lets them never
 * change. Only the device and this server know it; a certificate's subject, which anybody with the challenge of a SCEP
 * server may choose, could not do this.
 */
export function enrollmentCode(secrets: SecretBox, enrollmentId: string): string {
  const mac = createHmac('sha256', secrets.derive('enrollment code'))
    .update(enrollmentId)
    .digest('base64url');
  return `${enrollmentId}.${mac}`;
}

/** The enrollment's id; undefined for what this server did not make. */
export function readEnrollmentCode(secrets: SecretBox, code: string): string | undefined {
  const [id = ''] = code.split('.', 1);
  if (!isGuid(id)) return undefined;
  const expected = Buffer.from(enrollmentCode(secrets, id));
  const given = Buffer.from(code);
  return given.length === expected.length && timingSafeEqual(given, expected) ? id : undefined;
}
