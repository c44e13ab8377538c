import { type Selectable, sql } from 'kysely';
import type { Database, Trx } from '../db/connect.ts';
import type { DirectoryDevice } from '../db/generated/tables.ts';
import { Problem } from '../errors.ts';
import { isGuid } from './guid.ts';

export type KnownDevice = Selectable<DirectoryDevice>;

/** Whether a text can be a serial number: 8 to 14 letters and digits. */
export function isSerialNumber(text: string): boolean {
  return /^[A-Z\d]{8,14}$/i.test(text);
}

/**
 * Makes sure that the organization knows these devices, enrolled or not.
 *
 * @param serials in any case
 * @returns the id of each, by serial number in upper case
 */
export async function ensureDevices(
  trx: Trx,
  serials: readonly string[],
  at: Date,
): Promise<ReadonlyMap<string, string>> {
  const known = [...new Set(serials.map((serial) => serial.toUpperCase()))].sort();
  if (known.length === 0) return new Map();
  await sql`insert into directory.device (serial_number, created_at)
    select serial_number, ${at} from unnest(${known}::text[]) as serial_number
    on conflict (serial_number) do nothing`.execute(trx);
  const { rows } = await sql<{ id: string; serialNumber: string }>`
    select id, serial_number from directory.device where serial_number = any(${known}::text[])`.execute(
    trx,
  );
  return new Map(rows.map((row) => [row.serialNumber, row.id]));
}

/** @throws Problem `deviceNotFound` */
export async function getKnownDevice(db: Database, id: string): Promise<KnownDevice> {
  const device = isGuid(id)
    ? await db.selectFrom('directory.device').selectAll().where('id', '=', id).executeTakeFirst()
    : undefined;
  if (device !== undefined) return device;
  throw new Problem('notFound', 'deviceNotFound', `There is no device ${id}.`);
}
