import { recordAudit, system } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { Problem } from '../errors.ts';

/** So long after its last contact a managed device keeps its serial number against other hardware. */
const keptForMs = 30 * 24 * 60 * 60_000;

/** A serial number that a managed device has, claimed with another UDID: refused, until an administrator decides. */
export class OtherHardware extends Problem {
  readonly deviceId: string;
  readonly udid: string;

  constructor(device: { readonly id: string; readonly serialNumber: string }, udid: string) {
    super(
      'badRequest',
      'otherHardware',
      `The serial number ${device.serialNumber} belongs to a managed device with another UDID, which was here lately: if that is wrong, delete the managed device first.`,
    );
    this.deviceId = device.id;
    this.udid = udid;
  }
}

/**
 * A serial number belongs to one main board, as a UDID does. While the managed device that has it comes to this server,
 * whoever shows another UDID is not that device. After a repair of the main board the device before comes no more, or
 * an administrator retires or deletes it.
 *
 * @throws OtherHardware
 */
export async function refuseOtherHardware(
  trx: Trx,
  { deviceId, udid }: { readonly deviceId: string; readonly udid: string },
  now: Date,
): Promise<void> {
  const holder = await trx
    .selectFrom('devices.enrollment as enrollment')
    .innerJoin('devices.device as device', 'device.id', 'enrollment.deviceId')
    .select(['device.id', 'device.serialNumber'])
    .where('enrollment.deviceId', '=', deviceId)
    .where('enrollment.state', '=', 'enrolled')
    .where('enrollment.udid', '<>', udid)
    .where('enrollment.lastSeenAt', '>', new Date(now.getTime() - keptForMs))
    .executeTakeFirst();
  if (holder !== undefined) throw new OtherHardware(holder, udid);
}

/** Has the refused claim pointed out; each hardware that claims the number is recorded once. */
export async function noteClaim({ db, clock }: Context, claim: OtherHardware): Promise<void> {
  const now = clock.now();
  await db.transaction().execute(async (trx) => {
    const device = await trx
      .selectFrom('devices.device')
      .select(['serialNumber', 'claimedUdid'])
      .where('id', '=', claim.deviceId)
      .forUpdate()
      .executeTakeFirst();
    if (device === undefined) return;
    await trx
      .updateTable('devices.device')
      .set({ claimedUdid: claim.udid, claimedAt: now })
      .where('id', '=', claim.deviceId)
      .execute();
    if (device.claimedUdid === claim.udid) return;
    await recordAudit(
      trx,
      now,
      system('other hardware showed the serial number of a managed device'),
      {
        action: 'refuseEnrollment',
        target: { kind: 'managedDevice', id: claim.deviceId, name: device.serialNumber },
        detail: { udid: claim.udid },
      },
    );
  });
}
