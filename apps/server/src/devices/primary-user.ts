import { sql } from 'kysely';
import { type Actor, recordAudit } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { hint } from '../db/hints.ts';
import { leaveNotes } from '../db/notes.ts';
import { getPerson } from '../directory/index.ts';
import { noteDeparture } from './departure.ts';
import { askInventory } from './inventory.ts';
import { auditTarget, lockManagedDevice } from './managed-device.ts';

/**
 * Makes a person the one whom a device is for: assignments to the person's groups reach it from now on, those to the
 * groups of whoever had it before do not.
 *
 * @param personId null: the device is nobody's
 * @throws Problem `managedDeviceNotFound`, or that there is no such person
 */
export async function setPrimaryUser(
  context: Context,
  deviceId: string,
  personId: string | null,
  actor: Actor,
): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    const device = await lockManagedDevice(trx, deviceId);
    const person = personId === null ? null : await getPerson(trx, personId);
    const now = context.clock.now();
    if (device.personId === (person?.id ?? null)) return;
    await trx
      .updateTable('devices.device')
      .set({ personId: person?.id ?? null, handedOverAt: handedOver(person?.id ?? null, now) })
      .where('id', '=', device.id)
      .execute();
    await noteDeparture(trx, device, 'handedOver');
    if (device.managementState === 'managed') await askInventory(trx, [device.id], now);
    await noteUsers(trx, device.id, [device.personId, person?.id ?? null]);
    await recordAudit(trx, now, actor, {
      action: person === null ? 'removePrimaryUser' : 'setPrimaryUser',
      target: auditTarget(device),
      detail: { personId: person?.id ?? null, personIdBefore: device.personId },
    });
  });
}

/** When the device came from somebody to somebody else: the store account on it may still be that of the one before. */
export function handedOver(personId: string | null, now: Date) {
  return sql<Date | null>`case when person_id = ${personId}::uuid then handed_over_at
    when person_id is not null and ${personId}::uuid is not null then ${now}::timestamptz end`;
}

/** Has looked at anew what the device, whoever had it and whoever has it now are to have. */
export async function noteUsers(
  trx: Trx,
  deviceId: string,
  personIds: readonly (string | null)[],
): Promise<void> {
  const people = personIds.flatMap((id) => (id === null ? [] : [{ kind: 'person', key: id }]));
  await leaveNotes(trx, 'grants', [{ kind: 'device', key: deviceId }, ...people]);
  await hint(trx, 'devices');
}
