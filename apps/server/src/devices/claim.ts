import { createHash } from 'node:crypto';
import type { Authenticate } from '@allotment/device-management';
import { type Expression, type RawBuilder, sql } from 'kysely';
import type { Trx } from '../db/connect.ts';
import { ensureDevices, isSerialNumber } from '../directory/index.ts';
import { refusal } from './enrollment.ts';
import { familyOf } from './family.ts';
import { pushCertificate } from './push-certificate.ts';

/**
 * A topic stored as a device says it would make the renewal of the push certificate look like a change of topic.
 *
 * @throws Problem `otherTopic`
 */
export async function refuseOtherTopic(trx: Trx, topic: string): Promise<void> {
  const certificate = await pushCertificate(trx);
  if (certificate?.topic !== topic)
    throw refusal('otherTopic', 'The enrollment names another push topic than this server’s.');
}

/**
 * The device that an Authenticate speaks of, made known where it was not. What it says of itself is taken for a device
 * that is not managed now.
 *
 * @param userEnrollment whether the link was made for User Enrollment
 * @throws Problem `notUserEnrollment`, `noSerialNumber`, `badSerialNumber`, or `otherModel` when it is managed and is
 * of another model
 */
export async function knowDevice(
  trx: Trx,
  message: Authenticate,
  userEnrollment: boolean,
  now: Date,
): Promise<string> {
  const serialNumber = userEnrollment ? standInFor(message) : serialNumberOf(message);
  await refuseOtherModel(trx, serialNumber, message.productName);
  const directoryDeviceId = (await ensureDevices(trx, [serialNumber], now)).get(serialNumber);
  if (directoryDeviceId === undefined) throw new Error('the directory did not take the device');
  const told = {
    family: familyOf(message.productName) ?? null,
    name: message.deviceName ?? null,
    model: message.modelName ?? message.model ?? null,
    productName: message.productName ?? null,
    osVersion: message.osVersion ?? null,
  };
  const { id } = await trx
    .insertInto('devices.device')
    .values({
      directoryDeviceId,
      serialNumber,
      userEnrollment,
      ...told,
      firstSeen: sql<number>`nextval('db.change_order')`,
      createdAt: now,
    })
    .onConflict((conflict) =>
      conflict.column('serialNumber').doUpdateSet((row) => ({
        family: unlessManaged('family', row.ref('excluded.family')),
        productName: unlessManaged('product_name', row.ref('excluded.productName')),
        osVersion: unlessManaged('os_version', row.ref('excluded.osVersion')),
      })),
    )
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/**
 * Under User Enrollment a device tells no serial number, and an identifier that is made anew for each enrollment. What
 * stands in for the number has a hyphen, so that none is ever taken for it, nor it for one at Apple.
 */
function standInFor({ idKind, id }: Authenticate): string {
  if (idKind !== 'EnrollmentID')
    throw refusal('notUserEnrollment', 'This link is for User Enrollment, with an EnrollmentID.');
  return `USER-${createHash('sha256').update(id).digest('hex').slice(0, 16).toUpperCase()}`;
}

function serialNumberOf({ serialNumber }: Authenticate): string {
  if (serialNumber === undefined)
    throw refusal(
      'noSerialNumber',
      'The device did not tell its serial number, which device licenses are tied to.',
    );
  if (!isSerialNumber(serialNumber))
    throw refusal('badSerialNumber', 'A serial number has 8 to 14 letters and digits.');
  return serialNumber.toUpperCase();
}

/** A serial number belongs to one model for ever: whoever claims that of a managed device shows at least its model. */
async function refuseOtherModel(
  trx: Trx,
  serialNumber: string,
  productName: string | undefined,
): Promise<void> {
  if (productName === undefined) return;
  const known = await trx
    .selectFrom('devices.device')
    .select('productName')
    .where('serialNumber', '=', serialNumber)
    .where('managementState', '=', 'managed')
    .executeTakeFirst();
  if (known === undefined || known.productName === null || known.productName === productName)
    return;
  throw refusal(
    'otherModel',
    `The serial number ${serialNumber} belongs to a managed device of the model ${known.productName}, not ${productName}: if that is wrong, delete the managed device first.`,
  );
}

function unlessManaged(column: string, value: Expression<string | null>): RawBuilder<string> {
  return sql<string>`case when device.management_state = 'managed' then ${sql.ref(`device.${column}`)} else ${value} end`;
}
