import {
  installApplication,
  removeApplication,
  type SignerCertificate,
} from '@allotment/device-management';
import { queueCommands, type NewCommand } from '../../../src/devices/index.ts';
import type { Mdm } from './mdm.ts';
import { TestDevice, type Told } from './test-device.ts';

/** An enrolled device that has answered its first questions. */
export async function enrolled(
  mdm: Mdm,
  serialNumber: string,
): Promise<{ device: TestDevice; deviceId: string }> {
  const device = new TestDevice(mdm, serialNumber);
  await device.enroll();
  await device.session(() => ({ status: 'Acknowledged' }));
  const { id } = await mdm.context.db
    .selectFrom('devices.device')
    .select('id')
    .where('serialNumber', '=', serialNumber)
    .executeTakeFirstOrThrow();
  return { device, deviceId: id };
}

/** Queues commands for a device; returns their ids, empty where none was queued. */
export async function queue(
  { context, clock }: Mdm,
  deviceId: string,
  ...commands: Omit<NewCommand, 'deviceId'>[]
): Promise<string[]> {
  const given = commands.map((command) => ({ deviceId, ...command }));
  const queued = await context.db
    .transaction()
    .execute(async (trx) => queueCommands(trx, given, clock.now()));
  return queued.map((command) => command?.id ?? '');
}

export const remove = (bundleId: string, priority = 0) => ({
  command: removeApplication(bundleId),
  priority,
});

export const bundleOf = (told: Told | undefined): unknown => told?.command['Identifier'];

/** What became of a command so far. */
export async function commandRow({ context }: Mdm, id: string) {
  return context.db
    .selectFrom('devices.command')
    .select(['state', 'deliveries', 'result', 'answeredAt'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
}

/** How often `delivery` was told of a command. */
export async function notesAbout({ context }: Mdm, commandId: string): Promise<number> {
  const rows = await context.db
    .selectFrom('db.note')
    .select('id')
    .where('room', '=', 'delivery')
    .where('key', '=', commandId)
    .execute();
  return rows.length;
}

export const install = (adamId: string) => ({
  command: installApplication({ adamId, takeOver: false, installAsManaged: false }),
});

/** The identity with which a device signs. */
export async function signerOf(
  { context, clock }: Mdm,
  deviceId: string,
): Promise<SignerCertificate> {
  const { certificateSha256 } = await context.db
    .selectFrom('devices.enrollment')
    .select('certificateSha256')
    .where('deviceId', '=', deviceId)
    .where('certificateSha256', 'is not', null)
    .$narrowType<{ certificateSha256: string }>()
    .executeTakeFirstOrThrow();
  return {
    certificateSha256,
    commonName: undefined,
    subject: '',
    authoritySha256: '',
    notBefore: clock.now(),
    notAfter: clock.now(),
  };
}
