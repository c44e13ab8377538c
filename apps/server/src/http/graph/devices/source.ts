import type { Entity } from '@allotment/graph-odata';
import { sql } from 'kysely';
import type { EntitySet } from '../call.ts';
import { operatingSystemOf } from '../managed-devices/source.ts';
import type { Source } from '../sql-listing.ts';
import { device } from '../types.ts';

export const devices: EntitySet = {
  path: 'devices',
  types: [device],
  pageSize: 100,
  alwaysCounts: false,
};

export interface DeviceRow {
  readonly id: string;
  readonly displayName: string;
  readonly serialNumber: string;
  readonly family: string | null;
  readonly osVersion: string | null;
  readonly isManaged: boolean;
}

/** Every device the organization knows, enrolled or not. */
export const deviceSource: Source<DeviceRow> = {
  toEntity: deviceEntity,
  from: sql`directory.device k left join devices.device d on d.directory_device_id = k.id`,
  select: sql`k.id, k.serial_number, coalesce(d.name, k.display_name, k.serial_number) as display_name,
    d.family, d.os_version, coalesce(d.management_state = 'managed', false) as is_managed`,
  where: sql<boolean>`true`,
  columns: {
    id: { kind: 'text', sql: sql`k.id::text` },
    deviceId: { kind: 'text', sql: sql`k.id::text` },
    displayName: { kind: 'text', sql: sql`coalesce(d.name, k.display_name, k.serial_number)` },
    serialNumber: { kind: 'text', sql: sql`k.serial_number` },
    operatingSystemVersion: { kind: 'text', sql: sql`d.os_version` },
    isManaged: { kind: 'boolean', sql: sql`coalesce(d.management_state = 'managed', false)` },
  },
  searchable: ['displayName', 'serialNumber'],
  order: sql`lower(coalesce(d.name, k.display_name, k.serial_number)), k.id`,
};

export function deviceEntity(row: DeviceRow): Entity {
  return {
    id: row.id,
    deviceId: row.id,
    displayName: row.displayName,
    operatingSystem: operatingSystemOf(row.family),
    operatingSystemVersion: row.osVersion,
    isManaged: row.isManaged,
    manufacturer: 'Apple',
    physicalIds: [`[SerialNumber]:${row.serialNumber}`],
    serialNumber: row.serialNumber,
  };
}
